"""A person's own functions, called with each new picture on a thread where they may take their time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from qwen_notebook.concurrency.callback_executor import CallbackExecutor, UserFunction
from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.studio.picture import Picture

Callback = Callable[[Picture], object]


class PictureCallbacks:
    """Calls functions with each new picture, one after the other, on a daemon thread of their own.

    What a function prints or displays lands in the cell that registered it; so does the traceback of its errors.
    """

    def __init__(self) -> None:
        self._calls = CallbackExecutor()
        self._callbacks: list[UserFunction] = []
        self._waiting: list[Future[Picture]] = []
        self._closed = False
        self._lock = threading.Lock()

    def add(self, callback: Callback) -> Callable[[], None]:
        """Register a function; what is returned takes it back."""
        entry = UserFunction(self._calls, callback)
        self._callbacks.append(entry)

        def remove() -> None:
            entry.end()
            with suppress(ValueError):
                self._callbacks.remove(entry)

        return remove

    def next(self) -> "Future[Picture]":
        """A future of the next picture; it ends with a QwenError where the panel is closed, or closes first."""
        future: Future[Picture] = Future()
        with self._lock:
            if not self._closed:
                self._waiting.append(future)
                return future
        future.set_exception(_closed())
        return future

    def announce(self, picture: Picture) -> None:
        """Tell everybody of a new picture, without waiting for anybody."""
        for future in self._no_longer_waiting():
            future.set_result(picture)
        for callback in tuple(self._callbacks):
            callback(picture)

    def close(self) -> None:
        """Call nobody for later pictures; whoever waits for one is told that none comes."""
        self._callbacks.clear()
        with self._lock:
            self._closed = True
        self._calls.finish()
        for future in self._no_longer_waiting():
            future.set_exception(_closed())

    def _no_longer_waiting(self) -> "list[Future[Picture]]":
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting


def _closed() -> QwenError:
    return QwenError(
        "The panel was closed, so no picture comes from it any more.",
        "Open another with qn.qwen_widget(). What it had asked for is in studio.jobs.",
        charge=Charge.FREE,
    )


def presses_arrive_while_awaiting() -> bool:
    """Whether a press in the front end reaches this kernel while a cell awaits: it needs subshells."""
    from sys import modules

    if "ipykernel.kernelapp" not in modules:
        return True
    from ipykernel.kernelbase import Kernel

    return not Kernel.initialized() or bool(getattr(Kernel.instance(), "_supports_kernel_subshells", False))
