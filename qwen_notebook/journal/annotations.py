"""What people say of pictures: stars, notes, and that one is deleted.

Each word is a ``mark`` line of the journal, so nothing is ever rewritten; of several on the same thing the last by
the clock counts, as there is no other order between two people. So a word that is given now is dated after all that
it overrules, and one dated far ahead counts for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from qwen_notebook.errors import Charge, InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import plain, refuse_half_characters

CLOCKS_DIFFER = 86_400.0
"""Seconds that the clocks of two people may be apart: a word from later than that would never be overruled."""
LONGEST_NOTE = 10_000
"""Characters of a note."""
_TICK = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What was said of one picture."""

    starred: bool = False
    note: str = ""
    deleted: bool = False


NOT_ANNOTATED = Annotation()
_WORDS = tuple(field.name for field in fields(Annotation))


def check_note(note: object) -> str:
    """Check that a note can be kept.

    Raises
    ------
    InvalidRequest
        If it is not text, is too long, or has half of a character in it.
    """
    text = plain(note)
    if not isinstance(text, str):
        raise InvalidRequest(
            f"The note is {shown(note)}, not text.",
            "Write a text; an empty one takes the note away.",
            field="note",
            charge=Charge.FREE,
        )
    if len(text) > LONGEST_NOTE:
        raise InvalidRequest(
            f"The note has {len(text)} characters, and {LONGEST_NOTE} are kept.",
            "Shorten it.",
            field="note",
            charge=Charge.FREE,
        )
    refuse_half_characters(text, "The note", "note", Charge.FREE)
    return text


class Annotator(Protocol):
    """Who keeps the annotations of a folder's pictures."""

    def annotation_of(self, job_id: str) -> Annotation:
        """What was said of a job's picture."""
        ...

    def annotate(self, job_id: str, **words: Any) -> None:
        """Put a word on disk, by the fields of `Annotation`."""
        ...

    def delete(self, job_id: str) -> None:
        """Remove the files of a job's picture, and remember that."""
        ...


class Annotations:
    """The marks of a folder, as the journal's lines tell them.

    Attributes
    ----------
    deleted, starred, noted
        The ids of the jobs whose pictures are deleted, have a star, or have a note.
    """

    def __init__(self) -> None:
        self.deleted: set[str] = set()
        self.starred: set[str] = set()
        self.noted: set[str] = set()
        self._of_job: dict[str, Annotation] = {}
        self._written: dict[tuple[str, str], tuple[float, str, int]] = {}

    def of(self, job_id: str) -> Annotation:
        """What was said of a job's picture."""
        return self._of_job.get(job_id, NOT_ANNOTATED)

    def take(self, event: dict[str, Any]) -> None:
        """Take in a line, as `read_line` gives it; words that are not known here are passed over."""
        job, when = event["job"], (event["at"], event["writer"], event["seq"])
        for name in _WORDS:
            if name in event and self._written.get((job, name), (0.0, "", 0)) <= when:
                self._written[job, name] = when
                self._of_job[job] = replace(self.of(job), **{name: event[name]})
        now = self.of(job)
        for jobs, is_one in (
            (self.deleted, now.deleted),
            (self.starred, now.starred),
            (self.noted, now.note),
        ):
            (jobs.add if is_one else jobs.discard)(job)

    def date(self, job_id: str, words: Iterable[str], now: float) -> float:
        """When a word that is given now is said to be given, in Unix seconds: after all that it overrules."""
        last = max(
            (self._written[job_id, name][0] for name in words if (job_id, name) in self._written), default=0.0
        )
        return max(now, round(last + _TICK, 3))
