"""The answers of the service over HTTP, the faulty ones included."""

import asyncio
import email.utils
import json
import secrets
from typing import Any, Final

from starlette.responses import HTMLResponse, JSONResponse, Response

from qwen_notebook.reapi import contract

from .api_error import ApiError
from .assumed import Assumed
from .faults import Fault, Rule

EDGE_PAGE: Final = "<!DOCTYPE html><title>Attention required</title><h1>Checking your browser</h1>"

_STATUS: Final = {
    Fault.SUBMIT_500_BEFORE: 500,
    Fault.SUBMIT_502_BEFORE: 502,
    Fault.SUBMIT_503_BEFORE: 503,
    Fault.SUBMIT_504_BEFORE: 504,
    Fault.SUBMIT_500_AFTER: 500,
    Fault.SUBMIT_502_AFTER: 502,
    Fault.SUBMIT_503_AFTER: 503,
    Fault.SUBMIT_504_AFTER: 504,
    Fault.POLL_500: 500,
    Fault.POLL_502: 502,
    Fault.POLL_503: 503,
    Fault.POLL_504: 504,
}


def refuse(refusal: ApiError) -> Response:
    """Answer in the error envelope.

    Parameters
    ----------
    refusal
        What is refused, and why.

    Returns
    -------
    Response
        The answer.
    """
    body = refusal.envelope(f"req_{secrets.token_hex(8)}")
    return JSONResponse(body, refusal.status, headers=refusal.headers)


async def trouble(
    fault: Fault, rule: Rule, good: dict[str, Any], *, good_status: int, assumed: Assumed, now: float
) -> Response:
    """Answer a submit or a poll as a fault has it.

    Parameters
    ----------
    fault, rule
        What strikes.
    good, good_status
        The answer as it would have been.
    assumed
        The numbers of the faults.
    now
        The present as Unix seconds.

    Returns
    -------
    Response
        The answer.
    """
    if fault in _STATUS:
        status = _STATUS[fault]
        code = contract.CODE_SERVER_ERROR if status == 500 else assumed.upstream_code
        return refuse(ApiError(status, code, "Upstream service error"))

    wait = assumed.retry_after if rule.seconds is None else rule.seconds
    match fault:
        case Fault.SUBMIT_429_SECONDS | Fault.POLL_429:
            return refuse(_too_many(f"{wait:g}"))
        case Fault.SUBMIT_429_DATE:
            return refuse(_too_many(email.utils.formatdate(now + wait, usegmt=True)))
        case Fault.POLL_404:
            return refuse(ApiError(404, assumed.not_found_code, "Task not found"))
        case Fault.SUBMIT_HTML_403 | Fault.POLL_HTML:
            return HTMLResponse(EDGE_PAGE, 403)
        case Fault.SUBMIT_NOT_JSON:
            return HTMLResponse(EDGE_PAGE, good_status)
        case Fault.POLL_CUT_JSON:
            text = json.dumps(good)
            return Response(text[: len(text) // 2], good_status, media_type="application/json")
        case Fault.POLL_UNKNOWN_STATUS:
            return JSONResponse({**good, "status": "queued_for_review", "output": None}, good_status)
        case Fault.SUBMIT_SLOW | Fault.POLL_SLOW:
            await asyncio.sleep(assumed.slow_seconds if rule.seconds is None else rule.seconds)
            return JSONResponse(good, good_status)
        case _:
            raise ValueError(f"{fault} is not a fault of a submit or a poll")


def _too_many(retry_after: str) -> ApiError:
    return ApiError(429, contract.CODE_RATE_LIMIT, "Rate limit exceeded", {"Retry-After": retry_after})
