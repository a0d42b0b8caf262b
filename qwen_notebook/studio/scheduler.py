"""The scheduler of an open studio: admits requests, starts jobs, and keeps the queue going or stopped."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakMethod, finalize

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.forking import on_fork_in_child, refuse_if_broken_fork
from qwen_notebook.concurrency.loop_thread import Worker, shared_worker
from qwen_notebook.concurrency.waiting import wait_briefly, wait_here
from qwen_notebook.errors import Charge, QwenError, StillRunning
from qwen_notebook.journal import attempts
from qwen_notebook.journal.folder_lock import FolderBusy
from qwen_notebook.journal.index_entry import Totals, sum_of
from qwen_notebook.journal.records import ErrorRecord, JobRecord, new_job_id
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import clock_time
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.account import Seen, account_of
from qwen_notebook.studio.circuit_breaker import CircuitBreaker
from qwen_notebook.studio.decisions import Decisions, TaskIdRefused
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.job_store import JobStore, job_store
from qwen_notebook.studio.money import Money
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.provider import noun_of
from qwen_notebook.studio.providers import charges
from qwen_notebook.studio.reconciliation import sent_since
from qwen_notebook.studio.running_cell import CellRun, running_cell
from qwen_notebook.studio.storage import Storage, journal_written

if TYPE_CHECKING:
    from qwen_notebook.studio.cadence import HazardCadence
    from qwen_notebook.studio.pipeline import Pipeline
    from qwen_notebook.studio.provider import Connection, Provider
    from qwen_notebook.studio.rate_limit import RateLimiter
    from qwen_notebook.studio.settings import Settings

Decision = Literal["resolve", "take_back", "dismiss", "send_again", "look_again"]
_LOOK_AT_OTHERS_SECONDS = 1.0
_LOOK_FOR_OTHERS_SECONDS = 30.0
"""After this another kernel's task is looked at from here too, where somebody waits for it: that costs nothing."""
_LONG_PAUSE = 5.0
"""Seconds above which a pause that the service asks for is said."""
_SILENT_SECONDS = 120.0
"""After this a wait for another kernel that does nothing ends, and says why."""
_log = logging.getLogger("qwen_notebook")


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of a request: its job, and whether it was bought by it rather than found."""

    job: Job
    bought: bool


class Scheduler:
    """Where the jobs of an open studio are begun and followed. `Studio` is its public face.

    Parameters
    ----------
    store, service
        The folder, and who makes the images.
    budget, price
        Credits for the folder's lifetime and for an image; None where unlimited, and where not known.
    max_in_flight, rate
        Jobs at the service, and requests a second, at most.
    patience
        How long to go on trying.

    Attributes
    ----------
    jobs
        All jobs of the folder, shared by all who opened it in this process.
    settings
        What the studio was opened with, but for its key.
    """

    settings: Settings

    def __init__(
        self,
        store: Storage,
        service: Provider,
        *,
        budget: int | None,
        price: int | None,
        max_in_flight: int,
        rate: float,
        patience: Patience,
    ) -> None:
        self.store = store
        self.service = service
        self.budget = budget
        self.price = price
        self.jobs: JobStore = job_store(store.folder)
        self.max_in_flight = max_in_flight
        self._rate = rate
        self.patience = patience
        self.closed = False
        self._closed_for: QwenError | None = None
        self.decisions = Decisions(self)
        self._begin()
        self.jobs.join(self)
        on_fork_in_child(self)

    def _begin(self) -> None:
        self.breaker = CircuitBreaker(self._tell_newest)
        self._aside = DaemonExecutor(1, "qwen-notebook-aside")
        self._pipeline: Pipeline | None = None
        self._client: Connection | None = None
        self._cadence: HazardCadence | None = None
        self._limiter: RateLimiter | None = None
        self.account = account_of(self.service)
        self._looked_at_others = 0.0

    def after_fork_in_child(self) -> None:
        """Begin anew: connections, tasks and threads are the parent's, and closing them here would disturb it."""
        self._of_the_parent = (self._pipeline, self._client)
        self._begin()

    # Jobs in

    def submit(
        self, request: GenerationRequest, *, again: bool, client_id: str | None, origin: str | None
    ) -> Admitted:
        """Find the job of a request, or buy one; see `Studio.submit`."""
        self._must_be_open()
        refuse_if_broken_fork()
        run = running_cell() if request.seed is None else None
        if not _may_be_interrupted():
            return self._submit(request, again, client_id, origin, run)
        future = self._aside.submit(self._submit, request, again, client_id, origin, run)
        try:
            return wait_briefly(future)
        except QwenError:
            raise
        except BaseException:
            future.add_done_callback(self._withdraw_unheard)
            raise

    def _submit(
        self,
        request: GenerationRequest,
        again: bool,
        client_id: str | None,
        origin: str | None,
        run: CellRun | None,
    ) -> Admitted:
        with journal_written(self.store.folder), self.jobs.folder_lock.held():
            return self._admit(request, again, client_id, origin, run)

    def submit_soon(
        self, request: GenerationRequest, *, again: bool, client_id: str | None, origin: str | None
    ) -> Future[Admitted]:
        """Do as `submit` does without waiting: for handlers, which must not."""

        async def admit() -> Admitted:
            self._must_be_open()
            refuse_if_broken_fork()
            with journal_written(self.store.folder):
                async with self.jobs.folder_lock.held_soon():
                    return self._admit(request, again, client_id, origin)

        return self.worker.start(admit())

    def _admit(
        self,
        request: GenerationRequest,
        again: bool,
        client_id: str | None,
        origin: str | None,
        run: CellRun | None = None,
    ) -> Admitted:
        """Read, look for the equal, check the budget, write "planned": one step, as the folder's lock is held."""
        jobs = self.jobs
        jobs.refresh()
        self._pick_up_dropped()
        with jobs.lock:
            known = jobs.journal.index.by_client_id(client_id, self.service.name) if client_id else None
            same = jobs.get(known, self) if known else None
            if same is None and not again:
                if request.seed is not None:
                    same = jobs.equal(request.key, self.service.name, self)
                elif run is not None:
                    same = jobs.taken.find(request, run, self)
            if same is not None:
                same.askers += 1
                self.join(same)
                if same.status.given_up:
                    self.decisions.look_again_now(same)
                return Admitted(same, bought=False)
            drawn = None
            if request.seed is None:
                drawn = request.key
                request = request.with_seed(secrets.randbelow(request.spec.seed_max + 1))
            now = time()
            record = JobRecord(
                id=new_job_id(),
                request=request,
                service=self.service.name,
                created=now,
                changed=now,
                client_id=client_id,
                origin=origin,
                drawn=drawn,
                cell=run.cell if run is not None else None,
                credits=self.price_of(request),
            )
            self.store.check_writable(record)
            self.check_budget(request)
            if self.breaker.reason is not None and not self.breaker.takes_new:
                raise self.breaker.reason
            job = jobs.add(record, self)
            if drawn is not None and run is not None:
                jobs.taken.note(drawn, self.service.name, run, job.id)
            self.breaker.probe(job)
        self.start(job)
        jobs.notify(job)
        return Admitted(job, bought=True)

    def foresee(self, requests: Sequence[GenerationRequest]) -> list[Job | None]:
        """The jobs that requests would get now instead of buying others; None where they would buy."""
        jobs, run = self.jobs, running_cell()
        jobs.refresh()
        with jobs.lock:
            unseeded = [request for request in requests if request.seed is None]
            found = iter(
                jobs.taken.foresee(unseeded, run, self) if run is not None else [None] * len(unseeded)
            )
            return [
                next(found) if request.seed is None else jobs.equal(request.key, self.service.name, self)
                for request in requests
            ]

    def _withdraw_unheard(self, future: Future[Admitted]) -> None:
        """Cancel what was bought for somebody who was interrupted, and will never hear of it."""
        with suppress(Exception):
            admitted = future.result()
            if admitted.bought and admitted.job.is_one_persons:
                self.cancel(admitted.job)

    def start(self, job: Job, *, user_decision: bool = False, briefly: bool = False) -> None:
        """Have the worker take a job as far as it goes, if it is not at it already.

        Parameters
        ----------
        word
            Whether a person has just decided: then it is taken up also where the worker is only about to leave it,
            and an uncertain one is sent once more.
        briefly
            Whether to look for its image a few times only, as it was given up before.
        """
        attempt = job.record.attempt
        if user_decision:
            self.jobs.pending.add(job)

        async def run() -> None:
            running, mine = self.jobs.running, asyncio.current_task()
            try:
                while user_decision and (leaving := running.get(job.id)) is not None:
                    await asyncio.wait({leaving})
                if mine is None or self.closed or job.id in running:
                    return
                running[job.id] = mine
                again = user_decision and job.record.attempt == attempt  # a decision is good for one attempt
                await self._made_pipeline().run(job, again=again, briefly=briefly)
            except Exception as error:
                self._handle_internal_error(job, error)
            finally:
                if running.get(job.id) is mine:
                    del running[job.id]
                if user_decision:
                    self.jobs.pending.done(job)

        self.worker.start(run())

    def stop_following(self, job: Job) -> None:
        """Look no more at a task that turned out not to be the job's."""
        task = self.jobs.running.get(job.id)
        if task is not None and job.status is State.UNCERTAIN:
            task.cancel()

    def _handle_internal_error(self, job: Job, error: Exception) -> None:
        """Say that our own code failed: a job must not stand still without a word."""
        _log.error("A job failed in qwen-notebook's own code; please report this.", exc_info=error)
        trouble = QwenError(
            f"Something went wrong in qwen-notebook itself ({type(error).__name__}).",
            "Nothing is sent again by itself. Please report it.",
            charge=Charge.NOTHING if job.status is State.PLANNED else Charge.MAYBE,
        )
        if job.status is State.PLANNED:
            state, changes = attempts.refused(job.record, trouble)
            self.jobs.move(job, state, **changes)
        elif job.status is State.SENDING:
            self.jobs.move(job, State.UNCERTAIN, error=ErrorRecord.of(trouble))
        elif not job.status.settled:
            self.jobs.set_note(
                job, f"{trouble.what} The image is not lost: wait for it again with job.result()."
            )

    # What others left

    def open(self) -> None:
        """Take up what earlier kernels left behind, and what a studio of this one did that was closed."""
        self.resume()
        for job in self.jobs.unsettled(self):
            idle = job.status.at_service and job.id not in self.jobs.running
            if idle and job.record.service == self.service.name and self.jobs.is_mine(job):
                self.start(job)

    def resume(self, *, patiently: bool = True) -> list[Job]:
        """Take up what dead kernels left behind, by looking at the tasks.

        No path from here leads to a POST, but for what was asked for here too while that kernel lived: that is this
        one's to send now.

        Parameters
        ----------
        patiently
            Whether to wait for the folder's lock, where it is needed.
        """
        taken: list[Job] = []
        self.jobs.refresh()
        with self.jobs.lock:
            left = list(self.jobs.orphaned(self))
        if any(alive is False and not job.status.at_service for job, alive in left):
            with suppress(FolderBusy, OSError):
                seconds = 2.0 if patiently else 0.0
                if _may_be_interrupted():
                    wait_briefly(self._aside.submit(self._settle_the_dead, seconds))
                else:
                    self._settle_the_dead(seconds)
        for job, _ in left:
            if job.status.at_service and job.record.service == self.service.name:
                taken.append(job)
                self.start(job)
        return taken

    def _settle_the_dead(self, seconds: float) -> None:
        """Send what was asked for here too, and write down what became of the rest."""
        with self.jobs.folder_lock.held(seconds):
            self.jobs.refresh()
            self._pick_up_dropped()
            with self.jobs.lock:
                dead = [job for job, alive in self.jobs.orphaned(self) if alive is False]
            for job in dead:
                if not (job.status.at_service or self._adopt(job)):
                    self.jobs.set_down(job)
            self._call_witness([job for job in dead if job.status is State.UNCERTAIN])

    def _call_witness(self, jobs: list[Job]) -> None:
        """Have the next look at the balance tell what became of POSTs that a dead kernel was sending."""
        for job in jobs:
            record = job.record
            if record.service == self.service.name and record.balance_before is not None and record.sent:
                charged, among = sent_since(
                    self.jobs.journal.records(reversed(self.jobs.journal.index.ids)),
                    self.service.name,
                    record.sent,
                )
                before = Seen(record.balance_before - charged, record.balance_since or record.sent)
                self.account.left_unanswered(job, self.jobs, before, max(1, among))

    def _pick_up_dropped(self) -> None:
        """Send what was asked for here too, and what the kernel that planned it will not send."""
        for job_id in self.jobs.dropped:
            job = self.jobs.get(job_id, self)
            if job is not None and not self._adopt(job):
                self.jobs.let_be(job)

    def _adopt(self, job: Job) -> bool:
        """Make another kernel's planned job this one's, where it was asked for here too and is sent by nobody else."""
        if job.status is not State.PLANNED or job.id not in self.jobs.asked:
            return False
        scheduler = (
            self if job.record.service == self.service.name else self.jobs.scheduler_for(job.record.service)
        )
        if scheduler is None:
            return False
        with suppress(QwenError):  # the budget, or an equal one was bought and its lines are gone
            if self.jobs.equal(job.request.key, scheduler.service.name, scheduler) not in (None, job):
                return False
            counted = job.record.credits
            if job.id in self.jobs.dropped:  # else it is among the committed
                scheduler.check_budget(job.request)
                counted = scheduler.price_of(job.request)
            if self.jobs.pick_up(job, counted):
                scheduler.start(job)
                return True
        return False

    def refresh(self) -> None:
        """See what other kernels did in this folder."""
        self._looked_at_others = monotonic()
        self.jobs.refresh()

    def take_over(self, writer: str) -> list[Job]:
        """Hold a kernel for dead on a person's word; see `Studio.take_over`."""
        self.jobs.refresh()
        if self.jobs.journal.is_alive(writer):
            raise QwenError("That kernel is at work: it holds its lock.", "End it first.", charge=Charge.FREE)
        with self.jobs.lock:
            theirs = [
                job
                for job in self.jobs.unsettled(self)
                if self.jobs.writer_of(job) == writer and not job.status.settled
            ]
        if not theirs:
            raise QwenError("No job waits for a kernel of that name.", charge=Charge.FREE)
        self.jobs.take_over(writer)
        self.resume()
        return theirs

    # Money

    def check_budget(self, request: GenerationRequest, *, counted: int = 0) -> None:
        """Refuse an image that the budget does not allow.

        Parameters
        ----------
        request
            What it is made from.
        counted
            Credits of it that are among the committed already.
        """
        money = self.money
        replace(money, reserved=money.reserved - counted, price=self.price_of(request)).check()

    @property
    def money(self) -> Money:
        """What the folder's pictures have cost, and may still cost."""
        return Money.of(
            self._charged,
            budget=self.budget,
            price=self.price,
            seen_price=self.account.seen_price,
            offline=self.service.free,
            noun=noun_of(self.service),
        )

    @property
    def _charged(self) -> Totals:
        """What the folder's jobs come to, of every service that charges."""
        index = self.jobs.journal.index
        return sum_of(index.totals(name) for name in index.services if charges(name))

    @property
    def committed(self) -> int:
        """Credits spent, reserved or uncertain, of this studio's service."""
        return Money.of(self.jobs.journal.index.totals(self.service.name)).committed

    def price_of(self, request: GenerationRequest) -> int | None:
        """Credits that sending a request costs now: the studio's price is that of its own model.

        Raises
        ------
        InvalidRequest
            If its model is not registered here, so that it cannot be sent.
        """
        spec = request.spec
        if self.service.free:
            return 0
        return self.price if spec.name == self.settings.model else self.service.price(spec)

    async def look_at_balance(self) -> Seen:
        """Ask for the balance."""
        self._must_be_open()
        return await self.account.look(self.ask_balance)

    async def ask_balance(self) -> int:
        """The account's balance, as the service says it."""
        return await self.client.balance()

    # When the service asks for a pause

    @property
    def paused_for(self) -> float:
        """Seconds until the service is to be sent anything again, as it asked; 0 where it asked for no pause."""
        return self._limiter.paused_for if self._limiter is not None else 0.0

    def tell_of_pause(self, job: Job) -> None:
        """Say of a job that waits for a long pause to end, until when."""
        if self.paused_for > _LONG_PAUSE:
            until = clock_time(self.paused_for)
            if job.status is State.PLANNED:
                self.jobs.set_note(job, f"The service asked for a pause: it is sent at {until}.")
            elif job.status in (State.SUBMITTED, State.PROCESSING):
                self.jobs.set_note(
                    job, f"The service asked for a pause: it is looked at less often until {until}."
                )

    def _paused_by_service(self, _: float) -> None:
        if self._pipeline is not None:
            for job in self._pipeline.at_work:
                self.tell_of_pause(job)

    # For jobs

    def join(self, job: Job) -> None:
        """Ask for a job that another kernel may be moving: if that dies before it is sent, it is sent from here."""
        self.jobs.asked[job.id] += 1

    def part(self, job: Job) -> None:
        """Ask no longer for a job that was joined."""
        self.jobs.asked[job.id] -= 1
        if self.jobs.asked[job.id] <= 0:
            self.jobs.let_be(job)

    def cancel(self, job: Job) -> bool:
        """Cancel a job that is not sent; see `Job.cancel`."""
        self.jobs.refresh()
        with self.jobs.lock:
            called_off = job.status is State.UNCERTAIN and self.jobs.pending.stands(job)
            if called_off:
                self.jobs.pending.call_off(job)
        if not called_off and not self.jobs.is_mine(job):
            self.jobs.let_be(job)
            self.resume(patiently=False)
            return job.status is State.CANCELLED
        if called_off or self.jobs.withdraw(job, "The repeat was cancelled before it was sent."):
            self._stop_waiting(job)
            return True
        return False

    def _stop_waiting(self, job: Job) -> None:
        """Wait no longer for the turn of a job that is not to be sent."""
        waiting = self.jobs.running.get(job.id)
        if waiting is not None:
            self.worker.call(waiting.cancel)

    def resolve(self, job: Job, task_id: str) -> Job:
        """Take up an uncertain job by its task id; see `Job.resolve`."""
        scheduler = self._acting_for(job)
        clean = scheduler.decisions.check_task_id(job, task_id)
        return scheduler._decide(job, scheduler.decisions.resolve(job, clean), slowly=True)

    def dismiss(self, job: Job) -> None:
        """Give an uncertain job up; see `Job.dismiss`."""
        self._decide(job, self.decisions.dismiss(job))

    def send_again(self, job: Job) -> None:
        """Send an uncertain job once more; see `Job.send_again`."""
        refuse_if_broken_fork()
        scheduler = self._acting_for(job)
        scheduler._decide(job, scheduler.decisions.send_again(job))

    def look_again(self, job: Job) -> None:
        """Look again for an image that was given up; see `Job.look_again`."""
        scheduler = self._acting_for(job)
        scheduler._decide(job, scheduler.decisions.look_again(job))

    def take_back(self, job: Job) -> None:
        """Take back a task id that was given by hand; see `Job.take_back`."""
        self._decide(job, self.decisions.take_back(job))

    def decide_soon(self, job: Job, decision: Decision, *arguments: str) -> Future[Job]:
        """Have a decision acted on without waiting: for handlers, which must not.

        Raises
        ------
        QwenError
            If no studio of the job's service is open.
        """
        scheduler = self._acting_for(job)
        return self.worker.start(getattr(scheduler.decisions, decision)(job, *arguments))

    def _decide(self, job: Job, work: Coroutine[Any, Any, Job], *, slowly: bool = False) -> Job:
        """Have a decision acted on, and wait for it; on the worker's own thread it is acted on soon."""
        if self.worker.is_current_thread:
            self.worker.start(self._told(job, work))
            return job
        future = self.worker.start(work)
        with suppress(TaskIdRefused):  # the job's note says why, and it stays uncertain
            return wait_here(future, None, lambda: None) if slowly else wait_briefly(future)
        return job

    async def _told(self, job: Job, work: Coroutine[Any, Any, Job]) -> None:
        try:
            await work
        except QwenError as error:
            self.jobs.set_note(job, str(error))

    def _acting_for(self, job: Job) -> Scheduler:
        """The scheduler that may talk to the job's service: this one, or another of an open studio."""
        if not self.closed and job.record.service == self.service.name:
            return self
        scheduler = self.jobs.scheduler_for(job.record.service)
        if scheduler is None:
            raise self._closed_error()
        return scheduler

    def ensure_progress(self, job: Job) -> None:
        """Make sure that a job which is waited for moves; raise where it cannot."""
        if self.worker.is_current_thread:
            raise RuntimeError(
                "A job cannot be waited for on the studio's own thread: await it from elsewhere."
            )
        decided = self.jobs.pending.stands(job)
        if job.status.settled and not decided:
            return
        if not self.jobs.is_mine(job):
            self._attend_others(job)
            return
        scheduler = self._acting_for(job)
        to_be_sent = job.status is State.PLANNED or (decided and job.status is State.UNCERTAIN)
        if to_be_sent and scheduler.breaker.reason is not None and not scheduler.breaker.allows(job):
            raise scheduler.breaker.reason
        if job.id not in self.jobs.running:
            if job.status.at_service:
                scheduler._take_up_or_tell(job)
            elif job.status is State.PLANNED:
                scheduler.start(job)

    def _attend_others(self, job: Job) -> None:
        if monotonic() - self._looked_at_others < _LOOK_AT_OTHERS_SECONDS:
            return
        scheduler = self._acting_for(job)
        self._looked_at_others = monotonic()
        scheduler.resume(patiently=False)
        if job.status.settled or self.jobs.is_mine(job):
            return
        still = monotonic() - job.moved_at
        if job.status.at_service and still > _LOOK_FOR_OTHERS_SECONDS and job.id not in self.jobs.running:
            scheduler.start(job)
        elif (
            still > _SILENT_SECONDS and self.jobs.journal.silence(self.jobs.writer_of(job)) > _SILENT_SECONDS
        ):
            raise StillRunning(
                f"The job is still {job.status}: another kernel has it, and has done nothing for two minutes.",
                job.note or "It goes on when that kernel does; if it was ended, so is the wait.",
            )

    def _take_up_or_tell(self, job: Job) -> None:
        if job.note is None:
            self.start(job)
            return
        note = job.note
        self.jobs.set_note(job, None)  # so that the next wait takes it up again
        raise StillRunning(f"The job is still {job.status}.", note)

    # The end

    def close_for(self, reason: QwenError) -> None:
        """Do nothing from now on but look at the folder, and say why of whatever else is asked for."""
        self.closed = True
        self._closed_for = reason

    def _must_be_open(self) -> None:
        if self._closed_for is not None:
            raise self._closed_for
        if self.closed:
            raise QwenError("This studio is closed.", "Open another: qn.Studio(…).")

    def _closed_error(self) -> QwenError:
        return self._closed_for or StillRunning(
            "The job's studio is closed, so nobody looks after it.",
            f"Nothing is lost: it goes on once the folder is open again, as in "
            f"qn.Studio({self.store.folder.name!r}).",
        )

    async def close(self) -> None:
        """Give sends in flight their time, stop the rest, and let go of the connections."""
        self.closed = True
        unanswered: list[Job] = []
        if self._pipeline is not None:
            await self._pipeline.drain()
            self._leave(await self._pipeline.stop())
            unanswered = self._pipeline.unanswered
        self._aside.shutdown()
        if unanswered:
            self.worker.start(self._hear_out(unanswered))
        else:
            await self._let_go()

    async def _hear_out(self, jobs: list[Job]) -> None:
        """Stay until the last answer is there: it may hold a task id that is paid for."""
        assert self._pipeline is not None
        await self._pipeline.last_answers()
        self._leave(jobs)
        await self._let_go()

    def _leave(self, jobs: list[Job]) -> None:
        """Leave jobs to another studio that is open here; without one, what is not sent is not going to be."""
        heir = self.jobs.scheduler_for(self.service.name)
        for job in jobs:
            if heir is not None:
                heir.start(job)
            else:
                self.jobs.withdraw(job, "The repeat was not sent: the studio was closed.")

    async def _let_go(self) -> None:
        if self._pipeline is not None:
            self._leave_before_exit()
        if self._client is not None:
            await self._client.aclose()
        self.jobs.leave(self)

    # Made when first needed, on the worker

    @property
    def worker(self) -> Worker:
        """The thread that everything runs on."""
        return shared_worker()

    @property
    def client(self) -> Connection:
        """The connection to the service."""
        if self._client is None:
            self._client = self.service.connect(self.store.folder, self.patience)
        return self._client

    @property
    def cadence(self) -> HazardCadence:
        """When to look, learned from the folder's own pictures."""
        if self._cadence is None:
            from qwen_notebook.studio.cadence import HazardCadence

            self._cadence = HazardCadence(
                self.jobs.seconds_of_saved(self.service.name),
                prior_median=self.patience.usual or self.service.prior_median,
                prior_sigma=self.service.prior_sigma,
            )
        return self._cadence

    def _made_pipeline(self) -> Pipeline:
        if self._pipeline is None:
            from qwen_notebook.studio.pipeline import Pipeline
            from qwen_notebook.studio.rate_limit import RateLimiter

            self._limiter = RateLimiter(self._rate, on_pause=self._paused_by_service)
            self._pipeline = Pipeline(self, self._limiter, self.max_in_flight)
            self._leave_before_exit = _before_exit(self.worker, self._pipeline)
        return self._pipeline

    def _tell_newest(self) -> None:
        with suppress(IndexError, LookupError):
            self.jobs.notify(self.jobs.jobs(self)[-1])


def _may_be_interrupted() -> bool:
    """Whether an interrupt can strike here: on the main thread, also between a lock and its release."""
    return threading.current_thread() is threading.main_thread()


def _before_exit(worker: Worker, pipeline: Pipeline) -> Callable[[], object]:
    """Have a pipeline end well before the worker does, without keeping it: a studio may be dropped and never closed."""
    weakly = WeakMethod(pipeline.drain)

    async def drain() -> None:
        if (end := weakly()) is not None:
            await end()

    worker.before_exit(drain)
    return finalize(pipeline, worker.forget, drain)
