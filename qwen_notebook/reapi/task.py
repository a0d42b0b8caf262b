"""One answer of the service about a task, read leniently and never trusted."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_TASK_ID = r"^\.{0,2}[!-\x2d\x2f-~][!-~]*$"
Status = Literal["processing", "completed", "failed"]


def _text_or_none(value: object) -> str | None:
    # Half a character, as JSON can hold it, is something that no file or terminal takes.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _int_or_none(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _known_status(value: object) -> object:
    # A status that nobody has told us of means that the task has not ended.
    return value if value in ("completed", "failed") else "processing"


def _strings(value: object) -> tuple[str, ...]:
    urls: object = value.get("image_urls") if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return tuple(filter(_is_text, urls)) if isinstance(urls, list) else ()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


LenientText = Annotated[str | None, BeforeValidator(_text_or_none)]
LenientInt = Annotated[int | None, BeforeValidator(_int_or_none)]


class ErrorBody(BaseModel):
    """What stands under ``error`` in an envelope or a failed task."""

    model_config = ConfigDict(frozen=True)

    code: LenientInt = None
    message: LenientText = None
    request_id: LenientText = None


def _error_or_none(value: object) -> object:
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]


class Task(BaseModel):
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
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    # Opaque, but it becomes part of a path: printable, without spaces, and not one that means "here" or "above".
    id: Annotated[str, Field(max_length=256, pattern=_TASK_ID)]
    status: Annotated[Status, BeforeValidator(_known_status)] = "processing"
    image_urls: Annotated[tuple[str, ...], BeforeValidator(_strings), Field(alias="output")] = ()
    error: Annotated[ErrorBody | None, BeforeValidator(_error_or_none)] = None


def is_task_id(text: object) -> bool:
    """Whether a text can be the id of a task."""
    return isinstance(text, str) and len(text) <= 256 and re.fullmatch(_TASK_ID, text) is not None


def read_task(answer: object) -> Task | None:
    """The task in a decoded JSON answer, or None where there is none to be read."""
    try:
        return Task.model_validate(answer)
    except ValidationError:
        return None


def read_error(answer: object) -> ErrorBody:
    """The error envelope in a decoded JSON answer; empty where there is none to be read."""
    body: Any = answer.get("error") if isinstance(answer, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return ErrorBody.model_validate(body) if isinstance(body, dict) else ErrorBody()
