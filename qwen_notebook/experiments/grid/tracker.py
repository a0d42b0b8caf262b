"""How the cells of an experiment stand: kept up to date job by job, as there may be ten thousand of them."""

import threading
from contextlib import suppress

from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.grid.job_facts import JobFacts
from qwen_notebook.experiments.grid.source import GridSource
from qwen_notebook.experiments.status_counts import by_word, count
from qwen_notebook.journal.index_entry import sum_of
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.money import Money


class CellTracker:
    """The jobs of all cells, and how many stand in each way.

    Parameters
    ----------
    source
        Whose cells they are.
    facts
        What is known of their jobs.

    Attributes
    ----------
    cell_jobs
        One for each cell, as they were when the cell was looked at last.
    """

    def __init__(self, source: GridSource, facts: JobFacts) -> None:
        self._source = source
        self._facts = facts
        # Reentrant: what is collected as garbage meanwhile may have a person's code, which comes back to it.
        self._lock = threading.RLock()
        self._moved: set[str] = set()
        self._equals: dict[str, tuple[int, int]] = {}
        for number, cell in enumerate(source.cells):
            first, _ = self._equals.get(cell.request.key, (number, number))
            self._equals[cell.request.key] = (first, number + 1)
        self.cell_jobs = source.look_up(source.cells)
        self._totals = [facts.totals(cell_job) for cell_job in self.cell_jobs]
        self._counts = count(self.cell_jobs)

    def recount(self) -> None:
        """Look at every cell: what other kernels do is not told."""
        self._moved.update(self._equals)
        self.settle()

    def note_moved(self, job: Job) -> bool:
        """Take note that a job moved, and tell whether it is a cell's. Quick, and on any thread."""
        key = job.request.key
        if key not in self._equals:
            return False
        self._moved.add(key)
        return True

    def settle(self) -> list[int]:
        """Look at the cells whose jobs moved since the last time; their numbers."""
        settled: list[int] = []
        with suppress(KeyError):  # another thread may have taken the last one
            while self._moved:
                settled += self._look(self._moved.pop())
        return settled

    def cell_job(self, number: int) -> CellJob:
        """How one cell stands at this moment."""
        self._look(self._source.cells[number].request.key)
        return self.cell_jobs[number]

    @property
    def counts(self) -> dict[str, int]:
        """How many cells stand in each way."""
        with self._lock:
            return by_word(self._counts)

    def _look(self, key: str) -> range:
        """Look at the cells of one request, which share its jobs; their numbers."""
        first, end = self._equals[key]
        with self._lock:  # round the look too, lest an older one be written over a newer
            cell_jobs = self._source.look_up(self._source.cells[first:end])
            for number, cell_job in enumerate(cell_jobs, first):
                self._take(number, cell_job)
        return range(first, end)

    def _take(self, number: int, cell_job: CellJob) -> None:
        self._counts[self.cell_jobs[number].status] -= 1
        self._counts[cell_job.status] += 1
        self.cell_jobs[number], self._totals[number] = cell_job, self._facts.totals(cell_job)

    @property
    def money(self) -> Money:
        """What the cells have cost, and may still cost: with all that was ever bought for them."""
        studio = self._source.studio
        with self._lock:
            return Money.of(sum_of(self._totals), price=studio.price, offline=studio.offline)
