"""An event loop whose time is moved, not waited for: it leaps to the next timer when nothing else is to be done."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Leaping(selectors.SelectSelector):
    loop: "FakeTimeLoop"

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("Nothing will ever happen: everybody waits for something without a timer.")
        self.loop.now += max(0.0, timeout)
        return super().select(0)


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """Its `now` is the time, in seconds from 0."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _Leaping()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now


def run_in_fake_time(main: Callable[[FakeTimeLoop], Coroutine[Any, Any, T]]) -> T:
    """Run ``main(loop)`` to its end."""
    with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, FakeTimeLoop)
        return runner.run(main(loop))
