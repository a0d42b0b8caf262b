"""A run of an experiment: what is missing is sent, a few at a time, until all is there or something stops it."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from copy import copy
from time import monotonic, time
from typing import Any

from qwen_notebook.concurrency.callback_executor import CallbackExecutor, UserFunction
from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.waiting import wait_beating, wait_here
from qwen_notebook.errors import BudgetExceeded, Charge, JobCancelled, QwenError, RateLimited, StillRunning
from qwen_notebook.experiments.cell_status import CellJob, CellStatus, status_of
from qwen_notebook.experiments.progress import Progress, progress_bar
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import clock_time
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.values import truth
from qwen_notebook.studio.job import Job, waiters_of
from qwen_notebook.studio.money import Money
from qwen_notebook.studio.progress_line import remark
from qwen_notebook.studio.sending import PAUSES_QUEUE
from qwen_notebook.studio.studio import Studio, core_of

_TICK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 180.0
"""A run does not wait for the end of a longer pause that the service asks for."""


@always_printable
class SweepRun:
    """A run on its way. Made by `Sweep.start`.

    It lives on one daemon thread of its own, holds only the jobs in flight, and goes on while a cell computes.

    Examples
    --------
    >>> run = sweep.start(budget=300)  # doctest: +SKIP
    >>> run.progress  # doctest: +SKIP
    8 of 24 · 248 credits
    >>> await run  # doctest: +SKIP
    """

    def __init__(
        self,
        studio: Studio,
        cell_jobs: Sequence[CellJob],
        *,
        budget: int | None,
        max_in_flight: int,
        before: Mapping[str, int] | None = None,
    ) -> None:
        self._studio = studio
        self._waiting = deque(cell_jobs)
        self._budget = budget
        self._most = max_in_flight
        self._price = 0 if studio.offline else studio.price
        self._flying: dict[str, _Flight] = {}
        self._charged = self._uncertain = 0
        self._stopped: QwenError | None = None
        self._paused_before = studio.paused
        core_of(studio).scheduler.breaker.invite()
        self._news: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._begun = monotonic()
        self._begun_at = time()
        self._looked = 0.0
        self.progress = Progress(total=len(cell_jobs), before=before or {})
        self._future: Future[Progress] = DaemonExecutor(1, "qwen-notebook-sweep").submit(self._drive)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    def result(
        self, timeout: float | None = None, *, progress: Callable[..., Any] | bool | None = False
    ) -> Progress:
        """Wait for the end.

        An interrupt stops the sending: what is paid for goes on in the background and is saved.

        Parameters
        ----------
        timeout
            Seconds to wait at most.
        progress
            Whether to draw a progress line, or the `tqdm` class to draw it with.

        Returns
        -------
        Progress
            What came of it; cells that failed or are uncertain are counted, not raised.

        Raises
        ------
        StillRunning
            If the wait ended first. The run goes on.
        QwenError
            What stopped it: the budget, the key, the credits, the disk. What was done is there.
        """
        bar = None if truth(progress) is False else progress_bar(progress if callable(progress) else None)
        try:
            return wait_here(self._future, timeout, lambda: bar.show(self.progress) if bar else None)
        except TimeoutError:
            raise StillRunning(
                f"The run is at {self.progress} after {timeout:g} s.", "It goes on: wait for it again."
            ) from None
        except BaseException as error:
            if bar is not None and not isinstance(error, QwenError):
                bar.abandon(self.progress)
                bar = None
            self._interrupted(error)
            raise
        finally:
            if bar is not None:
                bar.close(self.progress)

    def __await__(self) -> Generator[Any, None, Progress]:
        return self._awaited().__await__()

    async def _awaited(self) -> Progress:
        try:
            return await wait_beating(self._future, None, lambda: None)
        except BaseException as error:
            self._interrupted(error)
            raise

    def when_done(self, callback: Callable[[], object]) -> None:
        """Call a function soon after it has ended, on a daemon thread where it may take its time; now if it has."""
        persons = UserFunction(CallbackExecutor(), callback)
        self.follow_end(persons)

    def follow_end(self, follower: Callable[[], object]) -> None:
        """Call a function of ours once it has ended, at once and on whatever thread that happens; it must not wait."""
        self._future.add_done_callback(lambda _: follower())

    @property
    def error(self) -> QwenError | None:
        """What stopped it, if it has ended and something did."""
        error = self._future.exception() if self._future.done() else None
        return error if isinstance(error, QwenError) else None

    def cancel(self) -> None:
        """Send nothing more. What is paid for goes on and is saved."""
        self._stop(JobCancelled("The run was stopped.", "Run it again for what is missing."))
        self._news.put(None)

    def __repr__(self) -> str:
        return f"<SweepRun {self.progress} · {'ended' if self.done else 'running'}>"

    # On its thread

    def _drive(self) -> Progress:
        leave = core_of(self._studio).follow(self._heard)
        try:
            while True:
                self._feed()
                self.progress.seconds = monotonic() - self._begun
                if not self._flying:
                    break
                self._settle_what_rests()
        finally:
            leave()
        if self._stopped is not None:
            raise self._with_its_cost(self._stopped)
        return self.progress

    def _with_its_cost(self, reason: QwenError) -> QwenError:
        """What stopped the run, with what the run was charged: of what was not sent alone that says nothing."""
        if not (self._charged or self._uncertain):
            return reason
        error = copy(reason)
        cost = Money(spent=self._charged, uncertain=self._uncertain)
        error.what, error.charge = f"{reason.what} This run: {cost}.", Charge.FREE
        return error

    def _feed(self) -> None:
        """Send as many as may be in flight; while the queue stands still one alone, as the test."""
        while self._waiting and self._stopped is None:
            most = self._most if self._studio.paused is None else 1
            if len(self._flying) >= most:
                return
            cell_job = self._waiting[0]
            try:
                flight = self._find_for(cell_job) or self._ask_for(cell_job)
            except BudgetExceeded as error:
                if self._flying:
                    return  # one of those may be refunded yet
                self._stop(error)
            except QwenError as error:
                self._stop(error)
            else:
                self._waiting.popleft()
                self._flying[flight.job.id] = flight

    def _check_budget(self) -> None:
        try:
            Money(
                spent=self._charged,
                reserved=self._in_flight_credits,
                uncertain=self._uncertain,
                budget=self._budget,
                price=self._price,
            ).check()
        except BudgetExceeded as error:
            error.todo = "Run it again with a larger budget= for what is missing."
            raise

    @property
    def _in_flight_credits(self) -> int:
        return sum(self._price or 0 for flight in self._flying.values() if self._is_ours(flight))

    def _find_for(self, cell_job: CellJob) -> _Flight | None:
        """The job that a cell has, where it is on its way or its paid image can be looked for again."""
        job = self._studio.job(cell_job.job_id) if cell_job.job_id is not None else None
        if job is None or (cell_job.status is CellStatus.NEW and not job.status.given_up):
            return None
        if job.status is State.CANCELLED:
            return None  # another kernel's, since the run was planned
        if job.status.given_up:
            job.look_again()
        core_of(self._studio).scheduler.join(job)
        return _Flight(job, bought=False)

    def _ask_for(self, cell_job: CellJob) -> _Flight:
        self._check_budget()
        admitted = core_of(self._studio).admit(
            cell_job.cell.request,
            client_id=cell_job.cell.client_id(cell_job.attempts),
            again=not cell_job.alone,
        )
        return _Flight(admitted.job, bought=admitted.bought)

    def _settle_what_rests(self) -> None:
        with suppress(queue.Empty):
            self._news.get(timeout=_TICK_SECONDS)
        for flight in list(self._flying.values()):
            job = flight.job
            if job.status.settled or self._is_stuck(job):
                del self._flying[job.id]
                flight.land()
                self._settle(flight)
        paused = self._studio.paused
        if paused is not None and paused is not self._paused_before:
            self._stop(paused)
        if self._studio.paused_for > _LONGEST_PAUSE_SECONDS and (self._waiting or self._any_planned):
            self._stop(_asked_to_pause(self._studio.paused_for))
        if monotonic() - self._looked > _TICK_SECONDS and not all(f.bought for f in self._flying.values()):
            self._looked = monotonic()
            self._studio.refresh()  # another kernel moves those
            self._studio.resume()

    def _settle(self, flight: _Flight) -> None:
        job, progress = flight.job, self.progress
        if self._is_ours(flight) and (job.status.billed or job.status.maybe_billed):
            if job.status.billed:
                self._charged += job.credits or 0
            else:
                self._uncertain += job.credits or 0
            progress.credits = self._charged
        if job.status is State.CANCELLED:
            return
        error = job.error
        if isinstance(error, PAUSES_QUEUE):
            self._stop(error)
            return
        progress.done += 1
        progress.saved += job.status is State.SAVED
        progress.uncertain += job.status is State.UNCERTAIN
        progress.unfinished += not job.status.settled
        if job.status.settled and job.status not in (State.SAVED, State.UNCERTAIN):
            is_new = status_of(job.id, core_of(self._studio).lookup) is CellStatus.NEW
            progress.new += is_new
            progress.failed += not is_new

    def _is_stuck(self, job: Job) -> bool:
        """Whether the studio has given up looking: the task may never end, and the rest should not wait for it."""
        since = max(job.record.sent or self._begun_at, self._begun_at)
        return job.status.at_service and time() - since > self._studio.patience.deadline + 2 * _TICK_SECONDS

    @property
    def _any_planned(self) -> bool:
        return any(self._is_ours(f) and f.job.status is State.PLANNED for f in self._flying.values())

    def _stop(self, reason: QwenError) -> None:
        """Send nothing more, for this reason."""
        if self._stopped is None:
            self._stopped = reason
            self.progress.stopped = "" if isinstance(reason, JobCancelled) else reason.what
        for flight in list(self._flying.values()):
            if not self._is_ours(flight):
                core_of(self._studio).scheduler.part(flight.job)
            elif waiters_of(flight.job).is_one_persons:  # what others wait for is not this run's to cancel
                flight.job.cancel()

    def _is_ours(self, flight: _Flight) -> bool:
        """Whether the cell's POST is one of this kernel's, for this run."""
        return flight.bought or core_of(self._studio).is_picked_up(flight.job)

    # On any thread

    def _heard(self, job: Job) -> None:
        if job.status.settled or self._studio.paused is not None:
            self._news.put(job)

    def _interrupted(self, error: BaseException) -> None:
        if isinstance(error, QwenError):
            return
        at, left = f"{self.progress}", self.progress.remaining
        self.cancel()
        sent = sum(not flight.job.status.settled for flight in list(self._flying.values()))
        going = ""
        if sent:
            going = f" {sent:,} sent already {'goes' if sent == 1 else 'go'} on in the background and will be saved."
        missing = f" {left - sent:,} still to make: run it again." if left > sent else ""
        remark(f"Stopped at {at}: nothing more is sent.{going}{missing}")


def _asked_to_pause(seconds: float) -> RateLimited:
    return RateLimited(
        f"The service asked for a pause until {clock_time(seconds)} ({seconds / 60:.0f} minutes).",
        "Run it again then: it makes what is missing.",
        retry_after=seconds,
    )


class _Flight:
    """A job in flight, and whether this run bought it or found it on its way."""

    __slots__ = ("_waiting", "bought", "job")

    def __init__(self, job: Job, *, bought: bool) -> None:
        self.job = job
        self.bought = bought
        self._waiting = ExitStack()
        self._waiting.enter_context(waiters_of(job).waiting())

    def land(self) -> None:
        """Wait for it no longer."""
        self._waiting.close()
