"""Telling of jobs that moved: in the order of the moves, and never while a lock is held."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job

Listener = Callable[["Job"], object]


class Listeners:
    """Those who are told of each job that moves, and what they are yet to be told.

    They are functions of ours, called at once on whatever thread that happens: they may look at anything, and must
    not wait, raise or call a person's code; what people gave is called elsewhere, see `CallbackExecutor`.

    Parameters
    ----------
    is_held
        Whether this thread holds the folder's lock: then nobody is told until it is free.
    """

    def __init__(self, is_held: Callable[[], bool]) -> None:
        self._is_held = is_held
        self._listeners: list[Listener] = []
        self._waiting: deque[Job] = deque()
        self._telling = threading.Lock()

    def after_fork(self) -> None:
        """Begin anew: those who listen, and the thread that told them, are the parent's."""
        self._listeners.clear()
        self._waiting.clear()
        self._telling = threading.Lock()

    def add(self, listener: Listener) -> None:
        """Tell a function from now on."""
        self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Tell it no more, if it was told."""
        with suppress(ValueError):
            self._listeners.remove(listener)

    def __len__(self) -> int:
        return len(self._listeners)

    def put(self, job: Job) -> None:
        """Have a job told of; under the lock that orders the moves."""
        self._waiting.append(job)

    def tell(self) -> None:
        """Tell of all that is new, once the folder's lock is free.

        One thread at a time does so, which tells what the others have to say too.
        """
        while self._waiting and not self._is_held() and self._telling.acquire(blocking=False):
            try:
                with suppress(IndexError):
                    while True:
                        self._tell_of(self._waiting.popleft())
            finally:
                self._telling.release()

    def _tell_of(self, job: Job) -> None:
        for listener in tuple(self._listeners):
            with suppress(Exception):  # a listener's trouble is not the job's
                listener(job)
