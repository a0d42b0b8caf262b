"""A person's own functions, called with each new picture on a thread where they may take their time."""

import contextvars
import queue
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from qwen_notebook.studio.picture import Picture

Callback = Callable[[Picture], object]


class PictureCallbacks:
    """Calls functions with each new picture, one after the other, on a daemon thread of their own.

    What a function prints or displays lands in the cell that registered it; so does the traceback of its errors.
    """

    def __init__(self) -> None:
        self._callbacks: list[tuple[Callback, contextvars.Context]] = []
        self._waiting: list[Future[Picture]] = []
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def add(self, callback: Callback) -> Callable[[], None]:
        """Register a function; what is returned takes it back."""
        entry = (callback, contextvars.copy_context())
        self._callbacks.append(entry)

        def remove() -> None:
            with suppress(ValueError):
                self._callbacks.remove(entry)

        return remove

    def next(self) -> "Future[Picture]":
        """A future of the next picture."""
        future: Future[Picture] = Future()
        with self._lock:
            self._waiting.append(future)
        return future

    def announce(self, picture: Picture) -> None:
        """Tell everybody of a new picture, without waiting for anybody."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for future in waiting:
            future.set_result(picture)
        for callback, cell in tuple(self._callbacks):
            self._calls.put(lambda f=callback, c=cell: c.copy().run(_call, f, picture))
        if self._callbacks and self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="qwen-notebook-callbacks", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Call nobody any more, and let the thread end."""
        self._callbacks.clear()
        self._calls.put(None)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _call(callback: Callback, picture: Picture) -> None:
    try:
        callback(picture)
    except Exception:
        traceback.print_exc()


def presses_arrive_while_awaiting() -> bool:
    """Whether a press in the front end reaches this kernel while a cell awaits: it needs subshells."""
    from sys import modules

    if "ipykernel.kernelapp" not in modules:
        return True
    from ipykernel.kernelbase import Kernel

    return not Kernel.initialized() or bool(getattr(Kernel.instance(), "_supports_kernel_subshells", False))
