"""Jobs as a table: rows, a pandas DataFrame, a Parquet file, a folder for `datasets`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.files import write_whole
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest
from qwen_notebook.reapi.urls import without_query
from qwen_notebook.studio.exports.columns import Columns, Row, evened
from qwen_notebook.studio.exports.image_folder import write_imagefolder
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.paths import checked_path, is_plain

__all__ = [
    "Row",
    "blank_row",
    "columns_of",
    "frame_of",
    "row_of",
    "rows_for_file",
    "rows_of",
    "write_imagefolder",
    "write_parquet",
]

_WHOLE = ("seed", "credits", "width", "height")
"""Columns of whole numbers, some of which may be missing."""
_OUTCOME = (
    *("state", "service", "created", "credits", "seconds", "width", "height", "path", "sha256"),
    *("starred", "note", "error", "task_id", "job"),
)
_Names = tuple[str, ...]
_Cells = tuple[Any, ...]
_PLAIN: _Names = (*FIELD_NAMES, *_OUTCOME)
COLUMNS = frozenset(_PLAIN)
"""The columns of every table of jobs."""
_DEFAULTS = tuple((one.name, one.default) for one in fields(GenerationRequest))
_SAVED = State.SAVED.value
DATASET_COLUMNS = frozenset({"file_name", "image"})
"""What stands beside them in a dataset: the first is written here, the second is what `datasets` makes of it."""


def blank_row(request: GenerationRequest, service: str) -> Row:
    """The row of a request that nobody has made yet: every column, in order."""
    row = _row_of_request(request)
    return row | dict.fromkeys(_OUTCOME) | {"service": service, "starred": False, "note": ""}


def _row_of_request(request: GenerationRequest) -> Row:
    row = request.to_fields()
    if request.image_url is not None:
        row["image_url"] = without_query(request.image_url)  # a signed address is nobody else's
    return row


def row_of(record: JobRecord, annotation: Annotation, folder: Path) -> Row:
    """One job as a row: request, state, what it cost and took, where the picture is, what people say of it."""
    outcome = _outcome(lambda name: getattr(record, name), annotation, folder)
    return blank_row(record.request, record.service) | dict(zip(_OUTCOME, outcome, strict=True))


def rows_of(index: JobLookup, job_ids: Iterable[str], folder: Path) -> Iterator[Row]:
    """The rows of these jobs, in their order."""
    for names, cells in _cells_of(index, job_ids, folder):
        yield dict(zip(names, cells, strict=True))


def columns_of(index: JobLookup, job_ids: Iterable[str], folder: Path) -> Columns | list[Row]:
    """The same as columns; rows where one of them has a column of its own."""
    found = list(_cells_of(index, job_ids, folder))
    if not found or any(names is not _PLAIN for names, _ in found):
        return [dict(zip(names, cells, strict=True)) for names, cells in found]
    columns = zip(*(cells for _, cells in found), strict=True)
    return {name: list(column) for name, column in zip(_PLAIN, columns, strict=True)}


def _cells_of(index: JobLookup, job_ids: Iterable[str], folder: Path) -> Iterator[tuple[_Names, _Cells]]:
    """The names of each row's columns, and what stands in them."""
    for facts in index.facts(job_ids):
        names, asked = _asked(facts["request"])
        yield names, (*asked, *_outcome(facts.get, index.annotation(facts["id"]), folder))


def _asked(given: dict[str, Any]) -> tuple[_Names, _Cells]:
    """What a request has in a row, from its fields as the journal has them."""
    if "model" in given or given.get("image_url") is not None:
        row = _row_of_request(GenerationRequest.recorded(given))
        return (*row, *_OUTCOME), tuple(row.values())
    return _PLAIN, tuple([given.get(name, default) for name, default in _DEFAULTS])


def _outcome(get: Callable[[str], Any], annotation: Annotation, folder: Path) -> _Cells:
    """What stands in the columns of `_OUTCOME`, from the fields of a record."""
    state, file, error = str(get("state")), get("file"), get("error")
    there = state == _SAVED and not annotation.deleted
    if error is not None:
        what = error["what"] if isinstance(error, dict) else error.what
        error = None if there else _without_place(what, folder)
    return (
        "deleted" if annotation.deleted else state,
        get("service"),
        datetime.fromtimestamp(get("created"), UTC),
        get("credits"),
        get("seconds"),
        get("width"),
        get("height"),
        str(folder / file) if there and is_plain(file, "images") else None,
        get("sha256"),
        annotation.starred,
        annotation.note,
        error,
        get("task_id"),
        get("id"),
    )


def frame_of(table: Sequence[Row] | Columns) -> Any:
    """Rows, or columns, as a `pandas.DataFrame`.

    Raises
    ------
    QwenError
        If pandas is not installed.
    """
    _require("pandas", "A DataFrame")
    from qwen_notebook.studio.exports.frame import Frame

    frame = Frame(table)
    return frame.astype({name: "Int64" for name in _WHOLE if name in frame.columns})


def write_parquet(rows: Sequence[Row], path: str | Path) -> Path:
    """Write rows as a Parquet file, whole or not at all; axis values that are no plain data become text.

    Raises
    ------
    QwenError
        If pyarrow is not installed.
    """
    _require("pyarrow", "A Parquet file")
    from qwen_notebook.studio.exports.parquet import parquet_of

    target = checked_path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, parquet_of(evened(rows_for_file(rows)), _WHOLE))
    return target


def rows_for_file(rows: Sequence[Row]) -> list[Row]:
    """Rows as they may stand in a file that is given away: their paths are relative to the studio's folder."""
    return [
        row | {"path": "/".join(Path(row["path"]).parts[-2:])} if row.get("path") is not None else row
        for row in rows
    ]


def _require(package: str, what: str) -> None:
    """Refuse to make what needs a package that is not installed."""
    if find_spec(package) is None:
        raise QwenError(
            f"{what} needs {package}.",
            'Install it: pip install "qwen-notebook[table]".',
            charge=Charge.FREE,
        )


def _without_place(text: str, folder: Path) -> str:
    """A sentence that names a folder by its name only: tables are given away."""
    for written in (repr(str(folder))[1:-1], str(folder)):
        text = text.replace(written, folder.name)
    return text
