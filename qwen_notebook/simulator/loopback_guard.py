"""The door of a server on a port of this machine: it answers those who are here, and nobody through them.

A web page of anybody's can have this machine's browser ask here, by a name of its own that leads to 127.0.0.1.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .request import LOOPBACK_HOSTS

MOST_BYTES: Final = 4 << 20
"""The largest body of a request."""


def guarded(app: ASGIApp) -> ASGIApp:
    """Put an application behind a check of who is asked for, and of how much is sent.

    Parameters
    ----------
    app
        What answers those who may ask.

    Returns
    -------
    ASGIApp
        Answers 421 where the ``Host`` is none of this machine's, 403 where a page of another place asks, and 413
        where a body is too large.
    """

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        if not _is_here(f"//{headers.get('host', '')}"):
            message = "The simulator answers for this machine only: ask it as 127.0.0.1 or localhost."
            await PlainTextResponse(message, 421)(scope, receive, send)
        elif "origin" in headers and not _is_here(headers["origin"]):
            message = "The simulator answers no pages of other places."
            await PlainTextResponse(message, 403)(scope, receive, send)
        elif (body := await _body(receive)) is None:
            message = f"A request may have {MOST_BYTES:,} bytes."
            await PlainTextResponse(message, 413, headers={"Connection": "close"})(scope, receive, send)
        else:
            await app(scope, _once(body, receive), send)

    return guard


async def _body(receive: Receive) -> bytes | None:
    """The whole body of a request, or None where it is too large."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already, and after it what comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def take() -> Message:
        return waiting.pop() if waiting else await receive()

    return take


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return (parts.hostname or "").removesuffix(".") in LOOPBACK_HOSTS and parts.username is None
