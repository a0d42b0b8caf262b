"""What the front end says to the kernel, checked before it is believed; see ``protocol.py``.

Imported with the first message: reading what is not ours to trust takes pydantic, whose import a panel need not wait
for before it is seen.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MessageId = Annotated[str, Field(min_length=1, max_length=64)]


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
    request: dict[str, Any]
    again: bool = False


class Act(FrontEndMessage):
    """Something to do with a job, a picture or the studio."""

    kind: Literal["act"]
    verb: Literal[
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
    job: str | None = None
    args: dict[str, Any] = {}


class Want(FrontEndMessage):
    """The bytes of some pictures, which a view is about to show."""

    kind: Literal["want"]
    jobs: Annotated[list[str], Field(max_length=64)]
    size: Literal["preview", "full"] = "preview"


FromPanel = Annotated[Hello | Submit | Act | Want, Field(discriminator="kind")]
from_panel: TypeAdapter[Hello | Submit | Act | Want] = TypeAdapter(FromPanel)
