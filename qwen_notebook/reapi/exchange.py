"""One HTTP exchange: a request out, a body of bounded size back, and what went wrong as a value."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.reapi import answers
from qwen_notebook.reapi.key import ApiKey
from qwen_notebook.reapi.words import one_line

T = TypeVar("T")
MAX_ANSWER_BYTES = 1 << 20
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""What went wrong before a byte of the request left."""
_TELLING = (httpx.ConnectError, httpx.ProxyError, httpx.RemoteProtocolError)


class TooLarge(Exception):
    """More bytes came, or were announced, than are taken."""


class Bearer(httpx.Auth):
    """Puts the key into the header at the last moment, so that no frame, log or repr holds it."""

    def __init__(self, key: ApiKey) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the key into the header."""
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


@dataclass(frozen=True, slots=True, repr=False)  # a body may echo the key, and tracebacks show reprs
class Answer:
    """A status, its headers and a body of bounded size."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the service did what it was asked for."""
        return 200 <= self.status < 300

    def error(self, charge: Charge = Charge.NOTHING) -> QwenError:
        """What the service says is wrong."""
        return answers.error_for(self.status, self.body, self.headers.get("retry-after"), charge=charge)


async def exchange(
    client: httpx.AsyncClient,
    request: httpx.Request,
    auth: httpx.Auth | None = None,
    *,
    limit: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Send a request and read its answer; no redirect is followed.

    Raises
    ------
    TooLarge
        If the body has more than `limit` bytes.
    httpx.HTTPError
        If it cannot be sent, or no whole answer comes.
    """
    async with _sent(client, request, auth) as response:
        declared = response.headers.get("content-length", "")
        if re.fullmatch("[0-9]{1,30}", declared) and int(declared) > limit:
            raise TooLarge
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > limit:
                raise TooLarge
        return Answer(response.status_code, response.headers, bytes(body))


@asynccontextmanager
async def _sent(
    client: httpx.AsyncClient, request: httpx.Request, auth: httpx.Auth | None
) -> AsyncGenerator[httpx.Response]:
    response = await client.send(request, stream=True, auth=auth, follow_redirects=False)
    try:
        yield response
    finally:
        await response.aclose()


async def outcome(work: Awaitable[T], seconds: float) -> T | Exception:
    """What came, or what went wrong: returned, so that our own error does not drag along the frames with the key.

    Whatever it is, it has to be answered for: after a POST any trouble at all may mean a charge.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except Exception as error:
        return error


def why(error: Exception) -> str:
    """What went wrong with an exchange, in a few words."""
    if isinstance(error, TooLarge):
        return "it is too large"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it took too long"
    said = one_line(str(error)) if isinstance(error, _TELLING) else ""
    return said or type(error).__name__
