"""Doing something soon, but never more often than it is worth."""

from asyncio import TimerHandle
from collections.abc import Callable
from time import monotonic

from qwen_notebook.concurrency.loop_thread import shared_worker


class Throttle:
    """Calls a function on the worker some time after it was asked to, however often it was asked.

    Parameters
    ----------
    function
        What to call; it must not wait.
    seconds
        The least time from one call to the next.

    Examples
    --------
    >>> push = Throttle(lambda: print("moved"), 0.4)  # doctest: +SKIP
    >>> push(), push(), push()  # doctest: +SKIP
    moved
    """

    def __init__(self, function: Callable[[], object], seconds: float) -> None:
        self._function: Callable[[], object] | None = function
        self._seconds = seconds
        self._due = False
        self._last = 0.0
        self._timer: TimerHandle | None = None

    def __call__(self) -> None:
        """Have the function called, soon."""
        if not self._due:
            self._due = True
            shared_worker().call(self._plan)

    def close(self) -> None:
        """Call it no more, and let go of it."""
        self._function = None
        shared_worker().call(self._cancel)

    def _plan(self) -> None:
        wait = max(0.0, self._last + self._seconds - monotonic())
        self._timer = shared_worker().loop.call_later(wait, self._run)

    def _run(self) -> None:
        self._due = False
        self._last = monotonic()
        if self._function is not None:
            self._function()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
