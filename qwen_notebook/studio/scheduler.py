"""Has the jobs of an open studio done: starts them, takes them up, and acts on what people decide about them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakMethod, finalize

from qwen_notebook.concurrency.forking import on_fork_in_child, refuse_if_broken_fork
from qwen_notebook.concurrency.loop_thread import Worker, shared_worker
from qwen_notebook.concurrency.waiting import wait_briefly, wait_here
from qwen_notebook.errors import Charge, QwenError, StillRunning
from qwen_notebook.journal import attempts
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.studio.budget import Budget
from qwen_notebook.studio.circuit_breaker import CircuitBreaker
from qwen_notebook.studio.connection import Connection
from qwen_notebook.studio.decisions import Decisions, TaskIdRefused
from qwen_notebook.studio.job import Job, waiters_of
from qwen_notebook.studio.job_store import JobStore
from qwen_notebook.studio.recovery import Recovery
from qwen_notebook.studio.settings import Settings

if TYPE_CHECKING:
    from qwen_notebook.studio.cadence import HazardCadence
    from qwen_notebook.studio.pipeline import Pipeline

Decision = Literal["resolve", "take_back", "dismiss", "send_again", "look_again"]
_LOOK_AT_OTHERS_SECONDS = 1.0
_LOOK_FOR_OTHERS_SECONDS = 30.0
"""After this another kernel's task is looked at from here too, where somebody waits for it: that costs nothing."""
_SILENT_SECONDS = 120.0
"""After this a wait for another kernel that does nothing ends, and says why."""
_log = logging.getLogger("qwen_notebook")


class Scheduler:
    """The work of one open studio on the jobs of its folder. It is what its jobs ask (`JobHost`).

    Parameters
    ----------
    jobs
        All jobs of the folder, shared by all who opened it in this process.
    connection
        To the provider.
    budget
        What may be bought.
    settings
        What the studio was opened with, but for its key.

    Attributes
    ----------
    breaker
        Stops the queue once, where the service would refuse every job.
    decisions
        Acts on what people decide.
    closed
        Whether it starts nothing any more.
    """

    def __init__(self, jobs: JobStore, connection: Connection, budget: Budget, settings: Settings) -> None:
        self.jobs = jobs
        self.store = jobs.store
        self.connection = connection
        self.budget = budget
        self.settings = settings
        self.closed = False
        self._closed_for: QwenError | None = None
        self.breaker = CircuitBreaker(self._notify_newest)
        self.decisions = Decisions(self)
        self._recovery = Recovery(self)
        self._begin()
        jobs.join(self)
        on_fork_in_child(self)

    def _begin(self) -> None:
        self._pipeline: Pipeline | None = None
        self._cadence: HazardCadence | None = None
        self._looked_at_others = 0.0

    def after_fork_in_child(self) -> None:
        """Begin anew: tasks and threads are the parent's, and closing them here would disturb it."""
        self._of_the_parent = self._pipeline
        self._begin()

    # Starting

    def open(self) -> None:
        """Take up what earlier kernels left behind, and what a studio of this one did that was closed."""
        self.resume()
        for job in self.jobs.unsettled(self):
            idle = job.status.at_service and job.id not in self.jobs.running
            if idle and self.serves(job) and self.jobs.ownership.is_mine(job.id):
                self.start(job)

    def start(self, job: Job, *, user_decision: bool = False, briefly: bool = False) -> None:
        """Have the worker take a job as far as it goes, if it is not at it already.

        Parameters
        ----------
        job
            Any of the folder.
        user_decision
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

    # What other kernels do, and left behind

    def refresh(self) -> None:
        """See what other kernels did in this folder."""
        self._looked_at_others = monotonic()
        self.jobs.refresh()

    def resume(self, *, patiently: bool = True) -> list[Job]:
        """Take up what dead kernels left behind; see `Recovery.resume`."""
        return self._recovery.resume(patiently=patiently)

    def take_over(self, writer: str) -> list[Job]:
        """Hold a kernel for dead on a person's word; see `Studio.take_over`."""
        return self._recovery.take_over(writer)

    def pick_up_dropped(self) -> None:
        """Send what was asked for here too, and what the kernel that planned it will not send."""
        self._recovery.pick_up_dropped()

    def join(self, job: Job) -> None:
        """Ask for a job that another kernel may be moving: if that dies before it is sent, it is sent from here."""
        self.jobs.ownership.asked[job.id] += 1

    def part(self, job: Job) -> None:
        """Ask no longer for a job that was joined."""
        self.jobs.ownership.asked[job.id] -= 1
        if self.jobs.ownership.asked[job.id] <= 0:
            self.jobs.let_be(job)

    # Which scheduler

    def serves(self, job: Job) -> bool:
        """Whether the job is, or is to be, at this studio's provider."""
        return job.record.service == self.connection.provider.name

    def peer_for(self, job: Job) -> Scheduler | None:
        """The scheduler of the job's provider: this one, else one of another open studio of the folder."""
        return self if self.serves(job) else scheduler_for(self.jobs, job.record.service)

    def _acting_for(self, job: Job) -> Scheduler:
        """The scheduler that may talk to the job's provider.

        Raises
        ------
        QwenError
            If no studio that could is open.
        """
        if not self.closed and self.serves(job):
            return self
        scheduler = scheduler_for(self.jobs, job.record.service)
        if scheduler is None:
            raise self._closed_error()
        return scheduler

    # What people decide

    def cancel(self, job: Job) -> bool:
        """Cancel a job that is not sent; see `Job.cancel`."""
        self.jobs.refresh()
        with self.jobs.lock:
            called_off = job.status is State.UNCERTAIN and self.jobs.pending.stands(job)
            if called_off:
                self.jobs.pending.call_off(job)
        if not called_off and not self.jobs.ownership.is_mine(job.id):
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
            If no studio of the job's provider is open.
        """
        scheduler = self._acting_for(job)
        return self.worker.start(getattr(scheduler.decisions, decision)(job, *arguments))

    def _decide(self, job: Job, work: Coroutine[Any, Any, Job], *, slowly: bool = False) -> Job:
        """Have a decision acted on, and wait for it; on the worker's own thread it is acted on soon."""
        if self.worker.is_current_thread:
            self.worker.start(self._note_trouble(job, work))
            return job
        future = self.worker.start(work)
        with suppress(TaskIdRefused):  # the job's note says why, and it stays uncertain
            return wait_here(future, None, lambda: None) if slowly else wait_briefly(future)
        return job

    async def _note_trouble(self, job: Job, work: Coroutine[Any, Any, Job]) -> None:
        try:
            await work
        except QwenError as error:
            self.jobs.set_note(job, str(error))

    # For those who wait

    def ensure_progress(self, job: Job) -> None:
        """Make sure that a job which is waited for moves; raise where it cannot."""
        if self.worker.is_current_thread:
            raise RuntimeError(
                "A job cannot be waited for on the studio's own thread: await it from elsewhere."
            )
        decided = self.jobs.pending.stands(job)
        if job.status.settled and not decided:
            return
        if not self.jobs.ownership.is_mine(job.id):
            self._ensure_others_progress(job)
            return
        scheduler = self._acting_for(job)
        to_be_sent = job.status is State.PLANNED or (decided and job.status is State.UNCERTAIN)
        if to_be_sent and scheduler.breaker.reason is not None and not scheduler.breaker.allows(job):
            raise scheduler.breaker.reason
        if job.id not in self.jobs.running:
            if job.status.at_service:
                scheduler._take_up_or_raise(job)
            elif job.status is State.PLANNED:
                scheduler.start(job)

    def _ensure_others_progress(self, job: Job) -> None:
        """The same for a job that another kernel moves."""
        if monotonic() - self._looked_at_others < _LOOK_AT_OTHERS_SECONDS:
            return
        scheduler, jobs = self._acting_for(job), self.jobs
        self._looked_at_others = monotonic()
        scheduler.resume(patiently=False)
        if job.status.settled or jobs.ownership.is_mine(job.id):
            return
        still = monotonic() - waiters_of(job).moved_at
        if job.status.at_service and still > _LOOK_FOR_OTHERS_SECONDS and job.id not in jobs.running:
            scheduler.start(job)
        elif (
            still > _SILENT_SECONDS
            and jobs.journal.silence(jobs.ownership.writer_of(job.id)) > _SILENT_SECONDS
        ):
            raise StillRunning(
                f"The job is still {job.status}: another kernel has it, and has done nothing for two minutes.",
                job.note or "It goes on when that kernel does; if it was ended, so is the wait.",
            )

    def _take_up_or_raise(self, job: Job) -> None:
        """Take up a job that stands still; where its note says why it does, the one who waits is told first."""
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

    def must_be_open(self) -> None:
        """Raise where nothing is done here any more."""
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
        """Give sends in flight their time, stop the rest, and let go of the connection."""
        self.closed = True
        unanswered: list[Job] = []
        if self._pipeline is not None:
            await self._pipeline.drain()
            self._leave(await self._pipeline.stop())
            unanswered = self._pipeline.unanswered
        self._recovery.close()
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
        heir = scheduler_for(self.jobs, self.connection.provider.name)
        for job in jobs:
            if heir is not None:
                heir.start(job)
            else:
                self.jobs.withdraw(job, "The repeat was not sent: the studio was closed.")

    async def _let_go(self) -> None:
        if self._pipeline is not None:
            self._leave_before_exit()
        await self.connection.close()
        self.jobs.leave(self)

    # Made when first needed, on the worker

    @property
    def worker(self) -> Worker:
        """The thread that everything runs on."""
        return shared_worker()

    @property
    def paused_for(self) -> float:
        """Seconds until the service is to be sent anything again, as it asked; 0 where it asked for no pause."""
        return self._pipeline.paused_for if self._pipeline is not None else 0.0

    @property
    def cadence(self) -> HazardCadence:
        """When to look, learned from the folder's own pictures."""
        if self._cadence is None:
            from qwen_notebook.studio.cadence import HazardCadence

            provider = self.connection.provider
            self._cadence = HazardCadence(
                self.jobs.seconds_of_saved(provider.name),
                prior_median=self.settings.patience.usual or provider.prior_median,
                prior_sigma=provider.prior_sigma,
            )
        return self._cadence

    def _made_pipeline(self) -> Pipeline:
        if self._pipeline is None:
            from qwen_notebook.studio.pipeline import Pipeline

            self._pipeline = Pipeline(
                jobs=self.jobs,
                connection=self.connection,
                budget=self.budget,
                breaker=self.breaker,
                cadence=lambda: self.cadence,
                patience=self.settings.patience,
                rate=self.settings.rate,
                max_in_flight=self.settings.max_in_flight,
            )
            self._leave_before_exit = _before_exit(self.worker, self._pipeline)
        return self._pipeline

    def _notify_newest(self) -> None:
        with suppress(IndexError, LookupError):
            self.jobs.notify(self.jobs.jobs(self)[-1])


def scheduler_for(jobs: JobStore, service: str) -> Scheduler | None:
    """The scheduler of a studio that is open on the folder and works with this provider."""
    with jobs.lock:
        for host in jobs.hosts:
            if isinstance(host, Scheduler) and not host.closed and host.connection.provider.name == service:
                return host
    return None


def _before_exit(worker: Worker, pipeline: Pipeline) -> Callable[[], object]:
    """Have a pipeline end well before the worker does, without keeping it: a studio may be dropped and never closed."""
    weakly = WeakMethod(pipeline.drain)

    async def drain() -> None:
        if (end := weakly()) is not None:
            await end()

    worker.before_exit(drain)
    return finalize(pipeline, worker.forget, drain)
