"""How cells stand: which job of the folder each one is, and what that means for the next run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from qwen_notebook.experiments.cells import Cell
from qwen_notebook.journal.states import State
from qwen_notebook.studio.job_lookup import JobLookup


class CellStatus(StrEnum):
    """Where a cell is.

    ``new`` has nothing, and nothing was charged; ``running`` is on its way; ``saved`` has its picture;
    ``uncertain`` may have been billed, and a person decides; ``failed`` has no picture and ``deleted`` none any
    more, and both are made again only when asked.
    """

    NEW = "new"
    RUNNING = "running"
    SAVED = "saved"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    DELETED = "deleted"

    @property
    def repeatable(self) -> bool:
        """Whether it may be made again when asked."""
        return self in (CellStatus.FAILED, CellStatus.DELETED)


_OF_STATE = {
    State.SAVED: CellStatus.SAVED,
    State.UNCERTAIN: CellStatus.UNCERTAIN,
    State.CANCELLED: CellStatus.NEW,
    State.FAILED: CellStatus.FAILED,
    State.GONE: CellStatus.FAILED,
    State.UNREADABLE: CellStatus.FAILED,
    State.DISMISSED: CellStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class CellJob:
    """A cell and its job.

    Attributes
    ----------
    job_id
        The job that it is, where there is one.
    attempts
        How often it was asked for under its own name.
    alone
        Whether an equal job of somebody else may serve for it; with repeats, each has to be its own.
    """

    cell: Cell
    status: CellStatus
    job_id: str | None = None
    attempts: int = 0
    alone: bool = True


def cell_jobs_of(cells: Iterable[Cell], index: JobLookup) -> list[CellJob]:
    """Find the job of each cell: its own, or an equal one that the folder has anyway.

    Parameters
    ----------
    cells
        In the order of the experiment, where repeats stand beside each other.
    """
    cell_jobs: list[CellJob] = []
    for _, equals in groupby(cells, lambda cell: cell.request):
        cell_jobs += _jobs_of_equals(list(equals), index)
    return cell_jobs


def status_of(job_id: str, index: JobLookup) -> CellStatus:
    """What a job means for its cell."""
    state = index.state(job_id)
    if state is None:
        return CellStatus.NEW
    if state is State.SAVED and index.annotation(job_id).deleted:
        return CellStatus.DELETED
    if state is State.REFUSED:
        record = next(index.records([job_id]), None)
        spared = record is not None and record.error is not None and record.error.spares_the_request
        return CellStatus.NEW if spared else CellStatus.FAILED  # the next run simply sends it
    return _OF_STATE.get(state, CellStatus.RUNNING)


def _jobs_of_equals(cells: Sequence[Cell], index: JobLookup) -> list[CellJob]:
    own = [_own_jobs(cell, index) for cell in cells]
    taken = {job_id for jobs in own for job_id in jobs}
    free = [job_id for job_id in index.equal(cells[0].request) if job_id not in taken]
    serving = [job_id for job_id in free if status_of(job_id, index) in _SERVES]
    alone = len(cells) == 1
    cell_jobs: list[CellJob] = []
    for cell, jobs in zip(cells, own, strict=True):
        job_id = jobs[-1] if jobs else None
        status = status_of(job_id, index) if job_id is not None else CellStatus.NEW
        if status not in _SERVES and serving:
            job_id = serving.pop(0)
            status = status_of(job_id, index)
        cell_jobs.append(CellJob(cell, status, job_id, len(jobs), alone))
    return cell_jobs


def _own_jobs(cell: Cell, index: JobLookup) -> list[str]:
    jobs: list[str] = []
    while (job_id := index.by_client_id(cell.client_id(len(jobs)))) is not None:
        jobs.append(job_id)
    return jobs


_SERVES = (CellStatus.SAVED, CellStatus.RUNNING, CellStatus.UNCERTAIN)
