"""The private event loop: one daemon thread that runs every call and every timer."""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
_EXIT_SECONDS = 1.0


class Worker:
    """A daemon thread with an event loop of its own.

    A kernel's own loop stands still while a cell runs, and its messages arrive on threads that come and go; so
    nothing of ours runs there.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._before_exit: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._thread = threading.Thread(target=self._run, name="qwen-notebook", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            raise RuntimeError(
                "qwen-notebook needs a thread of its own, and this Python cannot start one (JupyterLite and "
                "other browser kernels cannot)."
            ) from error
        atexit.register(self.stop)

    @property
    def is_current_thread(self) -> bool:
        """Whether the caller runs on the worker itself, where waiting would wait for ever."""
        return threading.current_thread() is self._thread

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the worker's loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Call a function on the worker's loop, from any thread. After the worker has stopped, nothing happens."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function, *args)

    def before_exit(self, last_words: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine to its end before the worker stops with the program."""
        self._before_exit.append(last_words)

    def forget(self, last_words: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Take back what `before_exit` was given."""
        if last_words in self._before_exit:
            self._before_exit.remove(last_words)

    def stop(self) -> None:
        """Give the last words their time, cancel all else, and stop."""
        if self.loop.is_closed() or not self._thread.is_alive() or self.is_current_thread:
            return
        asyncio.run_coroutine_threadsafe(self._wind_down(), self.loop)
        self._thread.join(_EXIT_SECONDS + 4.0)

    async def _wind_down(self) -> None:
        await asyncio.gather(*(last_words() for last_words in self._before_exit), return_exceptions=True)
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=_EXIT_SECONDS)
        self.loop.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()


@cache
def shared_worker() -> Worker:
    """The one worker of this process, started at the first call."""
    return Worker()


if hasattr(os, "register_at_fork"):
    # A forked child has no worker thread: it starts one of its own when it needs one.
    os.register_at_fork(after_in_child=shared_worker.cache_clear)
