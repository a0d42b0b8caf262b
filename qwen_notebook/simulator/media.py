"""The media host: the files of the pictures, the faulty ones included."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from .faults import ON_DOWNLOAD, Fault
from .service import Simulator

ELSEWHERE: Final = "https://elsewhere.invalid"
_CHUNK: Final = 2**18


async def answer(simulator: Simulator, request: Request, task_id: str, name: str) -> Response:
    """Serve a picture.

    Parameters
    ----------
    simulator
        The service.
    request
        Who asks.
    task_id
        Whose picture.
    name
        Name of the file.

    Returns
    -------
    Response
        The picture, or what strikes instead.
    """
    task = simulator.finished(task_id)
    if (
        task is None
        or name not in ("0.png", "0.jpg")
        or name.endswith("png") != (task.order.output_format == "png")
    ):
        return PlainTextResponse("Not found", 404)
    simulator.books.note_download(task)
    media_type = f"image/{task.order.output_format}"
    struck = simulator.faults.strike(ON_DOWNLOAD, task.order)
    if struck is None:
        if simulator.has_expired(task):
            return _expired(simulator)
        return Response(await simulator.gallery.picture(task), media_type=media_type)

    fault, rule = struck
    match fault:
        case Fault.URL_EXPIRED:
            return _expired(simulator)
        case Fault.DOWNLOAD_503:
            return PlainTextResponse("Service unavailable", 503)
        case Fault.DOWNLOAD_NOT_AN_IMAGE:
            return HTMLResponse("<!DOCTYPE html><title>Sign in</title><h1>Sign in to continue</h1>")
        case Fault.DOWNLOAD_BOMB:
            return Response(bomb(), media_type=media_type)
        case Fault.DOWNLOAD_REDIRECT_OTHER_HOST:
            return RedirectResponse(ELSEWHERE + request.url.path, 302)
        case Fault.DOWNLOAD_REDIRECT_TO_HTTP:
            return RedirectResponse(
                str(request.url.replace(scheme="http", hostname="elsewhere.invalid")), 302
            )
        case _:
            pass

    picture = await simulator.gallery.picture(task)
    match fault:
        case Fault.DOWNLOAD_TRUNCATED:
            return Response(picture[: len(picture) * 2 // 3], media_type=media_type)
        case Fault.DOWNLOAD_WRONG_TYPE:
            return Response(picture, media_type="application/octet-stream")
        case Fault.DOWNLOAD_OVERSIZED:
            length = simulator.assumed.oversized_bytes
            return _stream(_padded(picture, length), media_type, length)
        case _:
            seconds = simulator.assumed.slow_seconds if rule.seconds is None else rule.seconds
            return _stream(_halves(picture, seconds), media_type, len(picture))


def bomb() -> bytes:
    """A PNG of a hundred bytes that declares 50000 × 50000 pixels."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(150_001))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _expired(simulator: Simulator) -> Response:
    return PlainTextResponse("Request has expired", simulator.assumed.expired_status)


def _stream(chunks: AsyncIterator[bytes], media_type: str, length: int) -> Response:
    return StreamingResponse(chunks, media_type=media_type, headers={"Content-Length": str(length)})


async def _padded(picture: bytes, length: int) -> AsyncIterator[bytes]:
    yield picture
    left = length - len(picture)
    while left > 0:
        yield bytes(min(left, _CHUNK))
        left -= _CHUNK


async def _halves(picture: bytes, seconds: float) -> AsyncIterator[bytes]:
    half = len(picture) // 2
    yield picture[:half]
    await asyncio.sleep(seconds)
    yield picture[half:]
