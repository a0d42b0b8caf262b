"""A closed writer's file with one line a job: the same journal, read back in a fraction of the time."""

import json
from typing import Any

from qwen_notebook.journal.index_entry import place_of
from qwen_notebook.journal.line_schema import read_line

_Line = dict[str, Any]


def compacted(content: bytes, writer: str) -> bytes | None:
    """Fold the lines of each job into one.

    Parameters
    ----------
    content
        A whole file of one writer, who writes no more.
    writer
        Who that is. All lines but its own about jobs are kept as they are, as are those that do not count: folded
        into good ones they would spoil them.

    Returns
    -------
    bytes or None
        The new content; None where nothing is saved by it.
    """
    kept: list[bytes | str] = []
    of_job: dict[str, list[tuple[_Line, bytes]]] = {}
    lines = content.splitlines(keepends=True)
    for line in lines:
        if not line.strip():
            continue  # room that was reserved for an answer
        event = _read(line, writer)
        if event is None:
            kept.append(line)
        elif (of_this := of_job.get(event["job"])) is not None:
            of_this.append((event, line))
        else:
            of_job[event["job"]] = [(event, line)]
            kept.append(event["job"])
    if len(kept) == len(lines):
        return None
    return b"".join(line if isinstance(line, bytes) else _folded(of_job[line]) for line in kept)


def _read(line: bytes, writer: str) -> _Line | None:
    try:
        event = read_line(line)
    except ValueError:
        return None
    return event if event is not None and "state" in event and event["writer"] == writer else None


def _folded(lines: list[tuple[_Line, bytes]]) -> bytes:
    """One line for several, later ones over earlier ones, with what newer versions added."""
    if len(lines) == 1:
        return lines[0][1]
    folded: _Line = {}
    for _, line in sorted(lines, key=lambda pair: place_of(pair[0])):
        folded |= json.loads(line)
    return json.dumps(folded, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
