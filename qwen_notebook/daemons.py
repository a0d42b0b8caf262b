"""Work off the event loop, on threads that never keep a process alive."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class DaemonExecutor:
    """A few daemon threads that take work in the order in which it came.

    A ``ThreadPoolExecutor`` is joined when the interpreter exits, and a kernel that then still works is
    killed rather than stopped; a daemon thread ends with the process.

    Parameters
    ----------
    threads
        How many; started when there is work for them.
    name
        What the threads are called.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._unstarted = threads
        self._name = name
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

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
        """
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return  # nobody waits for it any more
            try:
                result = function(*arguments)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._unstarted:
                self._unstarted -= 1
                threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        self._work.put(run)
        return future

    def shutdown(self) -> None:
        """Stand-in until merged."""

    def _serve(self) -> None:
        while True:
            self._work.get()()
