"""Lines of jobs, read again from where they stand on disk, and what those of one job come to."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, BinaryIO, Self

from qwen_notebook.journal.index_entry import IndexEntry, place_of
from qwen_notebook.journal.line_schema import Reader, read_job, read_line

_OPEN_AT_ONCE = 64
Line = dict[str, Any]


class LineReader:
    """The files of a journal, which stay open from one job to the next.

    Parameters
    ----------
    open_file
        Opens one by its number in the index.
    read
        Reads a line about a job as today's version writes it; None from it has the line read in full.
    """

    def __init__(
        self, open_file: Callable[[int], AbstractContextManager[BinaryIO]], read: Reader = read_job
    ) -> None:
        self._open_file = open_file
        self._read = read
        self._opened: dict[int, BinaryIO] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def lines(self, job_id: str, entry: IndexEntry) -> list[Line]:
        """The lines of a job that are there and can be read, as `read_line` gives them."""
        if (only := entry.only_line) is not None:
            line = self._line(job_id, *only)
            return [] if line is None else [line]
        return [line for place in entry.places if (line := self._line(job_id, *place)) is not None]

    def _line(self, job_id: str, number: int, offset: int, length: int) -> Line | None:
        try:
            file = self._opened.get(number) or self._open(number)
            file.seek(offset)
            content = file.read(length)
        except OSError:
            return None
        line = self._read(content) or line_or_none(content)
        return line if line is not None and "state" in line and line["job"] == job_id else None

    def _open(self, number: int) -> BinaryIO:
        if len(self._opened) >= _OPEN_AT_ONCE:
            self._stack.close()
            self._opened.clear()
        file = self._opened[number] = self._stack.enter_context(self._open_file(number))
        return file


def line_or_none(line: bytes) -> Line | None:
    """What `read_line` gives; None too where nothing of it may count."""
    try:
        return read_line(line)
    except ValueError:
        return None


def merged(job_id: str, entry: IndexEntry, lines: list[Line]) -> dict[str, Any]:
    """What the lines of a job come to, later ones over earlier ones, as `record_from` takes it."""
    facts: dict[str, Any] = {}
    if len(lines) == 1:
        (facts,) = lines
    else:
        for line in _in_order(lines, entry):
            facts |= line
    facts["id"], facts["created"] = job_id, entry.created
    facts["service"], facts["changed"] = entry.service, entry.changed
    if (facts.get("credits") or 0) != entry.credits:
        facts["credits"] = entry.credits
    return facts


def _in_order(lines: list[Line], entry: IndexEntry) -> list[Line]:
    """Lines of a job, those of the writer that has brought it furthest last: as `IndexEntry` merges them."""
    places = {writer: place for place, writer in enumerate(entry.writers)}
    return sorted(lines, key=lambda event: (places.get(event["writer"], -1), *place_of(event)))
