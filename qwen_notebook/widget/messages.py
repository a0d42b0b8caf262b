"""What the front end says to the kernel, checked before it is believed; see ``protocol.py``.

Imported with the first message: reading what is not ours to trust takes pydantic, whose import a panel need not wait
for before it is seen.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from qwen_notebook.widget.protocol import PictureSize, RequestFields

MAX_WANTED = 64
"""Pictures that one message asks for at most."""

MessageId = Annotated[str, Field(min_length=1, max_length=64)]
Verb = Literal[
    "cancel",
    "resolve",
    "take_back",
    "dismiss",
    "again",
    "send_again",
    "look_again",
    "find",
    "balance",
    "page",
    "code",
    "delete",
    "unpause",
]


class _DocumentedAsRequest:
    """Any mapping is let in, as the request itself says what is wrong with it; the schema names what belongs there."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(TypeAdapter(RequestFields).core_schema)


class FrontEndMessage(BaseModel):
    """What a front end says; its ``id`` comes back with the answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: MessageId


class Hello(FrontEndMessage):
    """A view came up and asks whether a kernel is there."""

    kind: Literal["hello"]
    v: int
    store: str | None = None
    """The front end's own mark, new after every reload of the page."""


class Submit(FrontEndMessage):
    """One press of the button for one image: k images are k of these. The whole request travels here."""

    kind: Literal["submit"]
    request: Annotated[dict[str, Any], _DocumentedAsRequest()]
    again: bool = False


class Act(FrontEndMessage):
    """Something to do with a job, a picture or the studio."""

    kind: Literal["act"]
    verb: Verb
    job: str | None = None
    args: dict[str, Any] = {}


class NoArgs(TypedDict):
    """Nothing more has to be known."""


class ResolveArgs(TypedDict):
    """The task id that a person found."""

    task_id: str


class FindArgs(TypedDict):
    """The request whose picture is looked for."""

    request: RequestFields


class PageArgs(TypedDict):
    """Which pictures, counted from the newest."""

    offset: int
    limit: int


class ActArgs(TypedDict):
    """What `Act.args` holds for each verb. The handlers check it: here it is only written down."""

    cancel: NoArgs
    resolve: ResolveArgs
    take_back: NoArgs
    dismiss: NoArgs
    again: NoArgs
    send_again: NoArgs
    look_again: NoArgs
    find: FindArgs
    balance: NoArgs
    page: PageArgs
    code: NoArgs
    delete: NoArgs
    unpause: NoArgs


class Want(FrontEndMessage):
    """The bytes of some pictures, which a view is about to show."""

    kind: Literal["want"]
    jobs: Annotated[list[str], Field(max_length=MAX_WANTED)]
    size: PictureSize = "preview"


FromPanel = Annotated[Hello | Submit | Act | Want, Field(discriminator="kind")]
from_panel: TypeAdapter[Hello | Submit | Act | Want] = TypeAdapter(FromPanel)
