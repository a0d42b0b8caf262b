"""The messages between the kernel and the panel.

Traits hold what must survive a reload and be scriptable; messages carry actions and bytes. Every message to the
kernel has an ``id`` made by the front end and gets exactly one answer with that id: `Ack` or `Reject`. An id seen
twice does its thing once. Bytes travel as one binary buffer beside a `Preview`, never in a trait.

Here is what the kernel says; what the front end says is in ``messages.py``. The TypeScript types of both are
generated from these classes (``python -m tests.support.wire_types``); ``tests/messages/protocol.json`` has an example
of every message, and the tests of both sides read it.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads the one of typing only from Python 3.12

from qwen_notebook.reapi.contract import ImageSize, OutputFormat

VERSION = 1
MAX_JOBS = 20
"""Jobs in the ``_jobs`` trait at most; the others are counted in ``_studio["waiting"]``."""

Charge = Literal["nothing", "refunded", "maybe", "paid", "free"]
JobState = Literal[
    "planned",
    "sending",
    "submitted",
    "processing",
    "downloading",
    "uncertain",
    "saved",
    "gone",
    "failed",
    "unreadable",
    "refused",
    "dismissed",
    "cancelled",
]
PictureSize = Literal["preview", "full"]
NextSeed = Literal["same", "random", "+1"]


class ErrorInfo(TypedDict):
    """An error in parts, so that the panel can lay it out and leave payment out where none is in play."""

    kind: str
    what: str
    charge: Charge
    todo: str


class Ack(TypedDict):
    """The message was taken. ``result`` depends on the message."""

    kind: Literal["ack"]
    id: str
    result: dict[str, Any]


class Reject(TypedDict):
    """The message was not taken, and why."""

    kind: Literal["reject"]
    id: str
    error: ErrorInfo


class Preview(TypedDict):
    """The bytes of one picture stand in the message's only buffer.

    Where the host delivers no buffers (Colab may not), they stand in `data` as base64.
    """

    kind: Literal["preview"]
    job: str
    size: PictureSize
    mime: str
    data: NotRequired[str]


class JobInfo(TypedDict):
    """One line of the ``_jobs`` trait: a job that runs, or that a person has to look at. Times in Unix seconds."""

    id: str
    state: JobState
    words: str
    seed: int
    image_size: ImageSize
    edit: bool
    created: float
    since: float
    seconds: float | None
    service: str
    by_hand: bool
    note: str | None
    error: ErrorInfo | None


class RequestFields(TypedDict):
    """A request with all its fields, by the contract's names."""

    prompt: str
    image_url: str | None
    image_size: ImageSize
    output_format: OutputFormat
    seed: int
    nsfw_checker: bool


class PictureInfo(RequestFields):
    """One saved picture with all its settings. `by_hand` says that a person gave its task id."""

    id: str
    width: int
    height: int
    made: float
    seconds: float | None
    credits: int | None
    service: str
    name: str
    url: str | None
    by_hand: bool


class MoneyInfo(TypedDict):
    """Credits, as `Studio.money` has them; `line` says them all, in the words that Python uses too."""

    spent: int
    reserved: int
    uncertain: int
    budget: int | None
    left: int | None
    line: str


class StudioInfo(TypedDict):
    """The ``_studio`` trait: what the panel has to know of the studio."""

    service: str
    folder: str
    price: int | None
    money: MoneyInfo
    usual: float | None
    paused: ErrorInfo | None
    pictures: int
    waiting: int
    reloaded: bool


class HelloResult(TypedDict):
    """The answer to `Hello`: the mark of this kernel's life, and the version of its protocol."""

    kernel: str
    v: int


class WantResult(TypedDict):
    """The answer to `Want`, after the previews: the pictures whose bytes could not be read."""

    missing: list[str]


class StateResult(TypedDict):
    """A job was acted on, and is in this state now."""

    state: JobState


class SubmitResult(StateResult):
    """A request became a job, or is one already."""

    job: str


class CancelResult(StateResult):
    """Whether a job could still be cancelled."""

    cancelled: bool


class FindResult(TypedDict):
    """The saved picture of an equal request, if there is one."""

    job: str | None
    picture: NotRequired[PictureInfo]


class BalanceResult(TypedDict):
    """The account's credits, and when they were read, in Unix seconds."""

    balance: int
    at: float


class PageResult(TypedDict):
    """Some of the folder's pictures, newest first, and how many there are."""

    total: int
    pictures: list[PictureInfo]


class CodeResult(TypedDict):
    """The Python that makes a picture."""

    code: str


class EmptyResult(TypedDict):
    """It is done; there is nothing to add."""


class ActResults(TypedDict):
    """The result of each verb of `Act`."""

    cancel: CancelResult
    resolve: StateResult
    take_back: StateResult
    dismiss: StateResult
    again: SubmitResult
    send_again: StateResult
    look_again: StateResult
    find: FindResult
    balance: BalanceResult
    page: PageResult
    code: CodeResult
    delete: EmptyResult
    unpause: EmptyResult


class PanelResults(TypedDict):
    """The result of each kind of message; that of `Act` depends on its verb, see `ActResults`."""

    hello: HelloResult
    submit: SubmitResult
    want: WantResult
    act: dict[str, Any]


class PanelSettings(TypedDict):
    """The panel's traits that a person, or a cell, sets."""

    prompt: str
    image_url: str
    image_size: ImageSize
    output_format: OutputFormat
    seed: int | None
    nsfw_checker: bool
    count: int
    next_seed: NextSeed


class PanelTraits(PanelSettings):
    """All traits of the panel that the front end reads; those with an underscore only the kernel writes."""

    _revision: int
    _jobs: list[JobInfo]
    _studio: StudioInfo
