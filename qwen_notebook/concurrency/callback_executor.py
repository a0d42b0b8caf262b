"""Calling people's functions: on a daemon thread of their own, never on the worker and never under a lock of ours."""

from __future__ import annotations

import atexit
import contextvars
import queue
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from weakref import WeakSet

from qwen_notebook.concurrency.forking import generation, on_fork_in_child

THREAD_NAME = "qwen-notebook-callbacks"
_EXIT_SECONDS = 1.0
_IDLE_SECONDS = 1.0
_Call = tuple[contextvars.Context, Callable[..., object], tuple[object, ...]]

_all: WeakSet[CallbackExecutor] = WeakSet()


class CallbackExecutor:
    """Calls of people's functions, one after the other, in the order in which they were asked for.

    A person's function may take its time, wait for jobs, close what it is called by, or raise: that holds up only the
    calls behind it here. The thread is started when there is something to call, and ends a second after the last call,
    or at once after `finish`. In a forked child what was not yet called is left to the parent.

    Examples
    --------
    >>> calls = CallbackExecutor()  # doctest: +SKIP
    >>> calls.call(print, "a red fox")  # doctest: +SKIP
    a red fox
    """

    def __init__(self) -> None:
        self._begin()
        _all.add(self)
        on_fork_in_child(self)

    def _begin(self) -> None:
        self._waiting: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._is_serving = (
            threading.Lock()
        )  # only ever tried: calls may be asked for at any moment, on any thread
        self._thread: threading.Thread | None = None

    def after_fork_in_child(self) -> None:
        """Begin anew: the thread and what it was to call are the parent's."""
        self._begin()

    def call(
        self, function: Callable[..., object], *arguments: object, context: contextvars.Context | None = None
    ) -> None:
        """Have a function called, without waiting for it.

        Parameters
        ----------
        function, arguments
            What to call, and with what. The traceback of its errors is printed.
        context
            Where what it prints and displays is to land; else nowhere in particular.
        """
        self._waiting.put((contextvars.Context() if context is None else context, function, arguments))
        if not self._is_serving.acquire(blocking=False):
            return
        self._thread = threading.Thread(target=self._serve, name=THREAD_NAME, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no thread can be started now: the next call tries again
            self._is_serving.release()

    def finish(self) -> None:
        """Let the thread end once all that was asked for is called. What is asked for later starts another."""
        if self._is_serving.locked():
            self._waiting.put(None)

    def wait(self, seconds: float) -> None:
        """Wait until all is called, but no longer than this."""
        self.finish()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            with suppress(RuntimeError):  # it was never started
                thread.join(max(0.0, seconds))

    def _serve(self) -> None:
        born = generation()
        while True:
            while (call := self._next()) is not None:
                _call(*call)
                del call  # an idle thread holds nothing of what it has called
                if generation() != born:
                    return  # the function has forked on this thread: the rest is the parent's to call
            self._is_serving.release()
            if self._waiting.empty() or not self._is_serving.acquire(blocking=False):
                return

    def _next(self) -> _Call | None:
        try:
            return self._waiting.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            return None


class UserFunction:
    """A function that a person gave, and the cell that gave it: what it prints and displays lands there.

    Parameters
    ----------
    calls
        Where its calls queue up.
    function
        What the person gave.
    """

    def __init__(self, calls: CallbackExecutor, function: Callable[..., object]) -> None:
        self._calls = calls
        self._function: Callable[..., object] | None = function
        self._cell = contextvars.copy_context()

    def __call__(self, *arguments: object) -> None:
        """Have it called soon."""
        self._calls.call(self._now, *arguments, context=self._cell)

    def end(self) -> None:
        """Call it no more, also not for what is queued already."""
        self._function = None

    def _now(self, *arguments: object) -> None:
        function = self._function
        if function is not None:
            function(*arguments)


def _call(
    context: contextvars.Context, function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    context.copy().run(_call_here, function, arguments)


def _call_here(function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    try:
        function(*arguments)
    except BaseException:  # also an exit: there is nobody else to tell, and the next are called all the same
        with suppress(Exception):
            traceback.print_exc()


@atexit.register
def _call_what_is_left() -> None:
    """Give the last calls a moment: a program may end right after the move that they tell of."""
    until = monotonic() + _EXIT_SECONDS
    for calls in list(_all):
        calls.wait(until - monotonic())
