"""All jobs of a folder: one store for a folder and process, one object for a job, and every move on disk first."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, WeakValueDictionary

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.journal import attempts
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.journal.folder_lock import FolderLock
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import ErrorRecord, JobRecord
from qwen_notebook.journal.states import State, stands_for_request
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.lazy_sequence import LazySequence
from qwen_notebook.studio.paths import folder_key
from qwen_notebook.studio.pending import Pending
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.storage import Storage, annotation_trouble
from qwen_notebook.studio.unseeded import taken_in

if TYPE_CHECKING:
    import asyncio

    from qwen_notebook.studio.scheduler import Scheduler

_open: WeakValueDictionary[str, JobStore] = WeakValueDictionary()
_opening = (
    threading.RLock()
)  # reentrant: garbage collected meanwhile may have a person's code that comes back


def job_store(folder: Path) -> JobStore:
    """The store of a folder: the same one for all who open it in this process.

    Parameters
    ----------
    folder
        The studio's, absolute.
    """
    key = folder_key(folder)
    with _opening:
        store = _open.get(key)
        if store is None:
            store = _open[key] = JobStore(folder)
        return store


def opened_store(folder: Path) -> JobStore | None:
    """The store of a folder, where it is open in this process."""
    return _open.get(folder_key(folder))


class JobStore:
    """The jobs of one folder, as objects made when they are asked for.

    Every move is written to the journal before anything else learns of it. Jobs may be moved from any thread; one
    lock orders the moves. What other kernels must not do at the same time happens under `folder_lock`, which is taken
    before `lock`, never after.

    Parameters
    ----------
    folder
        The studio's, absolute.

    Attributes
    ----------
    followers
        Functions of ours, called with each job that moves, at once; what people gave is called elsewhere, see
        `CallbackExecutor`.
    schedulers
        The open studios' schedulers, which move the jobs.
    taken
        What the notebook cells of this kernel got for requests without a seed.
    asked
        How often jobs were asked for here that are, or may be, another kernel's to send.
    picked_up
        The ids of those among them that are sent from here after all.
    pending
        What people have decided and is not acted on yet.
    running
        What is being done for a job at present, by its id: one thing at a time, whichever scheduler does it.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Storage(folder)
        self._unnotified: deque[Job] = deque()
        self.folder_lock = FolderLock(folder / "ledger", self._notify)
        self.followers: list[Callable[[Job], object]] = []
        self.schedulers: WeakSet[Scheduler] = WeakSet()
        self.taken = taken_in(folder)
        self._begin()
        on_fork_in_child(self)

    def _begin(self) -> None:
        self.lock = threading.RLock()
        self._notifying = threading.Lock()
        self.pending = Pending(self.lock)
        self._journal: Journal | None = None
        self._seen: WeakValueDictionary[str, Job] = WeakValueDictionary()
        self._at_work: dict[str, Job] = {}
        self.running: dict[str, asyncio.Future[Any]] = {}
        self._files: dict[str, tuple[str, str]] = {}
        self.asked: Counter[str] = Counter()
        self.picked_up: set[str] = set()
        self._dropped: set[str] = set()
        self._taken_over: set[str] = set()

    def after_fork_in_child(self) -> None:
        """Become a new writer: the old one's file, locks and jobs at work are the parent's."""
        if self._journal is not None:
            self._journal.after_fork()
        self.folder_lock.after_fork()
        self.followers.clear()
        self._unnotified.clear()
        held = list(self._seen.values())
        self._begin()
        for job in held:
            job.after_fork()
            self._seen[job.id] = job

    @property
    def journal(self) -> Journal:
        """The journal; read anew, by a writer of its own, after a fork."""
        if self._journal is None:
            with self.lock:
                if self._journal is None:
                    journal = Journal(self.store.folder)
                    journal.refresh()
                    self._journal = journal
        return self._journal

    # Looking

    def get(self, job_id: str, scheduler: Scheduler) -> Job | None:
        """The job with this id; the same object for as long as somebody holds it.

        Parameters
        ----------
        job_id
            Its id.
        scheduler
            Who asks; a new object belongs to it.
        """
        with self.lock:
            job = self._seen.get(job_id)
            if job is None:
                record = self.journal.record(job_id)
                if record is None:
                    return None
                job = self._seen[job_id] = Job(self._as_it_stands(record), scheduler)
            return job

    def equal(self, key: str, service: str, scheduler: Scheduler) -> Job | None:
        """A job that makes another POST of this request needless: its picture is there, or may still come.

        Raises
        ------
        QwenError
            If there was one, and its lines are gone from the disk.
        """
        with self.lock:
            for job_id in reversed(self.journal.index.equal(key, service)):
                entry = self.journal.index.get(job_id)
                if (
                    entry is None
                    or not stands_for_request(entry.state)
                    or job_id in self.journal.annotations.deleted
                ):
                    continue
                job = self._seen.get(job_id)
                if (job is None or job.request.key != key) and self.journal.asks_for(job_id, key):
                    job = self.get(job_id, scheduler)
                if job is not None and job.request.key == key and stands_for_request(job.status):
                    return job
                self.refuse_if_lost(job_id)
        return None

    def refuse_if_lost(self, job_id: str) -> None:
        """Raise where a job was read before, and its lines are gone from the disk: nobody knows what it bought."""
        entry = self.journal.index.get(job_id)
        if entry is not None and self.journal.is_lost(job_id):
            raise _lines_lost(entry.state)

    def jobs(self, scheduler: Scheduler) -> Sequence[Job]:
        """All jobs, newest last."""
        return LazySequence(self.journal.index.ids, lambda job_id: self.get(job_id, scheduler))

    def pictures(self, scheduler: Scheduler) -> Sequence[Picture]:
        """All saved pictures, newest last."""
        deleted = self.journal.annotations.deleted
        saved = [
            job_id
            for job_id in self.journal.index.ids
            if self._state(job_id) is State.SAVED and job_id not in deleted
        ]
        return LazySequence(saved, lambda job_id: self._picture(job_id, scheduler))

    @property
    def picture_count(self) -> int:
        """How many pictures there are."""
        gone = sum(self._state(job_id) is State.SAVED for job_id in self.journal.annotations.deleted)
        return self.journal.index.saved - gone

    def unsettled(self, scheduler: Scheduler) -> list[Job]:
        """The jobs that run, and those that wait for a person's word."""
        with self.lock:
            ids = self.journal.index.unsettled
            return [job for job_id in ids if (job := self.get(job_id, scheduler)) and not job.status.ended]

    def seconds_of_saved(self, service: str) -> list[float]:
        """How long the service took for each saved picture, oldest first."""
        entries = (self.journal.index.get(job_id) for job_id in self.journal.index.ids)
        return [
            e.seconds for e in entries if e is not None and e.seconds is not None and e.service == service
        ]

    def other_with_task(self, task_id: str, job: Job) -> str | None:
        """The id of another job of the folder that has this task id, or had it in an earlier attempt."""
        for other in self.journal.index.all_by_task_id(task_id):
            record = self.journal.record(other) if other != job.id else None
            if record is not None and task_id in (record.task_id, *(one.task_id for one in record.earlier)):
                return other
        return None

    def other_with_file(self, sha256: str, job: Job) -> str | None:
        """The id of a job of another request for which the same file came while this process ran."""
        other, key = self._files.get(sha256, (job.id, job.request.key))
        return None if other == job.id or key == job.request.key else other

    def is_mine(self, job: Job) -> bool:
        """Whether this process is the one that moves the job."""
        entry = self.journal.index.get(job.id)
        return entry is None or self.journal.is_mine(entry.leader)

    def writer_of(self, job: Job) -> str:
        """The writer that moves the job."""
        entry = self.journal.index.get(job.id)
        return entry.leader if entry is not None else self.journal.writer

    def is_alive(self, writer: str) -> bool | None:
        """Whether a writer is at work; None where neither that nor its death is proved."""
        if writer in self._taken_over:
            return False
        return self.journal.is_alive(writer)

    def orphaned(self, scheduler: Scheduler) -> Iterator[tuple[Job, bool | None]]:
        """Jobs of other writers that nobody may be moving, each with whether its writer is alive: no, or not known."""
        for job_id in tuple(self._dropped):
            if (job := self.get(job_id, scheduler)) is not None:
                yield job, False
        alive: dict[str, bool | None] = {}
        for job_id in self.journal.index.unsettled:
            entry = self.journal.index.get(job_id)
            if entry is None or entry.state.settled or self.journal.is_mine(entry.leader):
                continue
            if entry.leader not in alive:
                alive[entry.leader] = self.is_alive(entry.leader)
            if not alive[entry.leader] and (job := self.get(job_id, scheduler)) is not None:
                yield job, alive[entry.leader]

    def _state(self, job_id: str) -> State | None:
        entry = self.journal.index.get(job_id)
        return entry.state if entry is not None else None

    def _picture(self, job_id: str, scheduler: Scheduler) -> Picture | None:
        job = self.get(job_id, scheduler)
        return Picture(job.record, self.store, self) if job is not None else None

    def _as_it_stands(self, record: JobRecord) -> JobRecord:
        """A record with what is to be said of its writer, where it is another's and not known to be at work."""
        if record.id in self._dropped:
            note = "The kernel that was to send it does not, so it is sent from here."
            return replace(record, state=State.PLANNED, credits=None, error=None, note=note)
        if record.state not in (State.PLANNED, State.SENDING):
            return record
        entry = self.journal.index.get(record.id)
        if entry is None or self.journal.is_mine(entry.leader) or self.is_alive(entry.leader) is not None:
            return record
        return replace(
            record,
            note=f"Another kernel's, and whether that is at work cannot be told from here. If it has ended: "
            f"studio.take_over({entry.leader!r})",
        )

    # Moving

    def add(self, record: JobRecord, scheduler: Scheduler) -> Job:
        """Write down a new job.

        Raises
        ------
        OSError
            If it cannot be written; then there is none.
        """
        with self.lock:
            self.journal.write(record, sync=record.state is not State.PLANNED)
            job = self._seen[record.id] = Job(record, scheduler)
            self._at_work[job.id] = job
            return job

    def move(
        self, job: Job, state: State, *, kind: str = "job", expected: State | None = None, **changes: Any
    ) -> bool:
        """Move a job, on disk first; False if it is no longer where it could, or where it was expected.

        Raises
        ------
        OSError
            If the disk takes nothing, where that must stop the move: before sending, and at saving.
        """
        with self.lock:
            if expected is not None and job.status is not expected:
                return False
            try:
                record = job.record.moved(state, time(), **changes)
            except ValueError:
                return False
            try:
                self.journal.write(
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
            self._put(job, record)
            if state is State.SAVED and record.sha256 is not None:
                self._files.setdefault(record.sha256, (job.id, record.request.key))
        self._notify()
        return True

    def rewrite(self, job: Job, record: JobRecord) -> None:
        """Write down a job that is where it was, with other facts.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        with self.lock:
            self.journal.write(record)
            self._put(job, record)
        self._notify()

    def set_note(self, job: Job, note: str | None, **changes: Any) -> None:
        """Say why a job does not move, or that it does again; and take in what is not worth a line of its own."""
        with self.lock:
            record = replace(job.record, note=note, **changes)
            if record == job.record:
                return
            self._put(job, record)
        self._notify()

    def refresh(self) -> None:
        """See what other kernels did, and tell those who listen."""
        with self.lock:
            touched = self.journal.refresh()
            asked = [job_id for job_id in self.asked if job_id in touched]
            self._dropped = (self._dropped - touched) | {one for one in asked if self._is_dropped(one)}
            for job_id, job in list(self._seen.items()) if touched else ():
                record = self.journal.record(job_id) if job_id in touched else None
                if record is not None and _lasting(record) != _lasting(job.record):
                    self._put(job, self._as_it_stands(record))
        self._notify()

    def withdraw(self, job: Job, why: str) -> bool:
        """Cancel a planned job; where it was sent before, that is what counts again. False if it is not planned."""
        if job.status is not State.PLANNED:
            return False
        self.asked.pop(job.id, None)
        state, changes = attempts.ended_unsent(job.record, why)
        return self.move(job, state, expected=State.PLANNED, **changes)

    def _is_dropped(self, job_id: str) -> bool:
        """Whether another kernel will not send what was asked for here too, for a reason that is its own."""
        entry = self.journal.index.get(job_id)
        if entry is None or self.journal.is_mine(entry.leader):
            return False
        if entry.state is State.REFUSED:
            record = self.journal.record(job_id)
            return record is not None and record.error is not None and record.error.spares_the_request
        return entry.state is State.CANCELLED

    @property
    def dropped(self) -> frozenset[str]:
        """The ids of jobs that were asked for here, and that the kernel that planned them will not send."""
        return frozenset(self._dropped)

    def pick_up(self, job: Job, counted: int | None) -> bool:
        """Plan a job of another kernel from here, under the folder's lock. False if it is not planned.

        Parameters
        ----------
        counted
            The credits that it is counted with until it is sent.
        """
        self._dropped.discard(job.id)
        moved = self.move(
            job, State.PLANNED, expected=State.PLANNED, attempt=job.record.attempt + 1, credits=counted
        )
        if moved:
            self.asked.pop(job.id, None)  # it is this one's now: if it is refused here, that is the end of it
            self.picked_up.add(job.id)
        return moved

    def let_be(self, job: Job) -> None:
        """Leave a job as another kernel left it, after all."""
        with self.lock:
            self.asked.pop(job.id, None)
            if job.id not in self._dropped:
                return
            self._dropped.discard(job.id)
            record = self.journal.record(job.id)
            self._put(job, record if record is not None else job.record)
        self._notify()

    def set_down(self, job: Job) -> None:
        """Write down what the death of its writer left a job in: nobody may send it any more."""
        if job.status is State.SENDING:
            self.move(job, State.UNCERTAIN, error=ErrorRecord.of(attempts.never_answered()))
        else:
            self.withdraw(job, "It was to be sent again when its kernel ended, and was not.")

    def take_over(self, writer: str) -> None:
        """Hold a writer for dead from now on, on a person's word."""
        self._taken_over.add(writer)

    def _put(self, job: Job, record: JobRecord) -> None:
        job.update(record)
        self._unnotified.append(job)  # under the lock: so it is told of in the order of the moves
        if record.state.settled:
            self._at_work.pop(job.id, None)
        else:
            self._at_work[job.id] = job  # held until it rests, whoever lets go of it

    def notify(self, job: Job) -> None:
        """Tell those who follow that there is something new about a job."""
        self._unnotified.append(job)
        self._notify()

    def _notify(self) -> None:
        """Tell of all that is new, in order, once the folder's lock is free: they may look at anything.

        One thread at a time does so, which tells what the others have to say too.
        """
        while (
            self._unnotified and not self.folder_lock.is_held_here and self._notifying.acquire(blocking=False)
        ):
            try:
                with suppress(IndexError):
                    while True:
                        self._notify_of(self._unnotified.popleft())
            finally:
                self._notifying.release()

    def _notify_of(self, job: Job) -> None:
        for follower in tuple(self.followers):
            with suppress(Exception):  # a follower's trouble is not the job's
                follower(job)

    # Schedulers

    def join(self, scheduler: Scheduler) -> None:
        """Take in the scheduler of a studio that was opened."""
        with _opening, self.lock:
            self.schedulers.add(scheduler)

    def leave(self, scheduler: Scheduler) -> None:
        """Let go of a scheduler whose studio was closed, and of the journal with the last one."""
        with self.lock:
            self.schedulers.discard(scheduler)
            if not self.schedulers and self._journal is not None:
                self._journal.close()

    def scheduler_for(self, service: str) -> Scheduler | None:
        """An open scheduler that works with this service."""
        with self.lock:
            open_here = (scheduler for scheduler in self.schedulers if not scheduler.closed)
            return next((scheduler for scheduler in open_here if scheduler.service.name == service), None)

    # What people say of pictures

    def annotation_of(self, job_id: str) -> Annotation:
        """What was said of a job's picture."""
        return self.journal.annotations.of(job_id)

    def annotate(self, job_id: str, **words: Any) -> None:
        """Put a word on a picture on disk; see `Picture.star`."""
        with self.lock:
            try:
                self.journal.write_annotation(job_id, **words)
            except OSError as error:
                raise annotation_trouble(error, self.store.folder) from None
            scheduler = next(iter(self.schedulers), None)
            job = self.get(job_id, scheduler) if scheduler is not None else self._seen.get(job_id)
        if job is not None:
            self.notify(job)

    def delete(self, job_id: str) -> None:
        """Remove a picture's files; see `Picture.delete`."""
        with self.lock:
            record = self.journal.record(job_id)
        self.annotate(job_id, deleted=True)
        if record is not None:
            self.store.remove_picture(record)


def _lines_lost(state: State) -> QwenError:
    return QwenError(
        f"This was asked for before (its job was {state}), and what the journal said of it is gone from the disk.",
        "Put the files of ledger/ back, or buy another with again=True.",
        charge=Charge.FREE,
    )


def _lasting(record: JobRecord) -> JobRecord:
    """A record without what changes with no line of the journal."""
    return replace(record, note=None, url=None, changed=0.0)
