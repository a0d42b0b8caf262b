"""Which combinations of an experiment are left out, so that it can be made again without the function that said so."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Skip = Callable[[Mapping[str, Any]], object]


class LeftOut:
    """Asks a predicate about one combination after another, and notes those that it says yes to.

    A function that was written in a notebook cannot be pickled as a rule. Their numbers can.

    Parameters
    ----------
    skip
        The predicate, or the numbers of those that are left out, from 0.
    """

    def __init__(self, skip: Skip | Iterable[int]) -> None:
        self.numbers: set[int] = set() if callable(skip) else set(skip)
        self._skip = skip if callable(skip) else None
        self._count = 0

    def __call__(self, values: Mapping[str, Any]) -> bool:
        """Whether the next combination is left out."""
        number = self._count
        self._count += 1
        if self._skip is not None and self._skip(values):
            self.numbers.add(number)
        return number in self.numbers
