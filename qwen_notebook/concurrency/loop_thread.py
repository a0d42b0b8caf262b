"""The private event loop: one daemon thread that runs every call and every timer."""

import asyncio
import atexit
import selectors
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from qwen_notebook.concurrency.forking import end_in_child, on_fork_in_child

T = TypeVar("T")
_EXIT_SECONDS = 1.0


class Worker:
    """A daemon thread with an event loop of its own.

    A kernel's own loop stands still while a cell runs, and its messages arrive on threads that come and go; so
    nothing of ours runs there.
    """

    def __init__(self) -> None:
        self._selector, self.loop = _new_loop()
        self._before_exit: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._unfinished: set[Future[Any]] = set()
        self._stopping = False
        self._left_behind = False
        self._lock = (
            threading.RLock()
        )  # reentrant: garbage collected meanwhile may have a person's code that comes back
        self._thread = threading.Thread(target=self._run, name="qwen-notebook", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self.loop.close()
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
        """Run a coroutine on the worker's loop, from any thread.

        Raises
        ------
        RuntimeError
            If the worker has stopped, or is another process's: nobody would ever run it.
        """
        try:
            with self._lock:
                self._must_run()
                future = asyncio.run_coroutine_threadsafe(work, self.loop)
        except RuntimeError:
            work.close()
            raise
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        return future

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Call a function on the worker's loop, from any thread. After the worker has stopped, nothing happens."""
        if not self._left_behind:
            with suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(function, *args)

    def before_exit(self, drain: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine to its end before the worker stops with the program."""
        self._before_exit.append(drain)

    def forget(self, drain: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Take back what `before_exit` was given."""
        if drain in self._before_exit:
            self._before_exit.remove(drain)

    def stop(self) -> None:
        """Give the last words their time, cancel all else, and stop."""
        if self._left_behind or not self._thread.is_alive() or self.is_current_thread:
            return
        with self._lock:
            if not self._stopping:
                self._stopping = True
                asyncio.run_coroutine_threadsafe(self._wind_down(), self.loop)
        self._thread.join(_EXIT_SECONDS + 4.0)

    def leave_behind(self) -> None:
        """Have nothing more to do with it: it is the parent's, and this process is a forked child.

        Its files are the parent's as well. To take one off the selector, as a closing loop or connection does, would
        take it off the parent's too; with this process's end of the selector closed nothing here can. The loop is
        kept as it is, unclosed: `atexit` holds on to it. What was under way on it ends with a RuntimeError here.
        """
        self._left_behind = True
        for future in self._unfinished:
            end_in_child(future)
        self._lock = threading.RLock()
        if self._selector is not None:
            with suppress(OSError):  # a kqueue is not there in a child
                self._selector.close()

    def _must_run(self) -> None:
        if self._left_behind:
            raise RuntimeError(
                "This belongs to the process that this one was forked from. Open the studio again in this process."
            )
        if self._stopping or not self._thread.is_alive():
            raise RuntimeError(
                "qwen-notebook has stopped, because the program is ending: nothing more is begun."
            )

    async def _wind_down(self) -> None:
        await asyncio.gather(*(drain() for drain in self._before_exit), return_exceptions=True)
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


def _new_loop() -> tuple[selectors.BaseSelector | None, asyncio.AbstractEventLoop]:
    """A loop, and its selector where there is one to be let go of after a fork."""
    if sys.platform in ("win32", "emscripten"):  # where no process is forked
        return None, asyncio.new_event_loop()
    # Asyncio's own, whatever loop the program has chosen for itself: that one would take its files along into a child.
    selector = selectors.DefaultSelector()
    return selector, asyncio.SelectorEventLoop(selector)


class _Shared:
    """The one worker of this process."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._lock = threading.RLock()
        on_fork_in_child(self)

    def get(self) -> Worker:
        worker = self._worker
        if worker is not None:
            return worker
        with self._lock:
            if self._worker is None:
                self._worker = Worker()
            return self._worker

    @property
    def is_current_thread(self) -> bool:
        return self._worker is not None and self._worker.is_current_thread

    def after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        if self._worker is not None:
            self._worker.leave_behind()
            self._worker = None


_shared = _Shared()


def shared_worker() -> Worker:
    """The one worker of this process, started at the first call. A forked child has one of its own."""
    return _shared.get()


def on_shared_worker() -> bool:
    """Whether the caller runs on the one worker of this process; it is not started to find out."""
    return _shared.is_current_thread
