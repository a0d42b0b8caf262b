"""One POST, and what its answer means for the job and for the queue."""

from __future__ import annotations

import asyncio
from time import monotonic, time
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.forking import refuse_if_broken_fork
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
from qwen_notebook.journal import attempts
from qwen_notebook.journal.folder_lock import FolderBusy
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.studio.storage import journal_trouble

if TYPE_CHECKING:
    from qwen_notebook.reapi.task import Task
    from qwen_notebook.studio.budget import Budget
    from qwen_notebook.studio.circuit_breaker import CircuitBreaker
    from qwen_notebook.studio.congestion import Congestion
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.provider_session import ProviderSession
    from qwen_notebook.studio.providers.provider import Connection

PAUSES_QUEUE = (AuthenticationError, InsufficientCredits, PermissionDenied)
_ANSWER_SECONDS = 3.0
"""How long one who closes a studio waits for the answers of what it has sent; they are heard later too."""


class Sender:
    """Sends jobs, each once.

    Parameters
    ----------
    jobs
        Where each move is written down.
    session
        To the provider, with the account that pays.
    budget
        Asked once more before a job is sent that was planned at another price, or is to be sent again.
    breaker
        Tripped where an answer would be the same for every job.
    congestion
        Told of each answer, and of each that does not come.
    lost_answers
        POSTs in a row without an answer after which the queue stops.

    Attributes
    ----------
    taken
        How many jobs the service took.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        session: ProviderSession,
        budget: Budget,
        breaker: CircuitBreaker,
        congestion: Congestion,
        lost_answers: int,
    ) -> None:
        self._jobs = jobs
        self._session = session
        self._budget = budget
        self._breaker = breaker
        self._congestion = congestion
        self._lost_answers = lost_answers
        self._in_flight: dict[asyncio.Task[bool], Job] = {}
        self.taken = 0

    async def send(self, job: Job, *, last: bool, since: int) -> bool:
        """Send a job once, in a place among the POSTs that was taken for it; that is free again after the answer.

        Parameters
        ----------
        job
            Planned, or uncertain and to be sent again.
        last
            Whether a certain refusal is final, unless the job has only come too soon.
        since
            What `taken` was when it was tried before.

        Returns
        -------
        bool
            False if it was not tried: the queue stopped, another kernel has the folder, or the job was moved meanwhile.
        """
        # Shielded: whoever cancels the waiting, an answer with a task id is still written down.
        posting = asyncio.ensure_future(self._post(job, last=last, since=since))
        self._in_flight[posting] = job
        posting.add_done_callback(self._in_flight.pop)
        posting.add_done_callback(lambda _: self._congestion.posts.release())
        return await asyncio.shield(posting)

    def takes_others(self, since: int) -> bool:
        """Whether the service has tasks of ours, or took some since: then one that it refuses with 429 came too soon.

        Parameters
        ----------
        since
            What `taken` was before.
        """
        return bool(self._congestion.running) or self.taken > since

    @property
    def unanswered(self) -> list[Job]:
        """The jobs whose POSTs are in flight."""
        return list(self._in_flight.values())

    async def drain(self, seconds: float | None = _ANSWER_SECONDS) -> None:
        """Wait for the answers of POSTs in flight: each may hold a task id that is paid for."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=seconds)

    async def _post(self, job: Job, *, last: bool, since: int) -> bool:
        try:
            client = self._session.client  # what this machine cannot do is known before anything is sent
            await self._session.look_before_sending()
            if not await self._begin(job):
                return False
        except BudgetExceeded as error:
            self._refuse(job, error)
            return True
        except FolderBusy as error:
            self._jobs.set_note(job, f"It waits to be sent. {error.what}")
            return False
        except OSError as error:
            self._refuse(job, journal_trouble(error, self._jobs.store.folder))
            return True
        except QwenError as error:
            self._refuse(job, error)
            return True
        sent = monotonic()
        try:
            task = await self._submit(client, job)
        except (ConnectionFailed, RateLimited) as error:
            if isinstance(error, RateLimited):
                self._breaker.answered(sent)
                self._congestion.refuse(error.retry_after)
            if last and not (isinstance(error, RateLimited) and self.takes_others(since)):
                self._refuse(job, error)
            else:
                self._jobs.move(job, State.PLANNED, error=ErrorRecord.of(error), note=error.what)
        except UncertainSubmission as error:
            await self._is_uncertain(job, error, sent)
        except QwenError as error:
            self._breaker.answered(sent)
            # One job is refused for a reason that stops the queue; others that were on their way wait with the rest.
            if isinstance(error, PAUSES_QUEUE) and not self._breaker.trip(error, job):
                self._jobs.move(job, State.PLANNED, error=ErrorRecord.of(error), note=error.what)
            else:
                self._refuse(job, error)
        else:
            self._session.account.charge(self._budget.price_of(job.request))
            await self._is_taken(job, task, sent)
        self._session.look_soon()
        return True

    async def _submit(self, client: Connection, job: Job) -> Task:
        """The POST itself, counted among those of the account."""
        account = self._session.account
        account.begins()
        try:
            return await client.submit(job.request)
        finally:
            account.ends()

    async def _begin(self, job: Job) -> bool:
        """Write down that a job is being sent, after a last look at what other kernels did."""
        refuse_if_broken_fork()
        begin, attempt, account = job.status, job.record.attempt, self._session.account
        async with self._jobs.folder_lock.held_soon():
            self._jobs.refresh()
            with self._jobs.lock:
                if (job.status, job.record.attempt) != (begin, attempt) or not self._breaker.allows(job):
                    return False
                price = self._budget.price_of(job.request)
                if begin is State.UNCERTAIN:
                    if not self._jobs.pending.stands(job):
                        return False
                    self._budget.check(job.request)
                elif job.record.credits != price:  # another studio planned it, at another price
                    self._budget.check(job.request, counted=job.record.credits or 0)
                return self._jobs.move(
                    job,
                    State.SENDING,
                    **attempts.sent(job.record),
                    sent=time(),
                    credits=price,
                    balance_before=account.expected,
                    balance_since=account.seen.at if account.seen is not None else None,
                )

    async def _is_taken(self, job: Job, task: Task, sent: float) -> None:
        self._breaker.answered(sent)
        self._breaker.accepted(sent)
        self.taken += 1
        self._congestion.took(job.id, monotonic() - sent)
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
        await self._is_uncertain(job, twice, sent)

    async def _is_uncertain(self, job: Job, error: UncertainSubmission, sent: float) -> None:
        self._congestion.lost(sent)  # before its place is left to another
        unanswered = self._session.account.got_no_answer(job, self._jobs)
        await self._session.look_when_quiet()
        self._jobs.move(
            job, State.UNCERTAIN, error=ErrorRecord.of(error), task_id=None, **unanswered.evidence
        )
        self._breaker.got_no_answer(job, sent, self._lost_answers)

    def _refuse(self, job: Job, error: QwenError) -> None:
        state, changes = attempts.refused(job.record, error)
        if not self._jobs.move(job, state, **changes):
            self._jobs.set_note(job, str(error))  # uncertain, and to be sent again: so it stays
