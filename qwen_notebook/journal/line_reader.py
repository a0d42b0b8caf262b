"""Lines of jobs, read again from where they stand on disk, and what those of one job come to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, BinaryIO, Self

from qwen_notebook.journal.index_entry import IndexEntry, place_of
from qwen_notebook.journal.line_schema import ALL_OF_LINES, JobLines, read_line

_OPEN_AT_ONCE = 64
_GAP, _MOST_AT_ONCE = 1 << 12, 1 << 20
"""Bytes: lines that stand no further apart are read together, up to so many."""
Line = dict[str, Any]
Place = tuple[int, int, int]
"""The number of a file, an offset and a length in bytes."""


class LineReader:
    """The files of a journal, which stay open from one job to the next.

    Parameters
    ----------
    open_file
        Opens one by its number in the index.
    job_lines
        Reads most of the lines.
    """

    def __init__(
        self, open_file: Callable[[int], AbstractContextManager[BinaryIO]], job_lines: JobLines = ALL_OF_LINES
    ) -> None:
        self._open_file = open_file
        self._job_lines = job_lines
        self._opened: dict[int, BinaryIO] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def lines(self, job_id: str, entry: IndexEntry) -> list[Line]:
        """The lines of a job that are there and can be read, as `read_line` gives them."""
        contents = [self._content(*place) for place in entry.places]
        lines = (self._job_lines.one(content) or line_or_none(content) for content in contents)
        return [line for line in lines if line is not None and _is_about(line, job_id)]

    def lines_of_many(
        self, jobs: Iterable[tuple[str, IndexEntry]]
    ) -> Iterator[tuple[str, IndexEntry, list[Line]]]:
        """The same of many jobs, soonest in the order of their lines on disk; none of a job that misses one of them.

        Those that have one line each, as most have in the end, are read together.
        """
        with_one: list[tuple[str, IndexEntry]] = []
        places: list[Place] = []
        for job in jobs:
            job_id, entry = job
            if (only := entry.only_line) is not None:
                with_one.append(job)
                places.append(only)
            else:
                lines = self.lines(job_id, entry)
                yield job_id, entry, lines if len(lines) == entry.line_count else []
        contents = list(self._contents(places))
        read = self._job_lines.many(contents)
        for (job_id, entry), content, line in zip(with_one, contents, read, strict=True):
            good = line or line_or_none(content)
            yield job_id, entry, [good] if good is not None and _is_about(good, job_id) else []

    def _contents(self, places: Sequence[Place]) -> Iterator[bytes]:
        """What stands at each of these places; of those that are near to each other with one look at the disk."""
        for number, begin, end, some in _near_to_each_other(places):
            content = self._content(number, begin, end - begin)
            for offset, length in some:
                yield content[offset - begin : offset - begin + length]

    def _content(self, number: int, offset: int, length: int) -> bytes:
        try:
            file = self._opened.get(number) or self._open(number)
            file.seek(offset)
            return file.read(length)
        except OSError:
            return b""

    def _open(self, number: int) -> BinaryIO:
        if len(self._opened) >= _OPEN_AT_ONCE:
            self._stack.close()
            self._opened.clear()
        file = self._opened[number] = self._stack.enter_context(self._open_file(number))
        return file


def _near_to_each_other(
    places: Sequence[Place],
) -> Iterator[tuple[int, int, int, list[tuple[int, int]]]]:
    """Places in their order, as far as they are near: file, where the first begins and the last ends, and each."""
    number, begin, end = -1, 0, 0
    some: list[tuple[int, int]] = []
    for file, offset, length in places:
        if not (file == number and end <= offset <= end + _GAP and offset - begin < _MOST_AT_ONCE):
            if some:
                yield number, begin, end, some
            number, begin, some = file, offset, []
        some.append((offset, length))
        end = offset + length
    if some:
        yield number, begin, end, some


def _is_about(line: Line, job_id: str) -> bool:
    return "state" in line and line["job"] == job_id


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
