"""What the ledger knows of all jobs at once: who they are, how they stand, and what they came to."""

import gc
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from qwen_notebook.studio.entry import Entry, Totals
from qwen_notebook.studio.states import State

_STATES = {state.value: state for state in State}


class Entries:
    """The entries of one folder's jobs, found by what they are asked for by.

    Parameters
    ----------
    lock
        Held by whoever changes anything here.

    Attributes
    ----------
    saved
        How many jobs ended with a picture.
    """

    def __init__(self, lock: RLock) -> None:
        self.saved = 0
        self._lock = lock
        self._by_id: dict[str, Entry] = {}
        self._order: list[str] = []
        self._in_order = True
        self._by_key: dict[str, str] = {}
        self._more_by_key: dict[str, list[str]] = {}
        self._by_client_id: dict[str, str] = {}
        self._by_task: dict[str, str] = {}
        self._by_origin: dict[str, list[str]] = {}
        self._unsettled: dict[str, None] = {}
        self._totals: defaultdict[str, Totals] = defaultdict(Totals)

    def take(self, said: dict[str, Any], file: int, offset: int, length: int, touched: set[str]) -> None:
        """Take in a line. Its job is out of all sums from the first one on, until it is settled.

        Parameters
        ----------
        said
            The line.
        file, offset, length
            Where it stands: the number of its file, its offset and length in bytes.
        touched
            The jobs that are out of the sums; this one is put among them.

        Raises
        ------
        KeyError, ValueError, TypeError
            If it says less than a line has to.
        """
        job, writer = said["job"], said["writer"]
        word = (said["seq"], int(said.get("attempt", 0)), _STATES[said["state"]])
        entry = self._by_id.get(job)
        if entry is None:
            entry = self._by_id[job] = Entry(writer, *word)
        else:
            if job not in touched:
                self._count(entry, -1)
            entry.stand(writer, word)
        touched.add(job)
        entry.stands_at(file, offset, length)
        if (at := said["at"]) > entry.changed:
            entry.changed = at
        entry.credits = said.get("credits", entry.credits) or 0
        entry.seconds = said.get("seconds", entry.seconds)
        if "created" in said and not entry.created:
            entry.created, entry.service, entry.key = said["created"], said["service"], said["key"]
            self._in_order &= not self._order or self._place(self._order[-1]) < (entry.created, job)
            self._order.append(job)
            if (first := self._by_key.setdefault(entry.key, job)) != job:
                self._more_by_key.setdefault(entry.key, [first]).append(job)
            if "origin" in said:
                self._by_origin.setdefault(said["origin"], []).append(job)
        if said.get("task_id"):
            self._by_task[said["task_id"]] = job
        if "earlier" in said:
            entry.earlier_credits = sum(one.get("credits") or 0 for one in said["earlier"])
        if "client_id" in said:
            self._by_client_id[said["client_id"]] = job

    def settle(self, job: str) -> None:
        """Put a job back into the sums, once its lines are taken in."""
        self._count(entry := self._by_id[job], 1)
        if entry.state.ended:
            self._unsettled.pop(job, None)
        else:
            self._unsettled[job] = None

    def _count(self, entry: Entry, sign: int) -> None:
        entry.count(self._totals[entry.service], sign)
        self.saved += sign * (entry.state is State.SAVED)

    def forget(self, file: int) -> None:
        """Let go of where lines stand in a file."""
        for entry in self._by_id.values():
            entry.forget(file)

    def ids_in(self, file: int) -> list[str]:
        """The ids of the jobs of which a file tells."""
        return [job for job, entry in self._by_id.items() if any(line[0] == file for line in entry.lines)]

    def get(self, job_id: str) -> Entry | None:
        """The entry of one job."""
        return self._by_id.get(job_id)

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all jobs, oldest first."""
        with self._lock:
            if not self._in_order:
                with without_collecting():
                    self._order.sort(key=self._place)
                self._in_order = True
            return list(self._order)

    def _place(self, job: str) -> tuple[float, str]:
        return self._by_id[job].created, job

    def equal(self, key: str, service: str) -> Sequence[str]:
        """The ids of the jobs with this request key at this service, oldest first."""
        with self._lock:
            first = self._by_key.get(key)
            jobs = self._more_by_key.get(key) or ([first] if first is not None else [])
            return [job for job in jobs if self._by_id[job].service == service]

    def by_client_id(self, client_id: str) -> str | None:
        """The id of the job that a message with this id made."""
        return self._by_client_id.get(client_id)

    def by_task_id(self, task_id: str) -> str | None:
        """Stand-in until merged."""
        return self._by_task.get(task_id)

    def by_origin(self, origin: str) -> Sequence[str]:
        """The ids of the jobs that a notebook cell asked for, oldest first."""
        return tuple(self._by_origin.get(origin, ()))

    @property
    def unsettled(self) -> Sequence[str]:
        """The ids of the jobs that are not ended, oldest first."""
        with self._lock:
            return sorted(self._unsettled, key=self._place)

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
