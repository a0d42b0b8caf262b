"""What people have decided, while it waits for its turn: what it is about, and whether it is called off."""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock

from qwen_notebook.studio.job import Job, update_job, waiters_of


@dataclass(slots=True)
class _Decision:
    attempt: int
    waiting: int = 0
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
        self._decisions: dict[str, _Decision] = {}

    def add(self, job: Job) -> None:
        """Take a decision about a job as it stands."""
        with self._lock:
            waiters_of(job).reset()
            decision = self._decisions.setdefault(job.id, _Decision(job.record.attempt))
            decision.attempt, decision.called_off = job.record.attempt, False
            decision.waiting += 1

    def stands(self, job: Job) -> bool:
        """Whether a decision about a job, as it stands now, is still to be acted on."""
        decision = self._decisions.get(job.id)
        return decision is not None and not decision.called_off and decision.attempt == job.record.attempt

    def call_off(self, job: Job) -> None:
        """Have it not acted on."""
        with self._lock:
            if (decision := self._decisions.get(job.id)) is not None:
                decision.called_off = True

    def done(self, job: Job) -> None:
        """Wake those whom a decision had made wait, also if nothing came of it."""
        with self._lock:
            decision = self._decisions[job.id]
            decision.waiting -= 1
            if decision.waiting <= 0:
                del self._decisions[job.id]
                if job.status.settled:
                    update_job(job, job.record)
