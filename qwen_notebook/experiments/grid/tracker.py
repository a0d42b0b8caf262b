"""How the cells of an experiment stand: kept up to date job by job, as there may be ten thousand of them."""

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from qwen_notebook.experiments.cell_status import CellJob, CellStatus, cell_jobs_of
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.journal.index_entry import Totals, sum_of
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.money import Money
from qwen_notebook.studio.studio import Studio, core_of


class CellTracker:
    """The stands of all cells.

    Parameters
    ----------
    cells
        In the order of the experiment, where equal requests stand beside each other.
    studio
        Whose jobs they are.

    Attributes
    ----------
    stands
        One for each cell.
    """

    def __init__(self, cells: Sequence[Cell], studio: Studio) -> None:
        self._cells = cells
        self._studio = studio
        self._lock = (
            threading.RLock()  # reentrant: garbage collected meanwhile may have a person's code that comes back
        )  # also for who comes back to it within: whatever is collected as garbage meanwhile
        self._moved: set[str] = set()
        self._equals: dict[str, tuple[int, int]] = {}
        for number, cell in enumerate(cells):
            first, _ = self._equals.get(cell.request.key, (number, number))
            self._equals[cell.request.key] = (first, number + 1)
        self.cell_jobs = cell_jobs_of(cells, core_of(studio).lookup)
        self._totals = [self._totals_of(cell_job) for cell_job in self.cell_jobs]
        self._counts = Counter(cell_job.status for cell_job in self.cell_jobs)

    def recount(self) -> None:
        """Look at every cell: what other kernels do is not told."""
        self._moved.update(self._equals)
        self.settle()

    def heard(self, job: Job) -> bool:
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
        self._look(self._cells[number].request.key)
        return self.cell_jobs[number]

    @property
    def counts(self) -> dict[str, int]:
        """How many cells stand in each way."""
        with self._lock:
            return {str(status): self._counts[status] for status in CellStatus}

    def _look(self, key: str) -> range:
        """Look at the cells of one request, which share its jobs; their numbers."""
        first, end = self._equals[key]
        with self._lock:  # round the look too, lest an older one be written over a newer
            cell_jobs = cell_jobs_of(self._cells[first:end], core_of(self._studio).lookup)
            for number, cell_job in enumerate(cell_jobs, first):
                self._take(number, cell_job)
        return range(first, end)

    def _take(self, number: int, cell_job: CellJob) -> None:
        self._counts[self.cell_jobs[number].status] -= 1
        self._counts[cell_job.status] += 1
        self.cell_jobs[number], self._totals[number] = cell_job, self._totals_of(cell_job)

    @property
    def money(self) -> Money:
        """What the cells have cost, and may still cost: with all that was ever bought for them."""
        with self._lock:
            return Money.of(sum_of(self._totals), price=self._studio.price, offline=self._studio.offline)

    def _totals_of(self, cell_job: CellJob) -> Totals:
        index = core_of(self._studio).lookup
        own = (index.by_client_id(cell_job.cell.client_id(attempt)) for attempt in range(cell_job.attempts))
        jobs = dict.fromkeys(job_id for job_id in (*own, cell_job.job_id) if job_id is not None)
        return index.totals(jobs)
