"""Saying of a job that it waits for a pause which the service asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import clock_time
from qwen_notebook.studio.rate_limit import RateLimiter

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore

_LONG = 5.0
"""Seconds above which a pause is said."""


class PauseNotes:
    """Notes on jobs that a long pause holds up.

    Parameters
    ----------
    jobs
        Where the notes are put.
    limiter
        Knows how long the pause is.
    """

    def __init__(self, jobs: JobStore, limiter: RateLimiter) -> None:
        self._jobs = jobs
        self._limiter = limiter

    def tell(self, job: Job) -> None:
        """Say of a job that waits for a long pause to end, until when."""
        seconds = self._limiter.paused_for
        if seconds <= _LONG:
            return
        until = clock_time(seconds)
        if job.status is State.PLANNED:
            self._jobs.set_note(job, f"The service asked for a pause: it is sent at {until}.")
        elif job.status in (State.SUBMITTED, State.PROCESSING):
            self._jobs.set_note(
                job, f"The service asked for a pause: it is looked at less often until {until}."
            )
