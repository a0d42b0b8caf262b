"""The lock of a folder: what several kernels may not do at once, such as asking whether a picture may be bought."""

import asyncio
import random
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic, sleep

from qwen_notebook.errors import QwenError
from qwen_notebook.files import make_folder
from qwen_notebook.journal.locks import FileLock, NoLocks

WAIT_SECONDS = 2.0
"""How long to wait for another kernel."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02


class FolderBusy(QwenError):
    """Another kernel holds the folder, and does not let go of it."""


class FolderLock:
    """One lock for the folder, across threads and kernels.

    Parameters
    ----------
    folder
        Where the journal is; made when the lock is first taken.
    released
        Called each time it was let go.
    """

    def __init__(self, folder: Path, released: Callable[[], object]) -> None:
        self._folder = folder
        self._released = released
        self._file = FileLock(folder / "folder.lock")
        self._begin()

    def _begin(self) -> None:
        self._here = threading.Lock()
        self._turn = asyncio.Lock()

    @contextmanager
    def held(self, seconds: float = WAIT_SECONDS) -> Generator[None]:
        """Hold it; for threads that may wait.

        Parameters
        ----------
        seconds
            How long to wait for it.

        Raises
        ------
        FolderBusy
            If another kernel has it for longer.
        OSError
            If the folder cannot be written.
        """
        for pause in _pauses(seconds):
            if self._take():
                break
            sleep(pause)
        try:
            yield
        finally:
            self._release()

    @asynccontextmanager
    async def held_soon(self) -> AsyncGenerator[None]:
        """Hold it; for the worker, whose loop goes on meanwhile. Raises as `held` does."""
        until = monotonic() + WAIT_SECONDS
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            for pause in _pauses(until - monotonic()):
                if self._take():
                    break
                await asyncio.sleep(pause)
            try:
                yield
            finally:
                self._release()
        finally:
            self._turn.release()

    def after_fork(self) -> None:
        """Begin anew in a forked child, where the lock is the parent's."""
        self._file.drop()
        self._begin()

    def _take(self) -> bool:
        if not self._here.acquire(blocking=False):
            return False
        taken = False
        try:
            taken = self._take_file()
        finally:
            if not taken:
                self._here.release()
        return taken

    def _take_file(self) -> bool:
        try:
            return self._file.take()
        except NoLocks:
            return True  # there is nothing to hold but the lock among our own threads
        except FileNotFoundError:
            make_folder(self._folder)
            return self._file.take()

    @property
    def is_held_here(self) -> bool:
        """Whether somebody in this process holds it."""
        return self._here.locked()

    def _release(self) -> None:
        self._file.release()
        self._here.release()
        self._released()


def _pauses(seconds: float) -> Generator[float]:
    until, pause = monotonic() + seconds, _FIRST_PAUSE
    yield pause
    while monotonic() < until:
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        yield pause * (0.5 + random.random())
    raise _busy()


def _busy() -> FolderBusy:
    return FolderBusy(
        f"Another kernel holds the folder, and did not let go of it within {WAIT_SECONDS:.0f} seconds.",
        "Try again. If it stands still, end that kernel.",
    )
