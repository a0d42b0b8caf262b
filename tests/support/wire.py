"""A server that says exactly what a test tells it to, byte by byte, and takes down what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Wire:
    """Attributes: `url` without a path; `asked`, oldest first; `connections`, how many were made."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    connections: int = 0

    def count(self, method: str) -> int:
        return sum(asked.method == method for asked in self.asked)


class Dropped(Exception):
    """Raised by an answerer to close the connection at once."""


Answerer = Callable[[Asked, asyncio.StreamWriter], Awaitable[Any]]


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """An answer as bytes; `length` lies about the body's."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@asynccontextmanager
async def wire(answer: Answerer | bytes, *, drop_after: bool = False) -> AsyncIterator[Wire]:
    """Serve on a free port of this machine.

    `answer` is what every request is answered with, or a coroutine function that writes it and may raise `Dropped`.
    With `drop_after` the connection is closed after each answer, without a word in its headers.
    """
    seen = Wire()
    closed: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        connection = seen.connections
        closed.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError, Dropped):
            while True:
                asked = await _read(reader, connection)
                seen.asked.append(asked)
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(asked, writer)
                await writer.drain()
                if drop_after:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        server.close()
        for writer in closed:
            writer.close()


async def _read(reader: asyncio.StreamReader, connection: int) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body, connection)
