"""What people say of pictures: stars, notes, and that one is deleted.

Each word is a ``mark`` line of the journal, so nothing is ever rewritten; of several on the same thing the last by
the clock counts, as there is no other order between two people.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

_KINDS = {"starred": bool, "note": str, "deleted": bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What was said of one picture."""

    starred: bool = False
    note: str = ""
    deleted: bool = False


UNMARKED = Mark()


class Marker(Protocol):
    """Who keeps the marks of a folder's pictures."""

    def mark_of(self, job_id: str) -> Mark:
        """What was said of a job's picture."""
        ...

    def mark(self, job_id: str, **words: Any) -> None:
        """Put a word on disk, by the fields of `Mark`."""
        ...

    def delete(self, job_id: str) -> None:
        """Remove the files of a job's picture, and remember that."""
        ...


class Marks:
    """The marks of a folder, as the journal's lines tell them.

    Attributes
    ----------
    deleted
        The ids of the jobs whose pictures are deleted.
    """

    def __init__(self) -> None:
        self.deleted: set[str] = set()
        self._marks: dict[str, Mark] = {}
        self._said: dict[tuple[str, str], tuple[float, str, int]] = {}

    def of(self, job_id: str) -> Mark:
        """What was said of a job's picture."""
        return self._marks.get(job_id, UNMARKED)

    def take(self, said: dict[str, Any]) -> None:
        """Take in a line; words that are not known here are passed over.

        Raises
        ------
        KeyError, TypeError
            If the line makes no sense.
        """
        job, when = said["job"], (float(said["at"]), str(said["writer"]), int(said["seq"]))
        for name, kind in _KINDS.items():
            if name not in said:
                continue
            if not isinstance(said[name], kind):
                raise TypeError(name)
            if self._said.get((job, name), (0.0, "", 0)) <= when:
                self._said[job, name] = when
                self._marks[job] = replace(self.of(job), **{name: said[name]})
        (self.deleted.add if self.of(job).deleted else self.deleted.discard)(job)
