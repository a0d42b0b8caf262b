"""Looks at a task, until it ends: free, and safe to repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import random
from time import monotonic, time
from typing import TYPE_CHECKING

from qwen_notebook.errors import QwenError, RateLimited
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.studio.rate_limit import Urgency

if TYPE_CHECKING:
    from qwen_notebook.reapi.task import Task
    from qwen_notebook.studio.cadence import Cadence
    from qwen_notebook.studio.congestion import Congestion
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.patience import Patience
    from qwen_notebook.studio.pauses import PauseNotes
    from qwen_notebook.studio.provider_session import ProviderSession

_ANOTHER_ACCOUNT = (401, 403, 404)
_SLOWEST = 3
"""How many times longer than other pauses those may become between two looks that bring nothing."""
_FIRST = 0.5
"""The pause after the first such look, as a part of others: most often the second one brings something."""
RECONSIDER_SECONDS, RECONSIDER_SHARE = 0.25, 0.05
"""How long a task's next look stands at least, in seconds and as a share of the time that it has run for, before it is
asked whether what was seen of others makes it sooner or later."""
_NO_TIME = 0.001
_TAKEN_UP_LATE = 60.0
"""Seconds after which a task that is first looked at says nothing of others: nobody has looked at it till now."""


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
    clock, draw
        Seconds, as in the journal, and a number from 0 to 1; given by tests.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        session: ProviderSession,
        cadence: Callable[[], Cadence],
        congestion: Congestion,
        pauses: PauseNotes,
        patience: Patience,
        clock: Callable[[], float] = time,
        draw: Callable[[], float] = random,
    ) -> None:
        self._jobs = jobs
        self._session = session
        self._cadence = cadence
        self._congestion = congestion
        self._pauses = pauses
        self._patience = patience
        self._clock = clock
        self._draw = draw
        self._running: dict[str, float] = {}
        """How long after they were sent tasks were last seen to run; 0 for one that was not looked at yet."""

    async def look(self, job: Job) -> None:
        """Look at a job's task until it has ended, or is no longer the job's."""
        try:
            await self._look(job)
        finally:
            self._running.pop(job.id, None)

    async def _look(self, job: Job) -> None:
        failures, seen, task_id = 0, 0.0, job.task_id
        sent = job.record.sent or self._clock()
        resumed = job.status is not State.SUBMITTED
        teaches = not resumed and self._clock() - sent < _TAKEN_UP_LATE
        while job.task_id == task_id and job.status in (State.SUBMITTED, State.PROCESSING):
            if teaches:
                self._running[job.id] = seen
            if not resumed and not failures:
                await self._wait(seen, sent)
            resumed = False
            task = await self.ask(job, failures)
            if task is None:
                failures += 1
                pause = self._patience.pause(failures, _SLOWEST)
                await asyncio.sleep(pause if failures > 1 else _FIRST * pause)
                continue
            failures = 0
            running = max(self._clock() - sent, seen)
            if task.status == "processing":
                seen = running
                if job.status is State.SUBMITTED:
                    self._jobs.move(job, State.PROCESSING)
                else:
                    self._jobs.set_note(job, None)
            elif task.status == "failed":
                self.fail(job, task)
            else:
                took = self._cadence().learn(seen, running, self._running.values())
                seconds = round(took, 2) if took is not None else None
                self._jobs.move(job, State.DOWNLOADING, url=task.image_urls[0], seconds=seconds)

    async def _wait(self, seen: float, sent: float) -> None:
        """Wait until a task is to be looked at that was last seen to run so long after it was sent.

        What is seen of others in the meantime may make it sooner or later.
        """
        lot, waited = self._draw(), 0.0
        while True:
            running = max(self._clock() - sent, seen + waited)  # the clock may have been put back
            left = self._cadence().next_look(seen, self._running.values(), lot) - running
            if left < _NO_TIME:
                return
            left = min(left, max(RECONSIDER_SECONDS, RECONSIDER_SHARE * running))
            await asyncio.sleep(left)
            waited += left

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
