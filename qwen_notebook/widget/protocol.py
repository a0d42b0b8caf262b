"""The messages between the kernel and the panel.

Traits hold what must survive a reload and be scriptable; messages carry actions and bytes. Every message to the
kernel has an ``id`` made by the front end and gets exactly one answer with that id: `Ack` or `Reject`. An id seen
twice does its thing once. Bytes travel as one binary buffer beside a `Preview`, never in a trait.

Here is what the kernel says; what the front end says is in ``messages.py``. The front end's side of both is
``js/src/shared/protocol.ts``; ``tests/messages/protocol.json`` has an example
of every message, and the tests of both sides read it.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads the one of typing only from Python 3.12

VERSION = 1
MAX_JOBS = 20
"""Jobs in the ``_jobs`` trait at most; the others are counted in ``_studio["waiting"]``."""


class ErrorInfo(TypedDict):
    """An error in parts, so that the panel can lay it out and leave payment out where none is in play."""

    kind: str
    what: str
    charge: str
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
    size: Literal["preview", "full"]
    mime: str
    data: NotRequired[str]


class JobInfo(TypedDict):
    """One line of the ``_jobs`` trait: a job that runs, or that a person has to look at. Times in Unix seconds."""

    id: str
    state: str
    words: str
    seed: int
    image_size: str
    edit: bool
    created: float
    since: float
    seconds: float | None
    service: str
    by_hand: bool
    note: str | None
    error: ErrorInfo | None


class PictureInfo(TypedDict):
    """One saved picture with all its settings. `by_hand` says that a person gave its task id."""

    id: str
    prompt: str
    image_url: str | None
    image_size: str
    output_format: str
    seed: int
    nsfw_checker: bool
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
