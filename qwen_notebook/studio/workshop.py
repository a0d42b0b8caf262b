"""A few daemon threads for what is too heavy for the loop: decoding and encoding."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_Work = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Workshop:
    """A bounded number of daemon threads. Those of `concurrent.futures` are joined at exit and would hold up a kernel.

    Parameters
    ----------
    threads
        How many at most; each is started when first needed.
    """

    def __init__(self, threads: int = 2) -> None:
        self._work: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._free = threads
        self._lock = threading.Lock()

    async def do(self, work: Callable[..., T], *args: Any) -> T:
        """Run a function on one of the threads and await what it returns."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._work.put((lambda: work(*args), done))
        with self._lock:
            if self._free:
                self._free -= 1
                threading.Thread(target=self._serve, name="qwen-notebook-workshop", daemon=True).start()
        return await done

    def _serve(self) -> None:
        while True:
            work, done = self._work.get()
            try:
                settle, outcome = done.set_result, work()
            except BaseException as error:
                settle, outcome = done.set_exception, error
            loop = done.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(lambda s=settle, o=outcome, d=done: d.done() or s(o))
            del work, done, settle, outcome
