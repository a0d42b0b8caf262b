"""How the cells of an experiment stand, in words that its plan, its progress and the end of a run share."""

from collections.abc import Mapping

KINDS = ("saved", "running", "uncertain", "failed", "deleted", "new")
"""In the order in which they are told."""

_WAYS_ON = {
    "uncertain": "may have been billed: studio.uncertain",
    "failed": "retry_failed=True makes {it} again",
    "deleted": "retry_failed=True makes {it} again",
    "new": "the next run makes {it}",
}


def tell(counts: Mapping[str, int]) -> list[str]:
    """Each kind that there is, with how many there are.

    Examples
    --------
    >>> tell({"failed": 2, "saved": 4})
    ['4 saved', '2 failed']
    """
    return [f"{counts[kind]:,} {kind}" for kind in KINDS if counts.get(kind)]


def tell_ways_on(counts: Mapping[str, int]) -> list[str]:
    """As `tell`, with what one may do about those that have no picture.

    Examples
    --------
    >>> tell_ways_on({"failed": 2, "saved": 4})
    ['4 saved', '2 failed (retry_failed=True makes them again)']
    """
    return [_with_way_on(kind, counts[kind]) for kind in KINDS if counts.get(kind)]


def _with_way_on(kind: str, count: int) -> str:
    way = _WAYS_ON.get(kind, "").format(it="it" if count == 1 else "them")
    return f"{count:,} {kind} ({way})" if way else f"{count:,} {kind}"
