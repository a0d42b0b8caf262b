"""How many cells of an experiment stand how, in words that its plan, its progress and its grid share."""

from collections import Counter
from collections.abc import Iterable, Mapping

from qwen_notebook.experiments.cell_status import CellJob, CellStatus

_TOLD = (
    CellStatus.SAVED,
    CellStatus.RUNNING,
    CellStatus.UNCERTAIN,
    CellStatus.FAILED,
    CellStatus.DELETED,
    CellStatus.NEW,
)
"""In the order in which they are told."""
_WAYS_ON = {
    CellStatus.UNCERTAIN: "may have been billed: studio.uncertain",
    CellStatus.FAILED: "retry_failed=True makes {it} again",
    CellStatus.DELETED: "retry_failed=True makes {it} again",
    CellStatus.NEW: "the next run makes {it}",
}


def count(cell_jobs: Iterable[CellJob]) -> Counter[CellStatus]:
    """How many of the cells have each status."""
    return Counter(cell_job.status for cell_job in cell_jobs)


def by_word(counts: Mapping[CellStatus, int]) -> dict[str, int]:
    """The counts by the statuses' own words, with 0 for those that no cell has."""
    return {str(status): counts.get(status, 0) for status in _TOLD}


def tell(counts: Mapping[str, int]) -> list[str]:
    """Each status that there is, with how many there are.

    Examples
    --------
    >>> tell({"failed": 2, "saved": 4})
    ['4 saved', '2 failed']
    """
    return [f"{counts[status]:,} {status}" for status in _TOLD if counts.get(status)]


def tell_ways_on(counts: Mapping[str, int]) -> list[str]:
    """As `tell`, with what one may do about those that have no picture.

    Examples
    --------
    >>> tell_ways_on({"failed": 2, "saved": 4})
    ['4 saved', '2 failed (retry_failed=True makes them again)']
    """
    return [_with_way_on(status, counts[status]) for status in _TOLD if counts.get(status)]


def _with_way_on(status: CellStatus, number: int) -> str:
    way = _WAYS_ON.get(status, "").format(it="it" if number == 1 else "them")
    return f"{number:,} {status} ({way})" if way else f"{number:,} {status}"
