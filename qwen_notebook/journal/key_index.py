"""Which jobs go with a key, for a hundred thousand of them."""

from collections.abc import MutableSequence, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", str, int)


class KeyIndex(Generic[K]):
    """The jobs of each key.

    Most folders that are opened are only looked at, so what is read is put aside, and sorted in when the first
    question comes.

    Parameters
    ----------
    aside
        An empty sequence for keys that are put aside.
    """

    def __init__(self, aside: MutableSequence[K]) -> None:
        self._new_keys = aside
        self._new_jobs: list[str] = []
        self._first: dict[K, str] = {}
        self._more: dict[K, dict[str, None]] = {}

    def note(self, key: K, job: str) -> None:
        """Take note that a job goes with a key."""
        self._new_keys.append(key)
        self._new_jobs.append(job)

    def jobs(self, key: K) -> Sequence[str]:
        """The ids of the jobs that were noted with a key, each once, in the order noted."""
        if self._new_jobs:
            for new, job in zip(self._new_keys, self._new_jobs, strict=True):
                if (first := self._first.setdefault(new, job)) != job:
                    self._more.setdefault(new, {first: None})[job] = None
            del self._new_keys[:], self._new_jobs[:]
        first = self._first.get(key)
        return tuple(self._more.get(key) or (() if first is None else (first,)))
