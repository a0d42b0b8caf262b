"""Which kernel moves a job of a folder, and which jobs their kernel will not move any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.journal.states import State


class Ownership:
    """Who moves which job. Whoever uses it holds the lock of the folder's jobs where it matters.

    Parameters
    ----------
    journal
        Gives the journal: it is read when first needed.

    Attributes
    ----------
    asked
        How often jobs were asked for here that are, or may be, another kernel's to send.
    picked_up
        The ids of those among them that are sent from here after all.
    """

    def __init__(self, journal: Callable[[], Journal]) -> None:
        self._journal = journal
        self.asked: Counter[str] = Counter()
        self.picked_up: set[str] = set()
        self._dropped: set[str] = set()
        self._taken_over: set[str] = set()

    def is_mine(self, job_id: str) -> bool:
        """Whether this process is the one that moves a job."""
        entry = self._journal().index.get(job_id)
        return entry is None or self._journal().is_mine(entry.leader)

    def writer_of(self, job_id: str) -> str:
        """The writer that moves a job."""
        entry = self._journal().index.get(job_id)
        return entry.leader if entry is not None else self._journal().writer

    def is_alive(self, writer: str) -> bool | None:
        """Whether a writer is at work; None where neither that nor its death is proved."""
        return False if writer in self._taken_over else self._journal().is_alive(writer)

    def take_over(self, writer: str) -> None:
        """Hold a writer for dead from now on, on a person's word."""
        self._taken_over.add(writer)

    def orphans(self) -> Iterator[tuple[str, bool | None]]:
        """Jobs of other writers that nobody may be moving, each with whether its writer is alive: no, or not known."""
        for job_id in tuple(self._dropped):
            yield job_id, False
        alive: dict[str, bool | None] = {}
        index = self._journal().index
        for job_id in index.unsettled:
            entry = index.get(job_id)
            if entry is None or entry.state.settled or self._journal().is_mine(entry.leader):
                continue
            if entry.leader not in alive:
                alive[entry.leader] = self.is_alive(entry.leader)
            if not alive[entry.leader]:
                yield job_id, alive[entry.leader]

    def as_seen(self, record: JobRecord) -> JobRecord:
        """A record with what is to be said of its writer, where it is another's and not known to be at work."""
        if record.id in self._dropped:
            note = "The kernel that was to send it does not, so it is sent from here."
            return replace(record, state=State.PLANNED, credits=None, error=None, note=note)
        if record.state not in (State.PLANNED, State.SENDING):
            return record
        entry = self._journal().index.get(record.id)
        if entry is None or self._journal().is_mine(entry.leader) or self.is_alive(entry.leader) is not None:
            return record
        return replace(
            record,
            note=f"Another kernel's, and whether that is at work cannot be told from here. If it has ended: "
            f"studio.take_over({entry.leader!r})",
        )

    # Jobs that were asked for here too, and that the kernel that planned them will not send

    @property
    def dropped(self) -> frozenset[str]:
        """The ids of jobs that were asked for here, and that the kernel that planned them will not send."""
        return frozenset(self._dropped)

    def look_for_dropped(self, touched: Iterable[str]) -> None:
        """See what other kernels' lines about these jobs mean for those that were asked for here."""
        touched = set(touched)
        asked = [job_id for job_id in self.asked if job_id in touched]
        self._dropped = (self._dropped - touched) | {job_id for job_id in asked if self._is_dropped(job_id)}

    def take_up(self, job_id: str) -> bool:
        """Hold a dropped job for dropped no longer; False if it was not."""
        was = job_id in self._dropped
        self._dropped.discard(job_id)
        return was

    def note_picked_up(self, job_id: str) -> None:
        """Take note that a job is this kernel's now: if it is refused here, that is the end of it."""
        self.asked.pop(job_id, None)
        self.picked_up.add(job_id)

    def _is_dropped(self, job_id: str) -> bool:
        """Whether another kernel will not send what was asked for here too, for a reason that is its own."""
        entry = self._journal().index.get(job_id)
        if entry is None or self._journal().is_mine(entry.leader):
            return False
        if entry.state is State.REFUSED:
            record = self._journal().record(job_id)
            return record is not None and record.error is not None and record.error.spares_the_request
        return entry.state is State.CANCELLED
