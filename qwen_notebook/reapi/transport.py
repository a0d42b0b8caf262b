"""One HTTP exchange: a request out, a body of bounded size back, and what went wrong as a value."""

import asyncio
import re
import zlib
from collections.abc import Awaitable, Generator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeVar

import httpx

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.reapi import responses as answers
from qwen_notebook.reapi.credentials import ApiKey
from qwen_notebook.reapi.service_messages import clean, message_in

T = TypeVar("T")
MAX_ANSWER_BYTES = 1 << 20
_BEFORE_IT_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""What goes wrong before a byte of the request has left, whoever carries it."""
_TELLING = (httpx.ConnectError, httpx.RemoteProtocolError)
_STEP = 1 << 16
_MOST_ROOM = 1 << 23
"""Bytes that are set aside for a body before it comes: more than nearly any picture has."""
_STEPS_AT_ONCE = 16
"""So much is unpacked before the loop turns: a few milliseconds' worth."""


class TooLarge(Exception):
    """More bytes came, or were announced, than are taken."""


class Packed(Exception):
    """The body is packed in a way that is not unpacked here, or is not what it says."""


class NeverSent(Exception):
    """No byte of the request has left; the cause says why."""


class Bearer(httpx.Auth):
    """Puts the key into the header at the last moment, so that no frame, log or repr holds it."""

    def __init__(self, key: ApiKey) -> None:
        self.key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the key into the header."""
        request.headers["Authorization"] = f"Bearer {self.key.reveal()}"
        yield request


@dataclass(frozen=True, slots=True, repr=False)  # a body may echo the key, and tracebacks show reprs
class Answer:
    """A status, its headers and a body of bounded size.

    Attributes
    ----------
    flaw
        Why there is no body that can be read, where there is none.
    key
        What is taken out of the words.
    """

    status: int
    headers: httpx.Headers
    body: bytes
    flaw: Exception | None = None
    key: ApiKey | None = None

    @property
    def ok(self) -> bool:
        """Whether the service did what it was asked for."""
        return 200 <= self.status < 300

    @property
    def message(self) -> str:
        """The service's own words as a sentence, or why there are none, to be put behind another."""
        if self.flaw is not None:
            return f" Its text cannot be read ({why(self.flaw, self.key)})."
        return message_in(self.body, self.key) or self._leads_to()

    def _leads_to(self) -> str:
        place = self.headers.get("location", "") if 300 <= self.status < 400 else ""
        shown = clean(re.sub(r"//[^/]*@", "//", re.split("[?#]", place)[0]), self.key)
        return f" It leads to {shown}, which is not followed with the key." if shown else ""

    def error(self, charge: Charge = Charge.NOTHING) -> QwenError:
        """What the service says is wrong."""
        return answers.error_for(
            self.status,
            self.body,
            self.headers.get("retry-after"),
            charge=charge,
            key=self.key,
            message=self.message,
        )


@dataclass(slots=True)
class _Progress:
    """How far a request has come, as the network's layer below tells it."""

    begun: bool = False
    left: bool = field(default=False)

    async def hear(self, event: str, about: Mapping[str, Any]) -> None:
        """Take in one event; what is sent to a proxy, to have it connect, is none of the request."""
        self.begun = True
        if event.endswith("send_request_headers.started"):
            request = about.get("request")
            self.left = self.left or getattr(request, "method", b"") != b"CONNECT"


async def exchange(
    client: httpx.AsyncClient,
    request: httpx.Request,
    auth: Bearer | None = None,
    *,
    limit: int = MAX_ANSWER_BYTES,
    seconds: float | None = None,
) -> Answer:
    """Send a request and read its answer; no redirect is followed.

    Once there is a status it counts, whatever becomes of the body: a refusal is one in any shape.

    Parameters
    ----------
    limit
        Bytes of a body that are taken, unpacked.
    seconds
        For all of it.

    Raises
    ------
    NeverSent
        If it cannot be sent.
    Exception
        Whatever else kept the answer from coming.
    """
    until = None if seconds is None else asyncio.get_running_loop().time() + seconds
    progress = _Progress()
    request.extensions["trace"] = progress.hear
    try:
        async with asyncio.timeout_at(until):
            response = await client.send(request, stream=True, auth=auth, follow_redirects=False)
    except Exception as error:
        if isinstance(error, _BEFORE_IT_LEFT) or (progress.begun and not progress.left):
            raise NeverSent from error
        raise
    body, flaw = b"", None
    try:
        async with asyncio.timeout_at(until):
            if response.is_stream_consumed:  # a transport that is not the network has read it already
                body = response.content
            else:
                body = await _unpacked(response, await _read(response, limit), limit)
    except Exception as error:
        flaw = error
    finally:
        await response.aclose()
    return Answer(response.status_code, response.headers, body, flaw, auth.key if auth else None)


async def _read(response: httpx.Response, limit: int) -> bytes:
    length = response.headers.get("content-length", "")
    declared = int(length) if re.fullmatch("[0-9]{1,30}", length) else 0
    if declared > limit:
        raise TooLarge
    body = _buffer_for(declared)
    async for chunk in response.aiter_raw():
        body.write(chunk)
        if body.tell() > limit:
            raise TooLarge
    body.truncate()
    return body.getvalue()


def _buffer_for(declared: int) -> BytesIO:
    """A buffer that need not grow for so many bytes, and gives out what it holds without a copy.

    Where several grow at once, the memory that they leave behind each time is in pieces: some 8 of 124 MB at the peak
    of a hundred pictures. Of a length that may be untrue not much is believed.
    """
    body = BytesIO()
    if room := min(declared, _MOST_ROOM):
        body.seek(room - 1)
        body.write(b"\0")
        body.seek(0)
    return body


async def _unpacked(response: httpx.Response, body: bytes, limit: int) -> bytes:
    """The body itself, where it comes packed though nobody asked for that: one layer, step by step, up to the limit."""
    named = response.headers.get("content-encoding", "").lower().split(",")
    layers = [layer for layer in map(str.strip, named) if layer not in ("", "identity")]
    if not layers or not body:
        return body
    if len(layers) > 1 or layers[0] not in ("gzip", "x-gzip", "deflate"):
        raise Packed
    raw = layers[0] == "deflate" and (body[0] & 0x0F != 8 or int.from_bytes(body[:2], "big") % 31 != 0)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS | 32)
    out, steps = BytesIO(), 0
    while body and not unpacker.eof:
        try:
            out.write(unpacker.decompress(body, _STEP))
        except zlib.error:
            raise Packed from None
        body = unpacker.unconsumed_tail
        if out.tell() > limit:
            raise TooLarge
        steps += 1
        if steps % _STEPS_AT_ONCE == 0:
            await asyncio.sleep(0)
    if not unpacker.eof:
        raise Packed
    return out.getvalue()


async def outcome(work: Awaitable[T], seconds: float | None = None) -> T | Exception:
    """What came, or what went wrong: returned, so that our own error does not drag along the frames with the key.

    Whatever it is, it has to be answered for: after a POST any trouble at all may mean a charge.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except Exception as error:
        return error


def why(error: Exception, key: ApiKey | None = None) -> str:
    """What went wrong with an exchange, in a few words."""
    if isinstance(error, TooLarge):
        return "it is too large"
    if isinstance(error, Packed):
        return "it is packed in a way that cannot be unpacked"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "it took too long"
    message = clean(str(error), key) if isinstance(error, _TELLING) else ""
    return message or type(error).__name__
