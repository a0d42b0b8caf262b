"""Jobs as a table: rows, a pandas DataFrame, a Parquet file, a folder for `datasets`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.files import write_whole
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.journal.index import without_collecting
from qwen_notebook.journal.line_schema import JobLines
from qwen_notebook.journal.records import ErrorRecord, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest
from qwen_notebook.reapi.urls import without_query
from qwen_notebook.reapi.values import is_normal_prompt
from qwen_notebook.studio.exports.columns import Columns, Row, evened
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
    "table_of",
    "write_imagefolder",
    "write_parquet",
]

_WHOLE = ("seed", "credits", "width", "height")
"""Columns of whole numbers, some of which may be missing."""
_OUTCOME = (
    *("state", "service", "created", "credits", "seconds", "width", "height", "path", "sha256"),
    *("starred", "note", "error", "task_id", "job"),
)
_OF_A_RECORD = ("id", "file", *(name for name in _OUTCOME if name not in ("path", "starred", "note", "job")))
COLUMNS = frozenset({*FIELD_NAMES, *_OUTCOME})
"""The columns of every table of jobs."""
_LINES = JobLines({"request", *_OF_A_RECORD})
_DEFAULTS: Row = {one.name: one.default for one in fields(GenerationRequest)}
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
    facts = {name: getattr(record, name) for name in _OF_A_RECORD}
    outcome = _outcomes([facts], [annotation], folder)
    return _row_of_request(record.request) | {name: column[0] for name, column in outcome.items()}


def rows_of(index: JobLookup, job_ids: Iterable[str], folder: Path) -> Iterator[Row]:
    """The rows of these jobs, in their order."""
    for asked, outcome in _parts_of(index, job_ids, folder):
        for given, cells in zip(asked, zip(*outcome.values(), strict=True), strict=True):
            yield _DEFAULTS | given | dict(zip(_OUTCOME, cells, strict=True))


def table_of(index: JobLookup, job_ids: Sequence[str], folder: Path) -> Columns | list[Row]:
    """The same as columns, where all rows have the same, which takes a third of the time."""
    columns: Columns = {name: [] for name in (*FIELD_NAMES, *_OUTCOME)}
    with without_collecting():
        for asked, outcome in _parts_of(index, job_ids, folder):
            if any("model" in given for given in asked):
                return list(rows_of(index, job_ids, folder))  # another model, which has a column of its own
            for name, default in _DEFAULTS.items():
                columns[name] += [given.get(name, default) for given in asked]
            for name, column in outcome.items():
                columns[name] += column
    return columns if columns["job"] else []


def _parts_of(index: JobLookup, job_ids: Iterable[str], folder: Path) -> Iterator[tuple[list[Row], Columns]]:
    """What was asked for, as fields without defaults, and what became of it, as columns: many jobs at a time."""
    for facts in index.facts_in_parts(job_ids, _LINES):
        asked = [_as_asked(one["request"]) for one in facts]
        yield asked, _outcomes(facts, index.annotations(one["id"] for one in facts), folder)


def _as_asked(given: Row) -> Row:
    """What a request has in a row, from its fields as the journal has them; fields may be missing."""
    if "model" in given or given.get("image_url") is not None or not is_normal_prompt(given["prompt"]):
        return _row_of_request(GenerationRequest.recorded(given))
    return given


def _outcomes(facts: Sequence[Row], annotations: Sequence[Annotation], folder: Path) -> Columns:
    """The columns of what became of jobs, from the fields of their records."""

    def all_of(name: str) -> list[Any]:
        return [one.get(name) for one in facts]

    place = str(folder / "images" / "-")[:-1]  # a path made for each takes longer than all else
    states = [
        "deleted" if annotation.deleted else str.__str__(one["state"])
        for one, annotation in zip(facts, annotations, strict=True)
    ]
    return {
        "state": states,
        "service": all_of("service"),
        "created": [datetime.fromtimestamp(one["created"], UTC) for one in facts],
        "credits": all_of("credits"),
        "seconds": all_of("seconds"),
        "width": all_of("width"),
        "height": all_of("height"),
        "path": [
            place + file[len("images/") :] if state == State.SAVED and is_plain(file, "images") else None
            for state, file in zip(states, all_of("file"), strict=True)
        ],
        "sha256": all_of("sha256"),
        "starred": [annotation.starred for annotation in annotations],
        "note": [annotation.note for annotation in annotations],
        "error": [
            _told(error, folder) if error is not None and state != State.SAVED else None
            for state, error in zip(states, all_of("error"), strict=True)
        ],
        "task_id": all_of("task_id"),
        "job": all_of("id"),
    }


def frame_of(table: Sequence[Row] | Columns) -> Any:
    """Rows, or columns, as a `pandas.DataFrame`.

    Raises
    ------
    QwenError
        If pandas is not installed.
    """
    _require("pandas", "A DataFrame")
    from qwen_notebook.studio.exports.frame import Frame, whole_numbers

    if isinstance(table, dict):
        table = table | {name: whole_numbers(table[name]) for name in _WHOLE}
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


def _told(error: ErrorRecord | dict[str, Any], folder: Path) -> str:
    """What an error says, with a folder by its name only: tables are given away."""
    text: str = error["what"] if isinstance(error, dict) else error.what
    for written in (repr(str(folder))[1:-1], str(folder)):
        text = text.replace(written, folder.name)
    return text
