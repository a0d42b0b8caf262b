"""One POST, and what its answer means for the job and for the queue."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic, time
from typing import TYPE_CHECKING

from qwen_notebook.errors import (
    AuthenticationError,
    BudgetExceeded,
    ConnectionFailed,
    InsufficientCredits,
    PermissionDenied,
    QwenError,
    RateLimited,
    UncertainSubmission,
)
from qwen_notebook.forking import refuse_if_broken_fork
from qwen_notebook.reapi.rate import RateLimiter
from qwen_notebook.studio import attempts
from qwen_notebook.studio.folder_lock import FolderBusy
from qwen_notebook.studio.record import ErrorRecord
from qwen_notebook.studio.states import State
from qwen_notebook.studio.store import journal_trouble

if TYPE_CHECKING:
    from qwen_notebook.reapi.task import Task
    from qwen_notebook.studio.desk import Desk
    from qwen_notebook.studio.job import Job

PAUSES_QUEUE = (AuthenticationError, InsufficientCredits, PermissionDenied)
_ANSWER_SECONDS = 3.0
"""How long one who closes a studio waits for the answers of what it has sent; they are heard later too."""


class Sender:
    """Sends the jobs of one desk.

    Parameters
    ----------
    desk
        Has the jobs, the service and the gate.
    limiter
        Slowed down where the service says so.
    """

    def __init__(self, desk: Desk, limiter: RateLimiter) -> None:
        self._desk = desk
        self._jobs = desk.jobs
        self._limiter = limiter
        self._in_flight: dict[asyncio.Task[bool], Job] = {}

    async def send(self, job: Job, *, last: bool) -> bool:
        """Send a job once.

        Parameters
        ----------
        job
            Planned, or uncertain and to be sent again.
        last
            Whether a certain refusal is final.

        Returns
        -------
        bool
            False if it was not tried: the queue stopped, another kernel has the folder, or the job was moved meanwhile.
        """
        # Shielded: whoever cancels the waiting, an answer with a task id is still written down.
        posting = asyncio.ensure_future(self._post(job, last=last))
        self._in_flight[posting] = job
        posting.add_done_callback(self._in_flight.pop)
        return await asyncio.shield(posting)

    @property
    def unanswered(self) -> list[Job]:
        """The jobs whose POSTs are in flight."""
        return list(self._in_flight.values())

    async def last_words(self, seconds: float | None = _ANSWER_SECONDS) -> None:
        """Wait for the answers of POSTs in flight: each may hold a task id that is paid for."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=seconds)

    async def _post(self, job: Job, *, last: bool) -> bool:
        try:
            client = (
                self._desk.client
            )  # first of all: what this machine cannot do is known before anything is sent
            if not await self._begin(job):
                return False
        except BudgetExceeded as error:
            self._refuse(job, error)
            return True
        except FolderBusy as error:
            self._jobs.annotate(job, f"It waits to be sent. {error.what}")
            return False
        except OSError as error:
            self._refuse(job, journal_trouble(error, self._desk.store.folder))
            return True
        except QwenError as error:
            self._refuse(job, error)
            return True
        sent = monotonic()
        try:
            task = await client.submit(job.request)
        except (ConnectionFailed, RateLimited) as error:
            if isinstance(error, RateLimited):
                self._limiter.slow_down(error.retry_after)
            if last:
                self._refuse(job, error)
            else:
                self._jobs.move(job, State.PLANNED, error=ErrorRecord.of(error), note=error.what)
        except UncertainSubmission as error:
            await self._is_uncertain(job, error)
        except QwenError as error:
            # One job is refused for a reason that stops the queue; others that were on their way wait with the rest.
            if isinstance(error, PAUSES_QUEUE) and not self._desk.gate.shut(error, job):
                self._jobs.move(job, State.PLANNED, error=ErrorRecord.of(error), note=error.what)
            else:
                self._refuse(job, error)
        else:
            await self._is_taken(job, task, sent)
        return True

    async def _begin(self, job: Job) -> bool:
        """Write down that a job is being sent, after a last look at what other kernels did."""
        refuse_if_broken_fork()
        desk, begin, attempt = self._desk, job.status, job.record.attempt
        async with self._jobs.folder_lock.held_soon():
            self._jobs.refresh()
            with self._jobs.lock:
                if (job.status, job.record.attempt) != (begin, attempt) or not desk.gate.admits(job):
                    return False
                if begin is State.UNCERTAIN:
                    if not self._jobs.pending.stands(job):
                        return False
                    desk.check_budget()
                elif job.record.credits != desk.price_now:  # another studio planned it, at another price
                    desk.check_budget(counted=job.record.credits or 0)
                return self._jobs.move(
                    job,
                    State.SENDING,
                    **attempts.sent(job.record),
                    sent=time(),
                    credits=desk.price_now,
                    balance_before=desk.expected_balance,
                )

    async def _is_taken(self, job: Job, task: Task, sent: float) -> None:
        self._desk.accepted(sent)
        other = self._jobs.other_with_task(task.id, job)
        if other is None:
            self._jobs.move(job, State.SUBMITTED, task_id=task.id)  # first of all: it must not be lost
            self._jobs.refresh()
            other = self._jobs.other_with_task(task.id, job)
        if other is None:
            return
        twice = UncertainSubmission(
            f"The service answered with the task id of another job ({other}), so this one's is not known.",
            attempts.DECIDE,
            task_id=task.id,
        )
        await self._is_uncertain(job, twice)

    async def _is_uncertain(self, job: Job, error: UncertainSubmission) -> None:
        balance = await self._balance_soon()
        self._jobs.move(
            job, State.UNCERTAIN, error=ErrorRecord.of(error), task_id=None, balance_after=balance
        )

    def _refuse(self, job: Job, error: QwenError) -> None:
        state, changes = attempts.refused(job.record, error)
        if not self._jobs.move(job, state, **changes):
            self._jobs.annotate(job, str(error))  # uncertain, and to be sent again: so it stays

    async def _balance_soon(self) -> int | None:
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(3.0):
                return await self._desk.look_at_balance()
        return None
