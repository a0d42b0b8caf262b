"""The simulator's answers in a test's hand: held back until they are let go, or never ending."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from qwen_notebook.simulator import Simulator
from qwen_notebook.simulator.app import create_app

_Send = Callable[[dict[str, Any]], Awaitable[None]]
_Receive = Callable[[], Awaitable[dict[str, Any]]]
_HELD_SECONDS = 60.0


@dataclass
class Instead:
    """An answer that is given a few times where the path contains this."""

    path: str
    status: int
    body: bytes
    times: int

    async def give(self, send: _Send) -> None:
        headers = [(b"content-type", b"text/html"), (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Gate:
    """Stands between a simulator and its port. The work is done and in the books before an answer is held."""

    def __init__(self, simulator: Simulator) -> None:
        self._inner: Any = create_app(simulator)
        self._changed = threading.Condition()
        self._holds: list[tuple[str, str]] = []
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._endless: dict[str, int] = {}
        self._declared: int | None = None
        self._instead: list[Instead] = []
        self._held = 0

    def hold(self, method: str, path: str) -> None:
        """Hold back every answer to this method whose path contains this, from now on."""
        self._holds.append((method, path))

    def wait_held(self, count: int = 1) -> None:
        """Wait until so many answers are held or were."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._held >= count, _HELD_SECONDS), f"{self._held} held"

    def let_go(self) -> None:
        """Hold nothing any more."""
        self._holds.clear()
        for loop, event in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)
        self._waiting.clear()

    def never_end(self, path: str, times: int, declared: int | None = None) -> None:
        """Answer so many times without an end, in drops, where the path contains this; it may declare a length."""
        self._endless[path] = times
        self._declared = declared

    def answer_instead(self, answer: "Instead") -> None:
        """Give this answer instead of the simulator's own, as often as it says."""
        self._instead.append(answer)

    async def __call__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        for answer in self._instead:
            if answer.path in scope["path"] and answer.times > 0:
                answer.times -= 1
                await answer.give(send)
                return
        for path, times in self._endless.items():
            if path in scope["path"] and times > 0:
                self._endless[path] -= 1
                await _drip(receive, send, self._declared)
                return
        held = any(scope["method"] == method and path in scope["path"] for method, path in self._holds)
        await self._inner(scope, receive, self._holding(send) if held else send)

    def _holding(self, send: _Send) -> _Send:
        async def held(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                event = asyncio.Event()
                with self._changed:
                    self._waiting.append((asyncio.get_running_loop(), event))
                    self._held += 1
                    self._changed.notify_all()
                await event.wait()
            await send(message)

        return held


async def _drip(receive: _Receive, send: _Send, declared: int | None) -> None:
    headers = [(b"content-type", b"image/png")]
    if declared is not None:
        headers.append((b"content-length", str(declared).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.ensure_future(_until_gone(receive))
    with suppress(asyncio.CancelledError):  # the server is stopped
        while not gone.done():
            await send({"type": "http.response.body", "body": b"\x89PNG", "more_body": True})
            await asyncio.wait({gone}, timeout=0.02)


async def _until_gone(receive: _Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
