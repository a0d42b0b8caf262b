"""What an HTTP answer of the service means: an error with words, or nothing to worry about."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from qwen_notebook.errors import (
    AuthenticationError,
    Charge,
    ContentRejected,
    GenerationFailed,
    InsufficientCredits,
    InvalidRequest,
    PermissionDenied,
    QwenError,
    RateLimited,
    ServiceError,
)
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.credentials import ApiKey, another_key
from qwen_notebook.reapi.formatting import one_line, opening
from qwen_notebook.reapi.service_messages import clean, decode, message_in
from qwen_notebook.reapi.task import ErrorBody, Task, read_error

_REFUSED_KEY = {
    contract.CODE_NO_HEADER: "reAPI saw no key.",
    contract.CODE_NOT_BEARER: "reAPI could not read the key.",
    contract.CODE_KEY_INVALID: "reAPI does not know this key.",
    contract.CODE_KEY_REVOKED: "This key has been revoked.",
}


def error_for(
    status: int,
    body: bytes,
    retry_after: str | None = None,
    *,
    charge: Charge = Charge.NOTHING,
    key: ApiKey | None = None,
    message: str | None = None,
) -> QwenError:
    """The error that an unsuccessful answer stands for: by HTTP status first, by known code second.

    Parameters
    ----------
    status
        The HTTP status, not 2xx.
    body
        The raw body.
    retry_after
        The header of that name, in seconds or as an HTTP date.
    charge
        What the call means for the person's money: nothing for one that was refused.
    key
        The key that was sent: it is shown nowhere, and its origin is said where it is not accepted.
    said
        The service's own words, as a sentence to be put behind; None to take them from the body.

    Returns
    -------
    QwenError
        To be raised.
    """
    answer = decode(body)
    detail = read_error(answer)
    known: dict[str, Any] = {"status": status, "code": detail.code, "charge": charge}
    known["request_id"] = clean(detail.request_id, key) if detail.request_id else None
    message = message_in(body, key) if message is None else message
    if status == 401:
        what = _REFUSED_KEY.get(detail.code or 0, "reAPI did not accept the key.")
        whence = f" The key is the one {key.origin}." if key is not None else ""
        return AuthenticationError(f"{what}{whence}{message}", another_key(key), **known)
    if status == 402:
        return InsufficientCredits(
            f"The account has too few credits for this image.{message}",
            "Top up at reapi.ai, then try again.",
            **known,
        )
    if status == 403:
        if answer is None:
            return PermissionDenied(
                f"A filter before reAPI answered with a web page (403).{message}",
                "Try from another network, or without a proxy.",
                **known,
            )
        return PermissionDenied(
            f"This key may not do that.{message}", "Check the key's rights at reapi.ai.", **known
        )
    if status in (400, 422):
        return InvalidRequest(f"reAPI refused the request.{message}", "Fix it and try again.", **known)
    if status == 404:
        return ServiceError(
            f"reAPI does not know this address or task (404).{message}",
            "Check the base URL (base_url= or REAPI_BASE_URL), and that the key is the one that made the task.",
            **known,
        )
    if status == 429:
        wait = read_retry_after(retry_after)
        return RateLimited(f"reAPI is asked too often.{message}", "Wait a moment.", retry_after=wait, **known)
    page = "" if answer is not None else " with something that is not JSON"
    return ServiceError(f"reAPI answered {status}{page}.{message}", "Try again later.", **known)


def error_of_failed(task: Task, label: str = contract.LABEL) -> GenerationFailed:
    """The error that a failed task stands for; the service of that name has refunded it."""
    detail = task.error or ErrorBody()
    known: dict[str, Any] = {"code": detail.code, "request_id": detail.request_id, "task_id": task.id}
    message = f' It said: "{one_line(detail.message)}".' if detail.message else ""
    if detail.code == contract.CODE_CONTENT_POLICY:
        return ContentRejected(
            f"The content policy turned this request down.{message}", "Rephrase the prompt.", **known
        )
    return GenerationFailed(
        f"{opening(label)} could not make the image.{message}", "Go again, or change the prompt.", **known
    )


def read_retry_after(header: str | None) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or HTTP date); None where it says nothing usable."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            seconds = (moment - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
