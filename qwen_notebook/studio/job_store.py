"""All jobs of a folder: one store for a folder and process, one object for a job, and every move on disk first."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
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
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.job import Job, JobHost, update_job, waiters_of
from qwen_notebook.studio.lazy_sequence import LazySequence
from qwen_notebook.studio.listeners import Listeners
from qwen_notebook.studio.ownership import Ownership
from qwen_notebook.studio.paths import folder_key
from qwen_notebook.studio.pending import Pending
from qwen_notebook.studio.picture import Picture, picture_of
from qwen_notebook.studio.python_code import code_for
from qwen_notebook.studio.storage import Storage, annotation_trouble
from qwen_notebook.studio.unseeded import taken_in

if TYPE_CHECKING:
    import asyncio


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
    listeners
        Those who are told of each job that moves.
    hosts
        The open studios, which move the jobs.
    taken
        What the notebook cells of this kernel got for requests without a seed.
    ownership
        Which kernel moves which job.
    pending
        What people have decided and is not acted on yet.
    running
        What is being done for a job at present, by its id: one thing at a time, whichever scheduler does it.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Storage(folder)
        self.listeners = Listeners(lambda: self.folder_lock.is_held_here)
        self.folder_lock = FolderLock(folder / "ledger", self.listeners.tell)
        self.hosts: WeakSet[JobHost] = WeakSet()
        self.taken = taken_in(folder)
        self._begin()
        on_fork_in_child(self)

    def _begin(self) -> None:
        self.lock = threading.RLock()
        self.pending = Pending(self.lock)
        self._journal: Journal | None = None
        self._seen: WeakValueDictionary[str, Job] = WeakValueDictionary()
        self._at_work: dict[str, Job] = {}
        self.running: dict[str, asyncio.Future[Any]] = {}
        self._files: dict[str, tuple[str, str]] = {}
        self.ownership = Ownership(lambda: self.journal)

    def after_fork_in_child(self) -> None:
        """Become a new writer: the old one's file, locks and jobs at work are the parent's."""
        if self._journal is not None:
            self._journal.after_fork()
        self.folder_lock.after_fork()
        self.listeners.after_fork()
        held = list(self._seen.values())
        self._begin()
        for job in held:
            waiters_of(job).begin_anew(settled=job.status.settled)
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

    def get(self, job_id: str, host: JobHost) -> Job | None:
        """The job with this id; the same object for as long as somebody holds it.

        Parameters
        ----------
        job_id
            Its id.
        host
            The studio that asks; a new object is looked after by it.
        """
        with self.lock:
            job = self._seen.get(job_id)
            if job is None:
                record = self.journal.record(job_id)
                if record is None:
                    return None
                job = self._seen[job_id] = Job(self.ownership.as_seen(record), host)
            return job

    def equal(self, key: str, service: str, host: JobHost) -> Job | None:
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
                    job = self.get(job_id, host)
                if job is not None and job.request.key == key and stands_for_request(job.status):
                    return job
                self.refuse_if_lost(job_id)
        return None

    def refuse_if_lost(self, job_id: str) -> None:
        """Raise where a job was read before, and its lines are gone from the disk: nobody knows what it bought."""
        entry = self.journal.index.get(job_id)
        if entry is not None and self.journal.is_lost(job_id):
            raise _lines_lost(entry.state)

    def jobs(self, host: JobHost) -> Sequence[Job]:
        """All jobs, newest last."""
        return LazySequence(self.journal.index.ids, lambda job_id: self.get(job_id, host))

    def pictures(self, host: JobHost) -> Sequence[Picture]:
        """All saved pictures, newest last."""
        return LazySequence(self.journal.index.pictures, lambda job_id: self._picture(job_id, host))

    @property
    def picture_count(self) -> int:
        """How many pictures there are."""
        return self.journal.index.picture_count

    def unsettled(self, host: JobHost) -> list[Job]:
        """The jobs that run, and those that wait for a person's word."""
        with self.lock:
            ids = self.journal.index.unsettled
            return [job for job_id in ids if (job := self.get(job_id, host)) and not job.status.ended]

    def seconds_of_saved(self, service: str) -> list[float]:
        """How long the service took for each saved picture, oldest first."""
        entries, ids = self.journal.index.entries, self.journal.index.ids
        return [
            entry.seconds
            for job_id in ids
            if (entry := entries[job_id]).seconds is not None and entry.service == service
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

    def orphaned(self, host: JobHost) -> Iterator[tuple[Job, bool | None]]:
        """Jobs of other writers that nobody may be moving, each with whether its writer is alive: no, or not known."""
        for job_id, alive in self.ownership.orphans():
            if (job := self.get(job_id, host)) is not None:
                yield job, alive

    def _picture(self, job_id: str, host: JobHost) -> Picture | None:
        job = self.get(job_id, host)
        return picture_of(job.record, self.store, self) if job is not None else None

    # Moving

    def add(self, record: JobRecord, host: JobHost) -> Job:
        """Write down a new job.

        Raises
        ------
        OSError
            If it cannot be written; then there is none.
        """
        with self.lock:
            self.journal.write(record, sync=record.state is not State.PLANNED)
            job = self._seen[record.id] = Job(record, host)
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
        self.listeners.tell()
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
        self.listeners.tell()

    def set_note(self, job: Job, note: str | None, **changes: Any) -> None:
        """Say why a job does not move, or that it does again; and take in what is not worth a line of its own."""
        with self.lock:
            record = replace(job.record, note=note, **changes)
            if record == job.record:
                return
            self._put(job, record)
        self.listeners.tell()

    def refresh(self) -> None:
        """See what other kernels did, and tell those who listen."""
        with self.lock:
            touched = self.journal.refresh()
            self.ownership.look_for_dropped(touched)
            for job_id, job in list(self._seen.items()) if touched else ():
                record = self.journal.record(job_id) if job_id in touched else None
                if record is not None and _lasting(record) != _lasting(job.record):
                    self._put(job, self.ownership.as_seen(record))
        self.listeners.tell()

    def withdraw(self, job: Job, why: str) -> bool:
        """Cancel a planned job; where it was sent before, that is what counts again. False if it is not planned."""
        if job.status is not State.PLANNED:
            return False
        self.ownership.asked.pop(job.id, None)
        state, changes = attempts.ended_unsent(job.record, why)
        return self.move(job, state, expected=State.PLANNED, **changes)

    def pick_up(self, job: Job, counted: int | None) -> bool:
        """Plan a job of another kernel from here, under the folder's lock. False if it is not planned.

        Parameters
        ----------
        counted
            The credits that it is counted with until it is sent.
        """
        self.ownership.take_up(job.id)
        moved = self.move(
            job, State.PLANNED, expected=State.PLANNED, attempt=job.record.attempt + 1, credits=counted
        )
        if moved:
            self.ownership.note_picked_up(job.id)
        return moved

    def let_be(self, job: Job) -> None:
        """Leave a job as another kernel left it, after all."""
        with self.lock:
            self.ownership.asked.pop(job.id, None)
            if not self.ownership.take_up(job.id):
                return
            record = self.journal.record(job.id)
            self._put(job, record if record is not None else job.record)
        self.listeners.tell()

    def set_down(self, job: Job) -> None:
        """Write down what the death of its writer left a job in: nobody may send it any more."""
        if job.status is State.SENDING:
            self.move(job, State.UNCERTAIN, error=ErrorRecord.of(attempts.never_answered()))
        else:
            self.withdraw(job, "It was to be sent again when its kernel ended, and was not.")

    def _put(self, job: Job, record: JobRecord) -> None:
        update_job(job, record)
        self.listeners.put(job)  # under the lock: so it is told of in the order of the moves
        if record.state.settled:
            self._at_work.pop(job.id, None)
        else:
            self._at_work[job.id] = job  # held until it rests, whoever lets go of it

    def notify(self, job: Job) -> None:
        """Tell those who follow that there is something new about a job."""
        self.listeners.put(job)
        self.listeners.tell()

    # Studios

    def join(self, host: JobHost) -> None:
        """Take in a studio that was opened."""
        with _opening, self.lock:
            self.hosts.add(host)

    def leave(self, host: JobHost) -> None:
        """Let go of a studio that was closed, and of the journal with the last one."""
        with self.lock:
            self.hosts.discard(host)
            if not self.hosts and self._journal is not None:
                self._journal.close()

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
            host = next(iter(self.hosts), None)
            job = self.get(job_id, host) if host is not None else self._seen.get(job_id)
        if job is not None:
            self.notify(job)

    def saved_record(self, facts: Mapping[str, Any]) -> JobRecord:
        """The record of a picture that came from another process.

        Parameters
        ----------
        facts
            Fields of the record that say which file it is.

        Raises
        ------
        QwenError
            If its folder is not here.
        """
        record = self.journal.record(facts["id"])
        if record is None or record.copy != facts["copy"] or record.file != facts["file"]:
            self.refresh()
            record = self.journal.record(facts["id"])
        if record is None:
            raise not_here("picture", facts["id"], self.store.folder)
        if record.copy != facts["copy"]:  # the job was sent again, and has another picture since
            record = replace(record, task_id=None, url=None)
        return replace(record, **facts)

    def code_for(
        self,
        request: GenerationRequest,
        service: str,
        job_id: str | None = None,
        *,
        budget: int | None = None,
    ) -> str:
        """The Python that shows the picture of a request, or makes it; see `Picture.code`."""
        return code_for(request, self, service, job_id, budget=budget)

    def from_origin(self, origin: str, host: JobHost) -> list[Job]:
        """The jobs that a notebook cell asked for, oldest first."""
        ids = self.journal.index.by_origin(origin)
        return [job for job_id in ids if (job := self.get(job_id, host)) is not None]

    def delete(self, job_id: str) -> None:
        """Remove a picture's files; see `Picture.delete`."""
        with self.lock:
            record = self.journal.record(job_id)
        self.annotate(job_id, deleted=True)
        if record is not None:
            self.store.remove_picture(record)


def not_here(what: str, name: str, folder: Path) -> QwenError:
    """The error for what came from another process, and is not in its folder here."""
    return QwenError(
        f"The {what} {name} came from another process, and the folder {folder.name}/ here has no such {what}.",
        "Open it where its folder can be reached by the same path, or send picture.bytes instead.",
        charge=Charge.FREE,
    )


def _lines_lost(state: State) -> QwenError:
    return QwenError(
        f"This was asked for before (its job was {state}), and what the journal said of it is gone from the disk.",
        "Put the files of ledger/ back, or buy another with again=True.",
        charge=Charge.FREE,
    )


def _lasting(record: JobRecord) -> JobRecord:
    """A record without what changes with no line of the journal."""
    return replace(record, note=None, url=None, changed=0.0)
