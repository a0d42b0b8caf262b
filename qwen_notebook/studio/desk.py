"""The desk: moves the jobs of one open folder, on disk first, and keeps the queue going or stopped."""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic, time
from typing import TYPE_CHECKING, Any

from qwen_notebook.errors import Charge, InvalidRequest, QwenError, StillRunning
from qwen_notebook.studio.archive import Archive, never_answered
from qwen_notebook.studio.budget import guard
from qwen_notebook.studio.gate import Gate
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.ledger import Ledger
from qwen_notebook.studio.marks import Mark
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.record import ErrorRecord, JobRecord
from qwen_notebook.studio.states import State
from qwen_notebook.studio.store import Store, journal_trouble, mark_trouble
from qwen_notebook.studio.worker import Worker, shared_worker

if TYPE_CHECKING:
    from qwen_notebook.reapi.cadence import HazardCadence
    from qwen_notebook.reapi.client import AsyncClient
    from qwen_notebook.studio.pipeline import Pipeline
    from qwen_notebook.studio.service import Service

_LOOK_AT_OTHERS_SECONDS = 1.0
_log = logging.getLogger("qwen_notebook")


class Desk:
    """Where the jobs of an open studio are moved. `Studio` is its public face.

    Every move is written to the journal before anything else learns of it. Jobs may be moved from any thread; one
    lock orders the moves.

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
    """

    def __init__(
        self,
        store: Store,
        service: Service,
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
        self.lock = threading.RLock()
        self.archive = Archive(Ledger(store.folder), self)
        self.listeners: list[Callable[[Job], object]] = []
        self.gate = Gate(self._tell_newest)
        self.max_in_flight = max_in_flight
        self._rate = rate
        self.patience = patience
        self._running: dict[str, asyncio.Future[Any]] = {}
        self._words: Counter[str] = Counter()
        self._pipeline: Pipeline | None = None
        self._client: AsyncClient | None = None
        self._cadence: HazardCadence | None = None
        self._balance: int | None = None
        self._looked_at_others = 0.0

    # Jobs in and out

    def add(self, record: JobRecord) -> Job:
        """Write down a planned job and start it on its way.

        Raises
        ------
        QwenError
            If it cannot be written down; then it is not bought.
        """
        with self.lock:
            try:
                self.archive.ledger.write(record, sync=False)
            except OSError as error:
                raise journal_trouble(error, self.store.folder) from None
            job = self.archive.add(record)
            self.gate.probe(job)
        self.start(job)
        self._tell(job)
        return job

    def start(self, job: Job, *, word: bool = False) -> None:
        """Have the worker take a job as far as it goes, if it is not at it already.

        Parameters
        ----------
        word
            Whether a person has just spoken: then it is taken up also where the worker is only about to leave it, and
            an uncertain one is sent once more.
        """
        attempt = job.record.attempt
        if word:
            with self.lock:
                job.stir()
                self._words[job.id] += 1

        async def run() -> None:
            mine = asyncio.current_task()
            while word and (leaving := self._running.get(job.id)) is not None:
                await asyncio.wait({leaving})
            if mine is None or job.id in self._running:
                return
            self._running[job.id] = mine
            try:
                again = word and job.record.attempt == attempt  # a word is good for one attempt
                await self._made_pipeline().run(job, again=again)
            except Exception as error:
                self._fell_over(job, error)
            finally:
                self._running.pop(job.id, None)
                if word:
                    self._heard(job)

        self.worker.start(run())

    def _fell_over(self, job: Job, error: Exception) -> None:
        """Say that our own code failed: a job must not stand still without a word."""
        _log.error("A job fell over; please report this.", exc_info=error)
        trouble = QwenError(
            f"Something went wrong in qwen-notebook itself ({type(error).__name__}).",
            "Nothing is sent again by itself. Please report it.",
            charge=Charge.NOTHING if job.status is State.PLANNED else Charge.MAYBE,
        )
        if job.status in (State.PLANNED, State.SENDING):
            ending = State.REFUSED if job.status is State.PLANNED else State.UNCERTAIN
            self.move(job, ending, error=ErrorRecord.of(trouble))
        elif not job.status.resting:
            self.annotate(job, f"{trouble.what} The image is not lost: wait for it again with job.result().")

    def _heard(self, job: Job) -> None:
        """Wake those whom a word had made wait, also if nothing came of it."""
        with self.lock:
            self._words[job.id] -= 1
            if not self._words[job.id] and job.status.resting:
                job.become(job.record)

    def resume(self) -> list[Job]:
        """Take up what dead kernels left behind, by looking at the tasks; no path from here leads to a POST."""
        taken: list[Job] = []
        with self.lock:
            self.archive.refresh()
            if damaged := self.archive.ledger.damaged:
                warnings.warn(
                    f"{damaged} lines of the journal in {self.archive.ledger.folder} cannot be read; they are left as "
                    "they are, and everything else is there.",
                    stacklevel=4,
                )
            left = list(self.archive.left_behind())
        for job, state in left:
            if not state.at_service:
                self._set_down(job, state)
            elif job.record.service == self.service.name:
                taken.append(job)
                self.start(job)
        return taken

    def refresh(self) -> None:
        """See what other kernels did in this folder."""
        with self.lock:
            self._looked_at_others = monotonic()
            moved = self.archive.refresh()
        for job in moved:
            self._tell(job)

    def check_budget(self) -> None:
        """Refuse an image that the budget does not allow; previews cost nothing."""
        if not self.service.offline:
            guard(self.budget, self.price, self.committed)

    @property
    def committed(self) -> int:
        """Credits spent, in flight, planned or uncertain."""
        totals = self.archive.ledger.entries.totals(self.service.name)
        return totals.spent + totals.open

    async def close(self) -> None:
        """Give sends in flight their time, stop the rest, and let go of the connections."""
        if self._pipeline is not None:
            await self._pipeline.last_words()
            self.worker.forget(self._pipeline.last_words)
        running = list(self._running.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=1.0)
        if self._client is not None:
            await self._client.aclose()

    # For jobs

    def cancel(self, job: Job) -> bool:
        """Cancel a job that is not sent; see `Job.cancel`."""
        return job.status is State.PLANNED and self.move(job, State.CANCELLED)

    def resolve(self, job: Job, task_id: str) -> None:
        """Take up an uncertain job by its task id; see `Job.resolve`."""
        self._must_be_uncertain(job)
        clean = task_id.strip()
        if not clean or not clean.isascii() or not clean.isprintable() or any(c in clean for c in " /?#"):
            raise InvalidRequest(f"{task_id!r} is no task id.", "It looks like task_018f…", field="task_id")
        self.move(job, State.SUBMITTED, kind="resolve", task_id=clean, error=None)
        self.start(job, word=True)

    def dismiss(self, job: Job) -> None:
        """Give an uncertain job up; see `Job.dismiss`."""
        self._must_be_uncertain(job)
        self.move(job, State.DISMISSED, kind="resolve")

    def send_again(self, job: Job) -> None:
        """Send an uncertain job once more; see `Job.send_again`."""
        self._must_be_uncertain(job)
        self.store.check_writable()
        self.check_budget()
        self.start(job, word=True)

    def attend(self, job: Job) -> None:
        """Make sure that a job which is waited for moves; raise where it cannot."""
        if self.worker.is_current_thread:
            raise RuntimeError(
                "A job cannot be waited for on the studio's own thread: await it from elsewhere."
            )
        if job.status.resting:
            return
        if job.status is State.PLANNED and self.gate.reason is not None and not self.gate.admits(job):
            raise self.gate.reason
        if self.archive.is_mine(job):
            if job.status.at_service and job.id not in self._running:
                self._take_up_or_tell(job)
        elif monotonic() - self._looked_at_others > _LOOK_AT_OTHERS_SECONDS:
            self.refresh()
            self.resume()

    def _take_up_or_tell(self, job: Job) -> None:
        if job.note is None:
            self.start(job)
            return
        note = job.note
        self.annotate(job, None)  # so that the next wait takes it up again
        raise StillRunning(f"The job is still {job.status}.", note)

    def _must_be_uncertain(self, job: Job) -> None:
        if job.status is not State.UNCERTAIN:
            raise QwenError(
                f"The job is {job.status}, not uncertain, so there is nothing to decide.", charge=Charge.FREE
            )

    def _set_down(self, job: Job, state: State) -> None:
        """Write down what the death of its writer left a job in."""
        error = ErrorRecord.of(never_answered()) if state is State.UNCERTAIN else None
        with suppress(OSError):
            if not self.move(job, state, error=error):
                self.archive.ledger.write(job.record)

    # What people say of pictures

    def mark_of(self, job_id: str) -> Mark:
        """What was said of a job's picture."""
        return self.archive.ledger.marks.of(job_id)

    def mark(self, job_id: str, **words: Any) -> None:
        """Put a word on a picture on disk; see `Picture.star`."""
        with self.lock:
            try:
                self.archive.ledger.write_mark(job_id, **words)
            except OSError as error:
                raise mark_trouble(error, self.store.folder) from None
            job = self.archive.get(job_id)
        if job is not None:
            self._tell(job)

    def delete(self, job_id: str) -> None:
        """Remove a picture's files; see `Picture.delete`."""
        with self.lock:
            job = self.archive.get(job_id)
        self.mark(job_id, deleted=True)
        if job is not None:
            self.store.remove_picture(job.record)

    # For the pipeline

    def move(self, job: Job, state: State, *, kind: str = "job", **changes: Any) -> bool:
        """Move a job, on disk first; False if it is no longer where it was.

        Raises
        ------
        OSError
            If the disk takes nothing, where that must stop the move: before sending, and at saving.
        """
        with self.lock:
            try:
                record = job.record.moved(state, time(), **changes)
            except ValueError:
                return False
            try:
                self.archive.ledger.write(
                    record,
                    kind=kind,
                    reserve=state is State.SENDING,
                    sync=state not in (State.PROCESSING, State.DOWNLOADING),
                )
            except OSError:
                # In between the disk may lag behind: the task id has its reserved room, and the next line that
                # fits says all the rest.
                if state in (State.SENDING, State.SAVED):
                    raise
            self.archive.put(job, record)
        self._tell(job)
        return True

    def annotate(self, job: Job, note: str | None, **changes: Any) -> None:
        """Say why a job does not move, or that it does again; and take in what is not worth a line of its own."""
        with self.lock:
            record = replace(job.record, note=note, **changes)
            if record == job.record:
                return
            self.archive.put(job, record)
        self._tell(job)

    def accepted(self) -> None:
        """The service took a job, so whatever paused the queue is over."""
        if self._balance is not None:
            self._balance -= self.price or 0
        if self.gate.reason is not None:
            self.gate.open()

    @property
    def price_now(self) -> int | None:
        """Credits that sending a job costs."""
        return 0 if self.service.offline else self.price

    @property
    def expected_balance(self) -> int | None:
        """The balance as last seen, less what was sent since; None where it was not seen."""
        return self._balance

    async def look_at_balance(self) -> int:
        """Ask for the balance."""
        self._balance = await self.client.balance()
        return self._balance

    # Made when first needed, on the worker

    @property
    def worker(self) -> Worker:
        """The thread that everything runs on."""
        return shared_worker()

    @property
    def client(self) -> AsyncClient:
        """The connection to the service."""
        if self._client is None:
            self._client = self.service.connect(self.store.folder, self.patience)
        return self._client

    @property
    def cadence(self) -> HazardCadence:
        """When to look, learned from the folder's own pictures."""
        if self._cadence is None:
            from qwen_notebook.reapi.cadence import HazardCadence

            self._cadence = HazardCadence(
                self.archive.seconds_of_saved(self.service.name),
                prior_median=self.patience.usual or self.service.prior_median,
                prior_sigma=self.service.prior_sigma,
            )
        return self._cadence

    def _made_pipeline(self) -> Pipeline:
        if self._pipeline is None:
            from qwen_notebook.reapi.rate import RateLimiter
            from qwen_notebook.studio.pipeline import Pipeline

            self._pipeline = Pipeline(self, RateLimiter(self._rate), self.max_in_flight)
            self.worker.before_exit(self._pipeline.last_words)
        return self._pipeline

    def _tell(self, job: Job) -> None:
        for listener in tuple(self.listeners):
            with suppress(Exception):  # a listener's trouble is not the job's
                listener(job)

    def _tell_newest(self) -> None:
        for job in self.archive.jobs[-1:]:
            self._tell(job)
