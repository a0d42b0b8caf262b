"""A sequence whose items are made when they are asked for: there may be a hundred thousand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

T = TypeVar("T")


class LazySequence(Sequence[T]):
    """A sequence whose items are made when they are asked for.

    Those of which nothing can be made are left out. That is known only once they are asked for, and then the sequence
    is shorter by them.

    Parameters
    ----------
    ids
        One for each item.
    make
        Makes an item of its id; None where that cannot be.
    """

    def __init__(self, ids: Sequence[str], make: Callable[[str], T | None]) -> None:
        self._ids = ids
        self._make = make

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[T]:
        return self._made(self._ids)

    def __reversed__(self) -> Iterator[T]:
        return self._made(reversed(self._ids))

    def _made(self, ids: Iterable[str]) -> Iterator[T]:
        return (item for job_id in ids if (item := self._make(job_id)) is not None)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return LazySequence(self._ids[index], self._make)
        while True:
            missing = self._ids[index]
            if (item := self._make(missing)) is not None:
                return item
            self._ids = [job_id for job_id in self._ids if job_id != missing]

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)  # in another process nobody could make more of them

    def __repr__(self) -> str:
        newest = self._ids[-5:]
        shown = [repr(item) for item in self._made(newest)]
        dots = ["…"] if len(self._ids) > len(newest) else []
        return "[" + ",\n ".join(dots + shown) + "]"
