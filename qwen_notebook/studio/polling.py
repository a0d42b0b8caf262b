"""Looks at a task, until it ends: free, and safe to repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic, time
from typing import TYPE_CHECKING

from qwen_notebook.errors import QwenError, RateLimited
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.studio.rate_limit import Urgency

if TYPE_CHECKING:
    from qwen_notebook.reapi.task import Task
    from qwen_notebook.studio.cadence import HazardCadence
    from qwen_notebook.studio.congestion import Congestion
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.patience import Patience
    from qwen_notebook.studio.pauses import PauseNotes
    from qwen_notebook.studio.provider_session import ProviderSession

_ANOTHER_ACCOUNT = (401, 403, 404)
_SLOWEST = 3
"""How many times longer than other pauses those may become between two looks that bring nothing."""


class Poller:
    """Looks at the tasks of jobs.

    Parameters
    ----------
    jobs
        Where each move is written down.
    session
        To the provider, with the account that is given a refund.
    cadence
        Gives when to look next: it is learned when first asked for.
    congestion
        How often all jobs together may ask; told of each answer.
    pauses
        Says of a job that a pause holds it up.
    patience
        How long to pause after trouble.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        session: ProviderSession,
        cadence: Callable[[], HazardCadence],
        congestion: Congestion,
        pauses: PauseNotes,
        patience: Patience,
    ) -> None:
        self._jobs = jobs
        self._session = session
        self._cadence = cadence
        self._congestion = congestion
        self._pauses = pauses
        self._patience = patience

    async def look(self, job: Job) -> None:
        """Look at a job's task until it has ended, or is no longer the job's."""
        failures, seen_running, task_id = 0, 0.0, job.task_id
        sent = job.record.sent or time()
        resumed = job.status is not State.SUBMITTED
        while job.task_id == task_id and job.status in (State.SUBMITTED, State.PROCESSING):
            await asyncio.sleep(0 if resumed else self._cadence().wait(time() - sent))
            resumed = False
            task = await self.ask(job, failures)
            if task is None:
                failures += 1
                await asyncio.sleep(self._patience.pause(failures, _SLOWEST))
                continue
            failures = 0
            running = time() - sent
            if task.status == "processing":
                seen_running = running
                if job.status is State.SUBMITTED:
                    self._jobs.move(job, State.PROCESSING)
                else:
                    self._jobs.set_note(job, None)
            elif task.status == "failed":
                self.fail(job, task)
            else:
                self._cadence().learn(seen_running, running)
                self._jobs.move(
                    job, State.DOWNLOADING, url=task.image_urls[0], seconds=round(max(0.0, running), 2)
                )

    async def ask(self, job: Job, failures: int = 0) -> Task | None:
        """The task, or None where the answer was trouble: looking costs nothing, so it is only said and repeated."""
        self._pauses.tell(job)
        urgency = Urgency.LOOK_AGAIN if failures else Urgency.LOOK
        await self._congestion.limiter.turn(urgency)
        asked = monotonic()
        try:
            task = await self._session.client.task(job.task_id or "")
        except RateLimited as error:
            self._congestion.limiter.slow_down(error.retry_after, urgency)
        except QwenError as error:
            if failures >= 1 or error.status in _ANOTHER_ACCOUNT:
                hint = "Is the key another account's? " if error.status in _ANOTHER_ACCOUNT else ""
                self._jobs.set_note(job, f"{error.what} {hint}The image is not lost: it is asked for again.")
        else:
            self._congestion.answered(monotonic() - asked)
            return task
        return None

    def fail(self, job: Job, task: Task) -> None:
        """Take in that the service could not make the image."""
        error = self._session.provider.failure(task)
        if self._jobs.move(job, State.FAILED, error=ErrorRecord.of(error)):
            self._session.account.refund(job.credits or 0)
            self._session.look_soon()
