"""Whether a request finds its job or buys one: decided in one step, under the folder's lock."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from time import time
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.forking import refuse_if_broken_fork
from qwen_notebook.concurrency.waiting import may_be_interrupted, wait_briefly
from qwen_notebook.errors import QwenError
from qwen_notebook.journal.records import JobRecord, new_job_id
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.job import Job, waiters_of
from qwen_notebook.studio.running_cell import CellRun, running_cell
from qwen_notebook.studio.storage import journal_written

if TYPE_CHECKING:
    from qwen_notebook.studio.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of a request: its job, and whether it was bought by it rather than found."""

    job: Job
    bought: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request with the circumstances of its asking.

    Attributes
    ----------
    again
        Whether to buy another, even if an equal one is there.
    client_id
        The caller's own id: the same id twice is one job, also after a restart.
    origin
        The notebook cell that asks.
    run
        The run of the cell, where that decides what a request without a seed gets.
    """

    request: GenerationRequest
    again: bool = False
    client_id: str | None = None
    origin: str | None = None
    run: CellRun | None = None


class Admission:
    """Where requests come in.

    Parameters
    ----------
    scheduler
        Starts what is admitted; it has the jobs, the budget and the circuit breaker.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._jobs = scheduler.jobs
        self._provider = scheduler.session.provider
        self._folder = scheduler.store.folder
        self._aside = DaemonExecutor(1, "qwen-notebook-admission")

    def submit(self, ask: Ask) -> Admitted:
        """Find the job of a request, or buy one; see `Studio.submit`."""
        self._scheduler.must_be_open()
        refuse_if_broken_fork()
        ask = replace(ask, run=running_cell() if ask.request.seed is None else None)
        if not may_be_interrupted():
            return self._submit(ask)
        future = self._aside.submit(self._submit, ask)
        try:
            return wait_briefly(future)
        except QwenError:
            raise
        except BaseException:
            future.add_done_callback(self._withdraw_unheard)
            raise

    def submit_soon(self, ask: Ask) -> Future[Admitted]:
        """Do as `submit` does without waiting: for handlers, which must not."""

        async def admit() -> Admitted:
            self._scheduler.must_be_open()
            refuse_if_broken_fork()
            with journal_written(self._folder):
                async with self._jobs.folder_lock.held_soon():
                    return self._admit(ask)

        return self._scheduler.worker.start(admit())

    def foresee(self, requests: Sequence[GenerationRequest]) -> list[Job | None]:
        """The jobs that requests would get now, one after the other, instead of buying others; None where they buy."""
        jobs, run = self._jobs, running_cell()
        jobs.refresh()
        with jobs.lock:
            unseeded = [request for request in requests if request.seed is None]
            found: Iterator[Job | None] = iter(
                jobs.taken.foresee(unseeded, run, self._scheduler)
                if run is not None
                else [None] * len(unseeded)
            )
            return [
                next(found)
                if request.seed is None
                else jobs.equal(request.key, self._provider.name, self._scheduler)
                for request in requests
            ]

    def close(self) -> None:
        """Take in no more requests."""
        self._aside.shutdown()

    def _submit(self, ask: Ask) -> Admitted:
        with journal_written(self._folder), self._jobs.folder_lock.held():
            return self._admit(ask)

    def _admit(self, ask: Ask) -> Admitted:
        """Read, look for the equal, check the budget, write "planned": one step, as the folder's lock is held."""
        self._jobs.refresh()
        self._scheduler.pick_up_dropped()
        with self._jobs.lock:
            found = self._find(ask)
            if found is not None:
                waiters_of(found).askers += 1
                self._scheduler.join(found)
                if found.status.given_up:
                    self._scheduler.decisions.look_again_now(found)
                return Admitted(found, bought=False)
            job = self._buy(ask)
        self._scheduler.start(job)
        self._jobs.notify(job)
        return Admitted(job, bought=True)

    def _find(self, ask: Ask) -> Job | None:
        """The job that makes a purchase needless."""
        jobs, name = self._jobs, self._provider.name
        known = jobs.journal.index.by_client_id(ask.client_id, name) if ask.client_id else None
        found = jobs.get(known, self._scheduler) if known else None
        if found is not None or ask.again:
            return found
        if ask.request.seed is not None:
            return jobs.equal(ask.request.key, name, self._scheduler)
        return jobs.taken.find(ask.request, ask.run, self._scheduler) if ask.run is not None else None

    def _buy(self, ask: Ask) -> Job:
        """Write a new job down, if disk, budget and provider allow it."""
        scheduler, request, drawn = self._scheduler, ask.request, None
        if request.seed is None:
            drawn = request.key
            request = request.with_seed(secrets.randbelow(request.spec.seed_max + 1))
        now = time()
        record = JobRecord(
            id=new_job_id(),
            request=request,
            service=self._provider.name,
            created=now,
            changed=now,
            client_id=ask.client_id,
            origin=ask.origin,
            drawn=drawn,
            cell=ask.run.cell if ask.run is not None else None,
            credits=scheduler.budget.price_of(request),
        )
        scheduler.store.check_writable(record)
        scheduler.budget.check(request)
        if scheduler.breaker.reason is not None and not scheduler.breaker.takes_new:
            raise scheduler.breaker.reason
        job = self._jobs.add(record, scheduler)
        if drawn is not None and ask.run is not None:
            self._jobs.taken.note(drawn, self._provider.name, ask.run, job.id)
        scheduler.breaker.probe(job)
        return job

    def _withdraw_unheard(self, future: Future[Admitted]) -> None:
        """Cancel what was bought for somebody who was interrupted, and will never hear of it."""
        with suppress(Exception):
            admitted = future.result()
            if admitted.bought and waiters_of(admitted.job).is_one_persons:
                self._scheduler.cancel(admitted.job)
