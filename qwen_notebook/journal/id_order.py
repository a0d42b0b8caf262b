"""Ids in the order of what they stand for, which mostly grows at its end: looked at without copying them."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, overload

_FEW = 64
"""Up to so many are put in their places one by one; more are sorted in."""


class IdOrder:
    """Ids of jobs, oldest first.

    What is handed out stays as it is: later ids are put behind it, and what changes its order is done to a copy.

    Parameters
    ----------
    place
        Where an id stands among the others: when it was made, then what decides between two of one moment.
    in_order
        Puts many in order, without those that are gone, sooner than by the place of each.
    """

    def __init__(
        self, place: Callable[[str], tuple[float, str]], in_order: Callable[[list[str]], list[str]]
    ) -> None:
        self._place = place
        self._in_order = in_order
        self._ids: list[str] = []
        self._newest = -1.0
        self._late: list[str] = []
        self._is_sorted = True
        self._is_lent = False

    def add(self, job: str, created: float) -> None:
        """Take in an id, made at this moment; one that is in it already must not be given."""
        if created > self._newest:
            self._newest = created
            self._ids.append(job)
        else:
            self._late.append(job)

    def discard(self, job: str) -> None:
        """Let go of an id that is in it."""
        if not self._is_sorted or len(self._late) > _FEW:
            self.displace()
        elif job in self._late:
            self._late.remove(job)
        else:
            self._own()
            del self._ids[bisect_left(self._ids, self._place(job), key=self._place)]

    def displace(self) -> None:
        """Take note that the place of one has changed."""
        self._is_sorted = False

    def view(self) -> Sequence[str]:
        """All as they are now."""
        if not self._is_sorted or len(self._late) > _FEW:
            self._ids = self._in_order(self._ids + self._late)
            self._is_sorted, self._is_lent = True, False
        elif self._late:
            self._own()
            for job in self._late:
                insort(self._ids, job, key=self._place)
        if self._late:
            self._late = []
        self._is_lent = True
        return _Beginning(self._ids, len(self._ids))

    def _own(self) -> None:
        if self._is_lent:
            self._ids = self._ids.copy()
            self._is_lent = False


class _Beginning(Sequence[str]):
    """The first so many of a list that grows at its end only."""

    __slots__ = ("_count", "_ids")

    def __init__(self, ids: list[str], count: int) -> None:
        self._ids = ids
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return islice(self._ids, self._count)

    def __reversed__(self) -> Iterator[str]:
        return map(self._ids.__getitem__, range(self._count - 1, -1, -1))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> Any:
        chosen = range(self._count)[index]
        return [self._ids[at] for at in chosen] if isinstance(chosen, range) else self._ids[chosen]
