"""Work off the event loop, on threads that never keep a process alive."""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures._base import PENDING, RUNNING
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

from qwen_notebook.concurrency.forking import end_in_child, generation, on_fork_in_child

T = TypeVar("T")
_Work = queue.SimpleQueue[Callable[[], None] | None]


def usable_cores() -> int:
    """How many cores this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class DaemonExecutor:
    """A few daemon threads that take work in the order in which it came.

    A ``ThreadPoolExecutor`` is joined when the interpreter exits, and a kernel that then still works is
    killed rather than stopped; a daemon thread ends with the process.

    The threads end when nobody holds the executor any more, or after `shutdown`; what was submitted before is done
    first. In a forked child it starts anew, and what was unfinished at the fork raises a RuntimeError there.

    Parameters
    ----------
    threads
        How many at most; started when there is work for them.
    name
        What the threads are called.
    """

    def __init__(self, threads: int, name: str) -> None:
        self.threads = threads
        self._name = name
        self._is_shut_down = False
        self._futures: WeakSet[_Promise[Any]] = WeakSet()
        self._start_anew()
        on_fork_in_child(self)

    def _start_anew(self) -> None:
        self._started = 0
        self._lock = (
            threading.RLock()
        )  # reentrant: garbage collected meanwhile may have a person's code that comes back
        self._work: _Work = queue.SimpleQueue()

    def submit(self, function: Callable[..., T], *arguments: object) -> "Future[T]":
        """Have a function called.

        Parameters
        ----------
        function, arguments
            What to call, and with what.

        Returns
        -------
        Future
            What it will return, or raise.

        Raises
        ------
        RuntimeError
            After `shutdown`, or where no thread can be started.
        """
        future: _Promise[T] = _Promise()
        with self._lock:
            if self._is_shut_down:
                raise RuntimeError(f"The executor {self._name!r} was shut down and takes no more work.")
            if self._started < self.threads:
                self._start_thread()
            self._futures.add(future)
            self._work.put(partial(future.keep, function, arguments))
        return future

    def shutdown(self) -> None:
        """Take no more work. The threads end after what was submitted; this does not wait for them."""
        with self._lock:
            self._is_shut_down = True
            self._work.put(None)

    def after_fork_in_child(self) -> None:
        """Start anew: the threads are not here, and whoever waits for what they did is told so."""
        self._start_anew()
        for future in list(self._futures):
            future.after_fork_in_child()

    def __del__(self) -> None:
        self._work.put(None)

    def _start_thread(self) -> None:
        # The thread knows the queue and not the executor, which would else live as long as the thread.
        thread = threading.Thread(target=_serve, args=(self._work,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._started:
                raise
        else:
            self._started += 1


class _Promise(Future[T]):
    """A future that ends in a forked child too."""

    def __init__(self) -> None:
        super().__init__()
        self._thread: int | None = None

    def keep(self, function: Callable[..., T], arguments: tuple[object, ...]) -> None:
        """Call the function, unless nobody waits for it any more."""
        if not self.set_running_or_notify_cancel():
            return
        self._thread = threading.get_ident()
        try:
            result = function(*arguments)
        except BaseException as error:
            self.set_exception(error)
            del self, function, arguments  # which the error's traceback would else hold on to, in a circle
        else:
            self.set_result(result)

    def after_fork_in_child(self) -> None:
        """Replace the lock, and end what will not be done here; nobody is called, since that is the parent's to do."""
        # Not done(), which takes the lock that another thread may have held at the fork.
        if self._state in (PENDING, RUNNING) and self._thread != threading.get_ident():
            end_in_child(self)
        else:
            self._condition = threading.Condition()


def _serve(work: _Work) -> None:
    born = generation()
    while generation() == born and (item := work.get()) is not None:
        item()
        del item  # an idle thread holds nothing of what it has done
    work.put(None)  # for the next thread
