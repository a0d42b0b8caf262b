"""What the journal knows of all jobs at once: who they are, how they stand, and what they came to."""

import gc
from array import array
from collections import defaultdict
from collections.abc import Container, Generator, Iterable, Mapping, Sequence, Set
from contextlib import contextmanager
from threading import RLock
from typing import Any

from qwen_notebook.journal.id_order import IdOrder
from qwen_notebook.journal.index_entry import IndexEntry, Totals
from qwen_notebook.journal.key_index import KeyIndex
from qwen_notebook.journal.prompts import Prompts
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.models import DEFAULT_SIZE

_SAVED = State.SAVED


class JournalIndex:
    """The entries of one folder's jobs, found by what they are asked for by.

    Parameters
    ----------
    lock
        Held by whoever changes anything here.
    deleted
        The ids of the jobs whose pictures are deleted, as `Annotations` has them.

    Attributes
    ----------
    saved
        How many jobs ended with a picture.
    picture_count
        How many of these pictures are not deleted.
    """

    def __init__(self, lock: RLock, deleted: Set[str]) -> None:
        self.saved = 0
        self.picture_count = 0
        self._prompts = Prompts()
        self._lock = lock
        self._deleted = deleted
        self._by_id: dict[str, IndexEntry] = {}
        self._order = IdOrder(self._place_of, self._sorted)
        self._pictures = IdOrder(self._place_of, self._all_listed)
        # A name that a hundred thousand jobs may share is kept once.
        self._kept = dict[str, str]().setdefault
        self._without_key: list[str] = []
        self._by_key = KeyIndex[str]([])
        self._by_client_id = KeyIndex[str]([])
        # By the hash of its id, which is a tenth of the size: who asks looks into the job anyway.
        self._by_task = KeyIndex[int](array("q"))
        self._by_origin: dict[str, list[str]] = {}
        # By the hash of the request without a seed, and by that of this with the cell.
        self._by_drawn = KeyIndex[int](array("q"))
        self._without_beginning: set[str] = set()
        self._unsettled: dict[str, None] = {}
        self._totals: defaultdict[str, Totals] = defaultdict(Totals)

    def take(
        self, event: dict[str, Any], file: int, offset: int, length: int, touched: dict[str, None]
    ) -> None:
        """Take in a line. Its job is out of all sums from the first one on, until it is settled.

        Parameters
        ----------
        said
            The line, as `read_line` gives it.
        file, offset, length
            Where it stands: the number of its file, its offset and length in bytes.
        touched
            The jobs that are out of the sums; this one is put among them.
        """
        job: str = event["job"]
        entry = self._by_id.get(job)
        if entry is None:
            self._by_id[job] = entry = IndexEntry(event, file, offset, length)
            entry.leader = self._kept(entry.leader, entry.leader)
            touched[job] = None
        else:
            if job not in touched:
                touched[job] = None
                if entry.service:
                    entry.count(self._totals[entry.service], -1)
                    self.saved -= entry.state is _SAVED
            entry.take(event, file, offset, length)
        if "created" in event:
            self._begin(job, entry, event)
        if (task_id := event.get("task_id")) is not None:
            self._by_task.note(hash(task_id), job)
        if "earlier" in event:
            for attempt in event["earlier"]:
                if (task_id := attempt.get("task_id")) is not None:
                    self._by_task.note(hash(task_id), job)

    def _begin(self, job: str, entry: IndexEntry, event: dict[str, Any]) -> None:
        """Take in what a job begins with. Where several lines claim that, the oldest claim counts."""
        created, service, key = event["created"], event["service"], event["key"]
        prompt, size = event["request"]["prompt"], event["request"].get("image_size", DEFAULT_SIZE)
        if not entry.service:
            entry.prompt, entry.image_size = self._prompts.kept(prompt, prompt), self._kept(size, size)
            self._order.add(job, created)
            self._without_key.append(job)
            if (origin := event.get("origin")) is not None:
                self._by_origin.setdefault(origin, []).append(job)
            if (client_id := event.get("client_id")) is not None:
                self._by_client_id.note(client_id, job)
        else:
            entry.is_sure &= (prompt, size) == (entry.prompt, entry.image_size)
            if (created, service, key) >= (entry.created, entry.service, entry.key):
                return
            self._by_key.note(key, job)
            self._order.displace()
            if entry.is_listed:
                self._pictures.displace()
        if (drawn := event.get("drawn")) is not None:
            self._by_drawn.note(hash(drawn), job)
            if (cell := event.get("cell")) is not None:
                self._by_drawn.note(hash((drawn, cell)), job)
        entry.created, entry.service, entry.key = created, self._kept(service, service), key

    def settle(self, jobs: Iterable[str]) -> None:
        """Put jobs back into the sums, once their lines are taken in."""
        by_id, unsettled, totals = self._by_id, self._unsettled, self._totals
        for job in jobs:
            entry = by_id[job]
            if entry.words is not None:
                entry.merge()
            if not entry.service:  # nobody knows whose it is, so it is in no sum
                self._without_beginning.add(job)
                continue
            if self._without_beginning:
                self._without_beginning.discard(job)
            entry.count(totals[entry.service], 1)
            if entry.is_listed is not (entry.state is _SAVED):
                self._list(job, entry)
            if entry.state is _SAVED:
                self.saved += 1
            elif not entry.state.ended:
                unsettled[job] = None
                continue
            if unsettled:
                unsettled.pop(job, None)

    def relist(self, job: str) -> None:
        """See whether a job's picture is one of the folder's, now that it was deleted or brought back."""
        if (entry := self._by_id.get(job)) is not None and entry.service:
            self._list(job, entry)

    def _list(self, job: str, entry: IndexEntry) -> None:
        is_listed = entry.state is _SAVED and job not in self._deleted
        if is_listed is entry.is_listed:
            return
        entry.is_listed = is_listed
        if is_listed:
            self.picture_count += 1
            self._pictures.add(job, entry.created)
        else:
            self.picture_count -= 1
            self._pictures.discard(job)

    @property
    def without_beginning(self) -> int:
        """How many jobs are spoken of whose first line is missing: what was asked for is not known."""
        return len(self._without_beginning)

    def forget(self, file: int) -> None:
        """Let go of where lines stand in a file."""
        for entry in self._by_id.values():
            entry.forget(file)

    def ids_in(self, file: int) -> list[str]:
        """The ids of the jobs of which a file tells."""
        return [job for job, entry in self._by_id.items() if entry.has_lines_in(file)]

    def get(self, job_id: str) -> IndexEntry | None:
        """The entry of one job."""
        return self._by_id.get(job_id)

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all jobs, oldest first."""
        with self._lock, without_collecting():
            return self._order.view()

    @property
    def pictures(self) -> Sequence[str]:
        """The ids of the saved jobs whose pictures are not deleted, oldest first."""
        with self._lock, without_collecting():
            return self._pictures.view()

    def likely_pictures(
        self,
        among: Iterable[str] | None,
        words: Sequence[str],
        shapes: Container[str] | None,
        since: float | None,
        noted: Container[str],
    ) -> list[str]:
        """The ids of the pictures that may be what is looked for, oldest first; none that is it is left out.

        Where the lines of a job differ in what it is looked for by, it may always be.

        Parameters
        ----------
        among
            The ids of jobs that alone are looked at; None for all.
        words
            What stands in the prompt, folded.
        shapes, since
            The image sizes, and the earliest time of saving in Unix seconds; None for any.
        noted
            The ids of those that have more text than their prompts.
        """
        with self._lock, without_collecting():
            prompts = self._prompts.with_words(words) if words else None
            by_id = self._by_id
            # In the order in which they came to the memory, which is far quicker than that of their age.
            jobs = by_id.items() if among is None else [(job, by_id[job]) for job in among if job in by_id]
            found = [
                (entry.created, job)
                for job, entry in jobs
                if entry.is_listed
                and (
                    (
                        (prompts is None or entry.prompt in prompts or job in noted)
                        and (shapes is None or entry.image_size in shapes)
                        and (since is None or (entry.saved or entry.changed) >= since)
                    )
                    or not entry.is_sure
                )
            ]
            return [job for _, job in sorted(found)]

    def is_sure_of(self, job_id: str) -> bool:
        """Whether a job's lines agree in what it is looked for by."""
        entry = self._by_id.get(job_id)
        return entry is not None and entry.is_sure

    @property
    def entries(self) -> Mapping[str, IndexEntry]:
        """The entries of all jobs, by their ids; for those who look at all of them."""
        return self._by_id

    def _sorted(self, jobs: list[str]) -> list[str]:
        entries = self._by_id
        places = sorted([(entries[job].created, job) for job in jobs])
        return [job for _, job in places]

    def _all_listed(self, _: list[str]) -> list[str]:
        entries = self._by_id
        return [job for job in self.ids if entries[job].is_listed]

    def _place_of(self, job: str) -> tuple[float, str]:
        return self._by_id[job].created, job

    def equal(self, key: str, service: str) -> Sequence[str]:
        """The ids of the jobs that claim this request key at this service, oldest first.

        A way to find them, and no proof; see `Journal.asks_for`.
        """
        with self._lock:
            for job in self._without_key:
                self._by_key.note(self._by_id[job].key, job)
            self._without_key.clear()
            return [
                job
                for job in self._by_key.jobs(key)
                if (entry := self._by_id[job]).service == service and entry.key == key
            ]

    def drawn(self, key: str, service: str, cell: str | None = None) -> Sequence[str]:
        """The ids of the jobs whose seed was drawn for a request with this key, oldest first.

        A way to find them, and no proof: only hashes are kept.

        Parameters
        ----------
        key
            Of the request without a seed.
        service
            Whose jobs are looked for.
        cell
            Only those that this notebook cell asked for, as `JobRecord.cell` has it.
        """
        with self._lock:
            jobs = self._by_drawn.jobs(hash(key) if cell is None else hash((key, cell)))
            return sorted((job for job in jobs if self._by_id[job].service == service), key=self._place_of)

    def disown(self, job: str) -> None:
        """Let no request find a job any more: the key in its line is not that of what was asked for."""
        self._by_id[job].key = ""

    def by_client_id(self, client_id: str, service: str) -> str | None:
        """The id of the job that a message with this id made at this service."""
        with self._lock:
            jobs = self._by_client_id.jobs(client_id)
            return next((job for job in jobs if self._by_id[job].service == service), None)

    def by_task_id(self, task_id: str) -> str | None:
        """The id of the first job that was read with this task, now or in an earlier attempt.

        Only hashes are kept, and a job may have got another task since: compare it with the job's record.
        """
        return next(iter(self.all_by_task_id(task_id)), None)

    def all_by_task_id(self, task_id: str) -> Sequence[str]:
        """The ids of all such jobs, in the order read: more than one where a task was given to several."""
        with self._lock:
            return self._by_task.jobs(hash(task_id))

    def by_origin(self, origin: str) -> Sequence[str]:
        """The ids of the jobs that a notebook cell asked for, oldest first."""
        return tuple(self._by_origin.get(origin, ()))

    @property
    def unsettled(self) -> Sequence[str]:
        """The ids of the jobs that are not ended, oldest first."""
        with self._lock:
            return sorted(self._unsettled, key=self._place_of)

    @property
    def services(self) -> Sequence[str]:
        """The names of the services that the jobs were asked of; nobody is waited for."""
        return tuple(self._totals)

    def totals(self, service: str) -> Totals:
        """Credits of one service's jobs."""
        return self._totals[service]


@contextmanager
def without_collecting() -> Generator[None]:
    """Keep the garbage collector from looking through a hundred thousand new entries again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
