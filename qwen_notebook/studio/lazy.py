"""A sequence whose items are made when they are asked for: there may be a hundred thousand."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

T = TypeVar("T")


class LazySequence(Sequence[T]):
    """Items by their ids.

    Parameters
    ----------
    ids
        In order.
    make
        Makes an item from its id.
    """

    def __init__(self, ids: Sequence[str], make: Callable[[str], T]) -> None:
        self._ids = ids
        self._make = make

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return LazySequence(self._ids[index], self._make)
        return self._make(self._ids[index])

    def __repr__(self) -> str:
        shown = [repr(item) for item in self[-5:]]
        dots = ["…"] if len(self) > len(shown) else []
        return "[" + ",\n ".join(dots + shown) + "]"
