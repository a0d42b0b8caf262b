"""What a request without a seed gets when a notebook cell makes it: run again, a cell gets what it got before.

In a script each such request is bought. In a cell, the n-th of several equal ones gets what the n-th got when the cell
ran last; then an equal one of the folder that no other cell of this kernel has; and only then one is bought.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.journal.states import stands_for_request
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.running_cell import CellRun

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.scheduler import Scheduler


@dataclass(slots=True)
class _Asked:
    """What a cell got for equal requests: in its present run, and in the one before in which it asked for them."""

    run: CellRun
    now: list[str] = field(default_factory=list[str])
    before: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class _Equal:
    """Who got what for equal requests, in this kernel: by cell, and by job."""

    asked: dict[str, _Asked] = field(default_factory=dict[str, _Asked])
    cells: dict[str, str] = field(default_factory=dict[str, str])

    def of(self, run: CellRun) -> _Asked:
        """What the run's cell got."""
        asked = self.asked.setdefault(run.cell, _Asked(run))
        if asked.run is not run:
            asked.run, asked.before, asked.now = run, asked.now, []
        return asked


class Taken:
    """What the cells of this kernel got in one folder. Whoever uses it holds the lock of the folder's jobs."""

    def __init__(self) -> None:
        self._equal: dict[tuple[str, str], _Equal] = {}
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Begin anew: what the parent's cells got is theirs."""
        self._equal = {}

    def find(self, request: GenerationRequest, run: CellRun, scheduler: Scheduler) -> Job | None:
        """The job that this request of a cell gets without a purchase, and note that it got it.

        Parameters
        ----------
        request
            Without a seed.
        run
            The run of the cell.
        scheduler
            Who asks.

        Raises
        ------
        QwenError
            If there was one, and its lines are gone from the disk.
        """
        key, service = request.key, scheduler.connection.provider.name
        equal = self._equal_to(key, service)
        asked = equal.of(run)
        others = {*asked.now, *asked.before[len(asked.now) + 1 :]}
        for job_id in self._candidates(key, asked, scheduler):
            if job_id in others or equal.cells.get(job_id, run.cell) != run.cell:
                continue
            job = _standing(job_id, key, scheduler)
            if job is None or (job_id not in equal.cells and _is_bought_beside(job, run, scheduler)):
                continue
            self.note(key, service, run, job_id)
            return job
        return None

    def foresee(
        self, requests: Sequence[GenerationRequest], run: CellRun, scheduler: Scheduler
    ) -> list[Job | None]:
        """What these requests would get one after the other, and None for each that would be bought.

        Parameters
        ----------
        requests
            Without seeds.
        run, scheduler
            As in `find`.
        """
        before = deepcopy(self._equal)
        found: list[Job | None] = []
        try:
            for request in requests:
                job = self.find(request, run, scheduler)
                if job is None:  # the next one takes the next place
                    self._equal_to(request.key, scheduler.connection.provider.name).of(run).now.append("")
                found.append(job)
        finally:
            self._equal = before
        return found

    def note(self, key: str, service: str, run: CellRun, job_id: str) -> None:
        """Take note that a cell got a job.

        Parameters
        ----------
        key, service
            Of the request without a seed, and whose job it is.
        run
            The run of the cell.
        job_id
            What it got.
        """
        equal = self._equal_to(key, service)
        equal.of(run).now.append(job_id)
        equal.cells[job_id] = run.cell

    def _equal_to(self, key: str, service: str) -> _Equal:
        return self._equal.setdefault((service, key), _Equal())

    @staticmethod
    def _candidates(key: str, asked: _Asked, scheduler: Scheduler) -> Iterator[str]:
        """What the cell got at this place, what it got in earlier kernels, and what anybody got; oldest first."""
        yield from asked.before[len(asked.now) :][:1]
        entries = scheduler.jobs.journal.index
        yield from entries.drawn(key, scheduler.connection.provider.name, asked.run.cell)
        yield from entries.drawn(key, scheduler.connection.provider.name)


def taken_in(folder: Path) -> Taken:
    """What the cells of this kernel got in a folder, however often that was opened.

    Parameters
    ----------
    folder
        The studio's, absolute.
    """
    return _taken.setdefault(os.path.normcase(os.path.realpath(folder)), Taken())


def _standing(job_id: str, key: str, scheduler: Scheduler) -> Job | None:
    """The job, if it makes another purchase needless: its picture is there, or may still come."""
    journal = scheduler.jobs.journal
    entry = journal.index.get(job_id)
    if entry is None or not stands_for_request(entry.state) or job_id in journal.annotations.deleted:
        return None
    job = scheduler.jobs.get(job_id, scheduler)
    if job is None:
        scheduler.jobs.refuse_if_lost(job_id)
        return None
    # What the index says comes from the journal, and may be anything: the request itself decides.
    asked_for = job.record.drawn == key and replace(job.request, seed=None).key == key
    return job if asked_for and stands_for_request(job.status) else None


def _is_bought_beside(job: Job, run: CellRun, scheduler: Scheduler) -> bool:
    """Whether a thread or a callback of this kernel asked for it while the cell runs: that is a picture more."""
    return scheduler.jobs.ownership.is_mine(job.id) and job.record.created >= run.began


_taken: dict[str, Taken] = {}
