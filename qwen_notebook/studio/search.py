"""Looking for pictures in a folder: by words, shape, time and star."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from math import isnan
from time import time
from typing import Any, cast

from qwen_notebook.errors import Charge, InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.models import DEFAULT_SIZE, all_sizes
from qwen_notebook.reapi.values import checked_truth, folded, plain, refuse_half_characters
from qwen_notebook.studio.job_lookup import JobLookup

_MOST_SHAPES = 1000
"""More are not looked at: there are far fewer, and what is given may have no end."""
Since = float | str | date | timedelta


def search(
    index: JobLookup,
    *,
    text: str | None,
    image_size: str | Iterable[str] | None,
    since: Since | None,
    starred: bool | None,
) -> Iterator[Mapping[str, Any]]:
    """What records of the saved jobs that fit are made of, oldest first; the parameters are those of `Studio.find`.

    Raises
    ------
    InvalidRequest
        If there is no such shape, `since` is not a time, or the text is none.
    """
    words = _words(text)
    star = None if starred is None else checked_truth("starred", starred)
    shapes = _shapes(image_size)
    earliest = None if since is None else _seconds(since)

    def fits(facts: Mapping[str, Any]) -> bool:
        if index.knows_all_of(facts["id"]):
            return True
        request = facts["request"]
        text = folded(f"{request['prompt']}\n{index.annotation(facts['id']).note}") if words else ""
        return (
            all(word in text for word in words)
            and (shapes is None or request.get("image_size", DEFAULT_SIZE) in shapes)
            and (earliest is None or (facts.get("saved") or facts["changed"]) >= earliest)
        )

    return filter(fits, index.facts(index.likely_pictures(words, shapes, earliest, star)))


def _words(given: object) -> list[str]:
    text = "" if given is None else plain(given)
    if not isinstance(text, str):
        raise InvalidRequest(
            f"The text to find is {shown(given)}.",
            "Give the words as one text.",
            field="text",
            charge=Charge.FREE,
        )
    refuse_half_characters(text, "The text to find", "text", Charge.FREE)
    return folded(text).split()


def _shapes(given: object) -> frozenset[str] | None:
    if given is None:
        return None
    several: Iterable[object] = (given,)
    if isinstance(given, Iterable) and not isinstance(given, str):
        several = cast("Iterable[object]", given)
    shapes: list[Any] = [plain(one) for one in islice(several, _MOST_SHAPES)]
    known = all_sizes()
    for shape in (one for one in shapes if one not in known):
        raise InvalidRequest(
            f"image_size is {shown(shape)}.",
            f"Choose from {', '.join(known)}.",
            field="image_size",
        )
    return frozenset(shapes)


def _seconds(since: Since) -> float:
    """A moment in Unix seconds; a day begins at midnight here."""
    if isinstance(since, timedelta):
        return time() - since.total_seconds()
    moment: object = plain(since)
    if isinstance(moment, int | float) and not isnan(moment):
        return float(moment)
    try:
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  (made aware in a moment)
        return cast("datetime", moment).timestamp()
    except (ValueError, AttributeError, OverflowError, OSError):
        raise InvalidRequest(
            f"since is {shown(since)}, which is not a time.",
            "Give a date as '2026-11-22', a datetime, a timedelta back from now, or Unix seconds.",
            field="since",
        ) from None
