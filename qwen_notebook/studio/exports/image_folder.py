"""A folder of pictures that Hugging Face `datasets` loads, with a line of JSON for each in ``metadata.jsonl``.

What is there already stays: pictures of several studios and of several experiments may be put into one folder.
"""

import json
import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any, cast

from qwen_notebook.files import write_whole
from qwen_notebook.studio.exports.columns import Row, evened
from qwen_notebook.studio.paths import checked_path, leads_elsewhere, read_file

METADATA = "metadata.jsonl"
_OF_THIS_MACHINE = ("path",)
_WHICH = ("job", "task_id", "sha256")
"""The fields that say which picture a line is of."""
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""What JSON may hold, and some readers take for the end of a line."""


def write_imagefolder(rows: Sequence[Row], folder: str | Path) -> Path:
    """Put the pictures of rows into a folder, beside what is there.

    Rows without a picture are left out. So are those whose file is gone, cannot be read or is a link: how many they
    are is said in a warning. A picture that is there already is written again, and its line gets what is new; another
    picture's file is never overwritten.

    Parameters
    ----------
    rows
        Of a table, each with the path of its picture.
    folder
        Made where it is missing.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OSError
        If it cannot be written. Each file is there whole or not at all.
    """
    target = checked_path(folder, "folder")
    target.mkdir(parents=True, exist_ok=True)
    metadata = _Metadata(target)
    left_out = 0
    for row in rows:
        if row.get("path") is None:
            continue
        source = Path(row["path"])
        try:
            content = None if leads_elsewhere(source) else read_file(source)
        except OSError:
            content = None
        if content is None:
            left_out += 1
            continue
        fields = {name: _as_json(value) for name, value in row.items() if name not in _OF_THIS_MACHINE}
        name = metadata.name_for(fields, source.name, content)
        write_whole(target / name, content)
        metadata.put(name, fields)
    metadata.write()
    if left_out:
        warnings.warn(_told_of(left_out), stacklevel=3)
    return target


def _told_of(left_out: int) -> str:
    which = "1 picture was left out: its file is"
    if left_out > 1:
        which = f"{left_out} pictures were left out: their files are"
    return (
        f"{which} not in the studio's folder any more, or cannot be read. Nothing is charged. Put back what you moved, "
        "and export once more: what is here stays."
    )


class _Metadata:
    """The lines of a folder's ``metadata.jsonl``, by the files that they are of.

    Parameters
    ----------
    folder
        The folder; what stands in its file and is not a line of ours is kept as it is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / METADATA
        self._others: list[bytes] = []
        self._rows: dict[str, Row] = {}
        self._names: dict[str, str] = {}
        self._taken = {METADATA}
        self._ours: set[str] = set()
        for line in self._lines():
            row = _read(line)
            name = row.get("file_name") if row is not None else None
            if row is None or not isinstance(name, str) or name in self._rows:
                self._others.append(line)
            else:
                self._take(name, row)

    def name_for(self, fields: Row, wanted: str, content: bytes) -> str:
        """The name of a picture's file in the folder: the one that it has there, else one that no other has."""
        known = self._names.get(_which(fields))
        if known is not None and Path(known).name == known:  # a line of somebody else may name any path
            return known
        stem, dot, suffix = wanted.rpartition(".")
        number = 1
        name = wanted
        while name.casefold() in self._taken or not _is_free(self._folder / name, content):
            number += 1
            name = f"{stem}-{number}{dot}{suffix}"
        return name

    def put(self, name: str, fields: Row) -> None:
        """Say of a file what is known now, beside what was said of it before."""
        self._take(name, {**self._rows.get(name, {}), "file_name": name, **fields})
        self._ours.update(fields)

    def _take(self, name: str, row: Row) -> None:
        self._rows[name] = row
        self._names[_which(row)] = name
        self._taken.add(name.casefold())

    def write(self) -> None:
        """Put all lines on disk, in place of those that were read."""
        rows = evened(list(self._rows.values()), self._ours)
        lines = [*self._others, *(_written(row) for row in rows)]
        write_whole(self._path, b"".join(line + b"\n" for line in lines))

    def _lines(self) -> Iterator[bytes]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return
        yield from (line for line in content.split(b"\n") if line.strip())


def _which(row: Row) -> str:
    """What tells a picture from all others."""
    return repr([row.get(name) for name in _WHICH])


def _is_free(path: Path, content: bytes) -> bool:
    """Whether a file may be written here: nothing is there, or the very same from an export that was cut off."""
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _read(line: bytes) -> Row | None:
    try:
        row = json.loads(line, parse_constant=lambda _: None)  # of NaN and the like, which are no JSON
    except (ValueError, RecursionError):
        return None
    return cast("Row", row) if isinstance(row, dict) else None


def _written(row: Row) -> bytes:
    text = json.dumps(row, ensure_ascii=False, allow_nan=False, default=str)
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8", "replace")


def _as_json(value: Any) -> Any:
    """A value as JSON can hold it: what is missing, or no number, is null."""
    item = getattr(value, "item", None)
    if callable(item):  # a number of numpy's
        value = item()
    if isinstance(value, float):
        return value if isfinite(value) else None
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value) if isinstance(value, datetime) else value
