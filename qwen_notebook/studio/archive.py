"""The jobs of a folder: those of this studio, those of earlier ones, and those of other kernels at work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from time import time
from typing import Any, TypeVar, overload
from weakref import WeakValueDictionary

from qwen_notebook.errors import Charge, UncertainSubmission
from qwen_notebook.studio.job import Job, JobHost
from qwen_notebook.studio.ledger import Ledger
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.record import ErrorRecord, JobRecord
from qwen_notebook.studio.states import State

T = TypeVar("T")
ANSWER_SECONDS = 120.0
"""When this has passed since a POST and its writer is out of sight, no answer will come."""


class Archive:
    """All jobs of a folder, as objects made when they are asked for.

    Parameters
    ----------
    ledger
        The journal.
    host
        The studio that the jobs belong to.
    """

    def __init__(self, ledger: Ledger, host: JobHost) -> None:
        self.ledger = ledger
        self._entries = ledger.entries
        self._host = host
        self._at_work: dict[str, Job] = {}
        self._seen: WeakValueDictionary[str, Job] = WeakValueDictionary()

    def add(self, record: JobRecord) -> Job:
        """Take in a job that this studio made."""
        job = Job(record, self._host)
        self._seen[job.id] = self._at_work[job.id] = job
        return job

    def get(self, job_id: str) -> Job | None:
        """The job with this id; the same object for as long as somebody holds it."""
        job = self._seen.get(job_id)
        if job is None:
            record = self.ledger.record(job_id)
            if record is None:
                return None
            job = self._seen[job_id] = Job(self._as_it_stands(record), self._host)
        return job

    def put(self, job: Job, record: JobRecord) -> None:
        """Let a job take over a new record."""
        job.become(record)
        if record.state.resting:
            self._at_work.pop(job.id, None)
        else:
            self._at_work[job.id] = job

    def refresh(self) -> list[Job]:
        """Read what other kernels wrote.

        Returns
        -------
        list of Job
            Those held by somebody that moved.
        """
        moved: list[Job] = []
        touched = self.ledger.refresh()
        for job_id, job in list(self._seen.items()):
            record = self.ledger.record(job_id) if job_id in touched else None
            if record is not None and record.state is not job.status:
                self.put(job, self._as_it_stands(record))
                moved.append(job)
        return moved

    def equal(self, key: str, service: str) -> Job | None:
        """A job that makes another POST of this request needless: saved, on its way, or uncertain."""
        for job_id in reversed(self._entries.equal(key, service)):
            entry = self._entries.get(job_id)
            if (
                entry is not None
                and _stands_for(entry.state)
                and job_id not in self.ledger.marks.deleted
                and self.ledger.asks_for(job_id, key)
            ):
                job = self.get(job_id)
                if job is not None and _stands_for(job.status):
                    return job
        return None

    def left_behind(self) -> Iterator[tuple[Job, State]]:
        """Jobs whose writer is dead, each with the state that this leaves it in: nobody else will move them."""
        alive: dict[str, bool | None] = {}
        for job_id in self._entries.unsettled:
            entry = self._entries.get(job_id)
            if entry is None or entry.state.resting:
                continue
            writer = entry.leader
            if writer == self.ledger.writer:
                continue
            if writer not in alive:
                alive[writer] = self.ledger.is_alive(writer)
            state = entry.state
            if alive[writer] is None and state is State.SENDING and time() - entry.changed < ANSWER_SECONDS:
                continue
            if alive[writer] or (alive[writer] is None and state is State.PLANNED):
                continue
            job = self.get(job_id)
            if job is not None:
                yield job, {State.PLANNED: State.CANCELLED, State.SENDING: State.UNCERTAIN}.get(state, state)

    def is_mine(self, job: Job) -> bool:
        """Whether this studio is the one that moves the job."""
        entry = self._entries.get(job.id)
        return entry is None or entry.leader == self.ledger.writer

    @property
    def jobs(self) -> Sequence[Job]:
        """All jobs, newest last."""
        return LazySequence(self._entries.ids, self.get)

    @property
    def unsettled(self) -> list[Job]:
        """The jobs that run, and those that wait for a person's word."""
        return [
            job for job_id in self._entries.unsettled if (job := self.get(job_id)) and not job.status.ended
        ]

    @property
    def picture_count(self) -> int:
        """How many pictures there are."""
        gone = sum(self._state(job_id) is State.SAVED for job_id in self.ledger.marks.deleted)
        return self._entries.saved - gone

    @property
    def pictures(self) -> Sequence[Picture]:
        """All saved pictures, newest last."""
        deleted = self.ledger.marks.deleted
        saved = [
            job_id
            for job_id in self._entries.ids
            if self._state(job_id) is State.SAVED and job_id not in deleted
        ]
        return LazySequence(saved, self._picture)

    def seconds_of_saved(self, service: str) -> list[float]:
        """How long the service took for each saved picture, oldest first."""
        entries = (self._entries.get(job_id) for job_id in self._entries.ids)
        return [
            e.seconds for e in entries if e is not None and e.seconds is not None and e.service == service
        ]

    def _state(self, job_id: str) -> State | None:
        entry = self._entries.get(job_id)
        return entry.state if entry is not None else None

    def _picture(self, job_id: str) -> Picture | None:
        job = self.get(job_id)
        return Picture(job.record, self._host.store, self._host) if job is not None else None

    def _as_it_stands(self, record: JobRecord) -> JobRecord:
        """A record of another writer, with what its silence means."""
        if record.state is not State.SENDING or time() - record.changed < ANSWER_SECONDS:
            return record
        return replace(record, state=State.UNCERTAIN, error=ErrorRecord.of(never_answered()))


class LazySequence(Sequence[T]):
    """A sequence whose items are made when they are asked for.

    Those of which nothing can be made are left out. That is known only once they are asked for, and then the sequence
    is shorter by them.

    Parameters
    ----------
    ids
        One for each item.
    make
        Makes an item of its id; None where that cannot be.
    """

    def __init__(self, ids: Sequence[str], make: Callable[[str], T | None]) -> None:
        self._ids = ids
        self._make = make

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[T]:
        return self._made(self._ids)

    def __reversed__(self) -> Iterator[T]:
        return self._made(reversed(self._ids))

    def _made(self, ids: Iterable[str]) -> Iterator[T]:
        return (item for job_id in ids if (item := self._make(job_id)) is not None)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return LazySequence(self._ids[index], self._make)
        while True:
            missing = self._ids[index]
            if (item := self._make(missing)) is not None:
                return item
            self._ids = [job_id for job_id in self._ids if job_id != missing]

    def __repr__(self) -> str:
        newest = self._ids[-5:]
        shown = [repr(item) for item in self._made(newest)]
        dots = ["…"] if len(self._ids) > len(newest) else []
        return "[" + ",\n ".join(dots + shown) + "]"


def never_answered() -> UncertainSubmission:
    """The error of a job whose sender died before an answer came."""
    return UncertainSubmission(
        "It was being sent when its kernel ended, and no answer was taken down.",
        "It is not sent again by itself: check the balance, then give the task id, send it again or dismiss it.",
        charge=Charge.MAYBE,
    )


def _stands_for(state: State) -> bool:
    return state is State.SAVED or not (state.ended or state is State.DISMISSED)
