"""What happens below HTTP, which no server can play: lost, cut and stalled answers, closed connections.

A TCP proxy in a thread, in front of a port of this machine. It understands just enough of HTTP/1.1 to know
where a request and an answer end; bodies must have a Content-Length, or end with the connection.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

from tests.support.ports import port_to_keep


class Trouble(Enum):
    """What befalls an exchange."""

    LOSE_ANSWER = auto()
    """The upstream did the work and answered; the client only sees its connection close."""

    CUT_BODY = auto()
    """The connection closes in the middle of the answer's body."""

    STALL_BODY = auto()
    """The answer stops in the middle of its body, and the connection stays open."""

    DELAY = auto()
    """The answer comes, but later."""

    CLOSE_IDLE = auto()
    """A kept-alive connection is closed just when its next request comes; the upstream never sees it."""


@dataclass
class Rule:
    """Which exchanges a trouble befalls: by method, by path, and so many times."""

    trouble: Trouble
    method: str = ""
    path: str = ""
    times: int | None = None
    seconds: float = 0.0
    struck: int = field(default=0, init=False)

    def matches(self, method: str, path: str, *, reused: bool) -> bool:
        if self.times is not None and self.struck >= self.times:
            return False
        if self.trouble is Trouble.CLOSE_IDLE and not reused:
            return False
        return self.method in ("", method) and path.startswith(self.path)


@dataclass
class Head:
    """The first line and the headers of a message, as received."""

    raw: bytes

    @property
    def first_line(self) -> str:
        return self.raw.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def length(self) -> int | None:
        for line in self.raw.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                return int(value)
        return None


class FaultProxy:
    """A proxy whose rules may be changed while it runs."""

    def __init__(self, upstream: str, port: int) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self.rules: list[Rule] = []
        self.seen: list[tuple[str, str]] = []
        self.url = f"http://127.0.0.1:{port}"
        self._upstream = (parts.hostname, parts.port)
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._port = port
        self._exchanges: set[asyncio.Task[None]] = set()

    def add(self, trouble: Trouble, **conditions: Any) -> Rule:
        """Switch a trouble on; the rule returned counts how often it struck."""
        rule = Rule(trouble, **conditions)
        self.rules.append(rule)
        return rule

    def refuse(self) -> None:
        """Refuse connections from now on, and drop those that are open."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    def accept(self) -> None:
        """Accept connections, at the same port as before."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._exchanges):
            task.cancel()
        await asyncio.gather(*self._exchanges, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._exchanges.add(task)
        try:
            # Stopping the proxy cancels this, and a reader may find its peer gone; neither is news.
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                reused = False
                while await self._exchange(reader, writer, reused=reused):
                    reused = True
        finally:
            self._exchanges.discard(task)
            writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, reused: bool
    ) -> bool:
        """Pass one request and its answer on, and tell whether the connection goes on."""
        request = Head(await reader.readuntil(b"\r\n\r\n"))
        method, path = request.first_line.split(" ")[:2]
        rule = next((rule for rule in self.rules if rule.matches(method, path, reused=reused)), None)
        if rule is not None:
            rule.struck += 1
        trouble = rule.trouble if rule is not None else None
        if trouble is Trouble.CLOSE_IDLE:
            return False
        self.seen.append((method, path))

        body = await reader.readexactly(request.length or 0)
        head, answer = await self._ask(request.raw + body)
        if trouble is Trouble.LOSE_ANSWER:
            return False
        if rule is not None and trouble is Trouble.DELAY:
            await asyncio.sleep(rule.seconds)
        if trouble in (Trouble.CUT_BODY, Trouble.STALL_BODY):
            writer.write(head.raw + answer[: len(answer) // 2])
            await writer.drain()
            if trouble is Trouble.STALL_BODY:
                await asyncio.Event().wait()
            return False
        writer.write(head.raw + answer)
        await writer.drain()
        return head.length is not None

    async def _ask(self, request: bytes) -> tuple[Head, bytes]:
        """Put a request to the upstream, on a connection of its own, and read the whole answer."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request)
            await writer.drain()
            head = Head(await reader.readuntil(b"\r\n\r\n"))
            body = await (reader.read() if head.length is None else reader.readexactly(head.length))
            return head, body
        finally:
            writer.close()


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """Run a proxy in front of an address such as ``http://127.0.0.1:8000``."""
    with port_to_keep() as port:
        proxy = FaultProxy(upstream, port)
        thread = threading.Thread(target=proxy._run, name="fault-proxy", daemon=True)
        thread.start()
        try:
            proxy.accept()
            yield proxy
        finally:
            proxy.refuse()
            proxy._loop.call_soon_threadsafe(proxy._loop.stop)
            thread.join()
