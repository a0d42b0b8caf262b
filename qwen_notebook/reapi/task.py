"""One answer of the service about a task, read leniently and never trusted; and the file that it leads to.

Read by hand: a library for such models would take longer to load than all of the client.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, cast

from qwen_notebook.reapi.reprs import always_printable

Status = Literal["processing", "completed", "failed"]
# Opaque, but it becomes part of a path: printable, without spaces, and not one that means "here" or "above".
_TASK_ID = re.compile(r"\.{0,2}[!-\x2d\x2f-~][!-~]*")
_LONGEST_ID = 256
_LONGEST_URL = 16_000
_LARGEST_CODE = 2**53


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What stands under ``error`` in an envelope or a failed task."""

    code: int | None = None
    message: str | None = None
    request_id: str | None = None


@always_printable
@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as the service described it at one moment.

    Attributes
    ----------
    id
        Opaque.
    status
        ``processing``, ``completed`` or ``failed``; anything unheard of counts as processing.
    image_urls
        Where the image lies, once completed; the addresses expire.
    error
        Why it failed, where it did.
    prompt
        What it was made from, where the service says so.
    """

    id: str
    status: Status = "processing"
    image_urls: tuple[str, ...] = ()
    error: ErrorBody | None = None
    prompt: str | None = None


@always_printable
@dataclass(frozen=True)
class Download:
    """A file as it was received."""

    content: bytes
    content_type: str
    url: str


def read_task(answer: object) -> Task | None:
    """The task in a decoded JSON answer, or None where there is none to be read."""
    fields = _mapping(answer)
    task_id = fields.get("id")
    if not is_task_id(task_id):
        return None
    status = fields.get("status")
    urls = _mapping(fields.get("output")).get("image_urls")
    return Task(
        id=task_id,
        # A status that nobody has told us of means that the task has not ended.
        status=status if status in ("completed", "failed") else "processing",
        image_urls=tuple(filter(_is_text, cast("list[Any]", urls))) if isinstance(urls, list) else (),
        error=read_error(fields) if isinstance(fields.get("error"), dict) else None,
        prompt=_prompt(fields),
    )


def read_error(answer: object) -> ErrorBody:
    """The error envelope in a decoded JSON answer; empty where there is none to be read."""
    body = _mapping(_mapping(answer).get("error"))
    code = body.get("code")
    return ErrorBody(
        code=code if type(code) is int and abs(code) < _LARGEST_CODE else None,
        message=_text_or_none(body.get("message")),
        request_id=_text_or_none(body.get("request_id")),
    )


def is_task_id(text: object) -> TypeGuard[str]:
    """Whether a text can be the id of a task."""
    return isinstance(text, str) and len(text) <= _LONGEST_ID and _TASK_ID.fullmatch(text) is not None


def _prompt(fields: Mapping[str, Any]) -> str | None:
    places = (fields, *(_mapping(fields.get(name)) for name in ("input", "request", "params")))
    return next((text for place in places if (text := _text_or_none(place.get("prompt")))), None)


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text_or_none(value: object) -> str | None:
    # Half a character, as JSON can hold it, is something that no file or terminal takes.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_URL and value.isprintable()
