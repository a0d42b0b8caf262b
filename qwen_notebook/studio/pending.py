"""What people have decided, while it waits for its turn: what it is about, and whether it is called off."""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job


@dataclass(slots=True)
class _Word:
    attempt: int
    said: int = 0
    called_off: bool = False


class Pending:
    """The decisions of one folder that somebody is about to act on.

    A decision is good for the attempt that it was made about: what a later one came to, it does not know.

    Parameters
    ----------
    lock
        Orders what happens to jobs.
    """

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._words: dict[str, _Word] = {}

    def say(self, job: Job) -> None:
        """Take a decision about a job as it stands."""
        with self._lock:
            job.stir()
            word = self._words.setdefault(job.id, _Word(job.record.attempt))
            word.attempt, word.called_off = job.record.attempt, False
            word.said += 1

    def stands(self, job: Job) -> bool:
        """Whether a decision about a job, as it stands now, is still to be acted on."""
        word = self._words.get(job.id)
        return word is not None and not word.called_off and word.attempt == job.record.attempt

    def call_off(self, job: Job) -> None:
        """Have it not acted on."""
        with self._lock:
            if (word := self._words.get(job.id)) is not None:
                word.called_off = True

    def heard(self, job: Job) -> None:
        """Wake those whom a decision had made wait, also if nothing came of it."""
        with self._lock:
            word = self._words[job.id]
            word.said -= 1
            if word.said <= 0:
                del self._words[job.id]
                if job.status.resting:
                    job.become(job.record)
