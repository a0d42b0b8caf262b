"""Jobs as a table: rows, a pandas DataFrame, a Parquet file, a folder for `datasets`."""

from collections.abc import Iterator, Sequence
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
from qwen_notebook.studio.exports.columns import Row, evened
from qwen_notebook.studio.exports.image_folder import write_imagefolder
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.paths import checked_path, is_plain

__all__ = [
    "Row",
    "blank_row",
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
COLUMNS = frozenset({*FIELD_NAMES, *_OUTCOME})
"""The columns of every table of jobs."""
DATASET_COLUMNS = frozenset({"file_name", "image"})
"""What stands beside them in a dataset: the first is written here, the second is what `datasets` makes of it."""


def blank_row(request: GenerationRequest, service: str) -> Row:
    """The row of a request that nobody has made yet: every column, in order."""
    fields = request.to_fields()
    if request.image_url is not None:
        fields["image_url"] = without_query(request.image_url)  # a signed address is nobody else's
    return fields | dict.fromkeys(_OUTCOME) | {"service": service, "starred": False, "note": ""}


def row_of(record: JobRecord, annotation: Annotation, folder: Path) -> Row:
    """One job as a row: request, state, what it cost and took, where the picture is, what people say of it."""
    there = record.state is State.SAVED and not annotation.deleted
    return blank_row(record.request, record.service) | {
        "state": "deleted" if annotation.deleted else str(record.state),
        "created": datetime.fromtimestamp(record.created, UTC),
        "credits": record.credits,
        "seconds": record.seconds,
        "width": record.width,
        "height": record.height,
        "path": str(folder / str(record.file)) if there and is_plain(record.file, "images") else None,
        "sha256": record.sha256,
        "starred": annotation.starred,
        "note": annotation.note,
        "error": _without_place(record.error.what, folder)
        if record.error is not None and not there
        else None,
        "task_id": record.task_id,
        "job": record.id,
    }


def rows_of(index: JobLookup, job_ids: Sequence[str], folder: Path) -> Iterator[Row]:
    """The rows of these jobs, in their order."""
    for record in index.records(job_ids):
        yield row_of(record, index.annotation(record.id), folder)


def frame_of(rows: Sequence[Row]) -> Any:
    """The rows as a `pandas.DataFrame`.

    Raises
    ------
    QwenError
        If pandas is not installed.
    """
    _require("pandas", "A DataFrame")
    from qwen_notebook.studio.exports.frame import Frame

    frame = Frame(list(rows))
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
