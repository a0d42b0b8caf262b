"""Looking for pictures in a folder: by words, shape, time and star."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from time import time

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.words import shown
from qwen_notebook.studio.index import Index
from qwen_notebook.studio.record import JobRecord
from qwen_notebook.studio.states import State

Since = float | str | date | timedelta


def search(
    index: Index,
    *,
    text: str | None,
    image_size: str | Iterable[str] | None,
    since: Since | None,
    starred: bool | None,
) -> Iterator[JobRecord]:
    """The saved jobs that fit, oldest first; the parameters are those of `Studio.find`.

    Raises
    ------
    InvalidRequest
        If there is no such shape, or `since` is no time.
    """
    words = (text or "").casefold().split()
    shapes = _shapes(image_size)
    earliest = None if since is None else _seconds(since)
    marked = [
        job_id
        for job_id in index.ids
        if index.state(job_id) is State.SAVED
        and not index.mark(job_id).deleted
        and starred in (None, index.mark(job_id).starred)
    ]

    def fits(record: JobRecord) -> bool:
        told = f"{record.request.prompt}\n{index.mark(record.id).note}".casefold()
        return (
            all(word in told for word in words)
            and (shapes is None or record.request.image_size in shapes)
            and (earliest is None or (record.saved or record.changed) >= earliest)
        )

    return filter(fits, index.records(marked))


def _shapes(given: str | Iterable[str] | None) -> frozenset[str] | None:
    if given is None:
        return None
    shapes = frozenset((given,) if isinstance(given, str) else given)
    for shape in shapes - set(contract.IMAGE_SIZES):
        raise InvalidRequest(
            f"image_size is {shown(shape)}.",
            f"Choose from {', '.join(contract.IMAGE_SIZES)}.",
            field="image_size",
        )
    return shapes


def _seconds(since: Since) -> float:
    """A moment in Unix seconds; a day begins at midnight here."""
    if isinstance(since, timedelta):
        return time() - since.total_seconds()
    if isinstance(since, int | float):
        return float(since)
    try:
        moment = datetime.fromisoformat(since) if isinstance(since, str) else since
        if not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  (made aware in a moment)
        return moment.timestamp()
    except (ValueError, AttributeError):
        raise InvalidRequest(
            f"since is {shown(since)}, which is no time.",
            "Give a date as '2026-11-22', a datetime, a timedelta back from now, or Unix seconds.",
            field="since",
        ) from None
