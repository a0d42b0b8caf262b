"""Jobs as a table: rows, a pandas DataFrame where there is pandas, a Parquet file, a folder for `datasets`."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.reapi.address import without_query
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest
from qwen_notebook.studio.index import Index
from qwen_notebook.studio.marks import Mark
from qwen_notebook.studio.paths import checked_path, is_plain, leads_elsewhere
from qwen_notebook.studio.record import JobRecord
from qwen_notebook.studio.states import State

Row = dict[str, Any]
_WHOLE = ("seed", "credits", "width", "height")
"""Columns of whole numbers, some of which may be missing."""
_OUTCOME = (
    *("state", "service", "created", "credits", "seconds", "width", "height", "path", "sha256"),
    *("starred", "note", "error", "task_id", "job"),
)
_OF_THIS_MACHINE = ("path",)
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


def row_of(record: JobRecord, mark: Mark, folder: Path) -> Row:
    """One job as a row: request, state, what it cost and took, where the picture is, what people say of it."""
    there = record.state is State.SAVED and not mark.deleted
    return blank_row(record.request, record.service) | {
        "state": "deleted" if mark.deleted else str(record.state),
        "created": datetime.fromtimestamp(record.created, UTC),
        "credits": record.credits,
        "seconds": record.seconds,
        "width": record.width,
        "height": record.height,
        "path": str(folder / str(record.file)) if there and is_plain(record.file, "images") else None,
        "sha256": record.sha256,
        "starred": mark.starred,
        "note": mark.note,
        "error": record.error.what if record.error is not None and not there else None,
        "task_id": record.task_id,
        "job": record.id,
    }


def rows_of(index: Index, job_ids: Sequence[str], folder: Path) -> Iterator[Row]:
    """The rows of these jobs, in their order."""
    for record in index.records(job_ids):
        yield row_of(record, index.mark(record.id), folder)


def frame_of(rows: Sequence[Row]) -> Any:
    """A `pandas.DataFrame`, or the rows as they are where there is no pandas."""
    if find_spec("pandas") is None:
        return list(rows)
    pandas: Any = import_module("pandas")
    frame = pandas.DataFrame(list(rows))
    return frame.astype({name: "Int64" for name in _WHOLE if name in frame.columns})


def write_parquet(rows: Sequence[Row], path: str | Path) -> Path:
    """Write rows as a Parquet file; axis values that are no plain data become text.

    Raises
    ------
    QwenError
        If pandas or pyarrow is not installed.
    """
    if find_spec("pandas") is None or find_spec("pyarrow") is None:
        raise QwenError(
            "A Parquet file needs pandas and pyarrow.",
            'Install them: pip install "qwen-notebook[table]".',
            charge=Charge.FREE,
        )
    target = checked_path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    frame_of(_evened(rows)).to_parquet(target, index=False)
    return target


def write_imagefolder(rows: Sequence[Row], folder: str | Path) -> Path:
    """Copy the pictures of rows into a folder that Hugging Face `datasets` loads, with ``metadata.jsonl``.

    Rows without a picture are left out, and those whose file is a link. What is in the folder already is kept, and
    written again where it is ours.
    """
    target = checked_path(folder, "folder")
    target.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for row in _evened(rows):
        if row.get("path") is None:
            continue
        source = Path(row["path"])
        if leads_elsewhere(source):
            continue
        shutil.copyfile(source, target / source.name)
        told = {name: value for name, value in row.items() if name not in _OF_THIS_MACHINE}
        lines.append(json.dumps({"file_name": source.name} | told, ensure_ascii=False, default=str))
    (target / "metadata.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return target


def _evened(rows: Sequence[Row]) -> list[Row]:
    """Rows whose columns have one type each: text where an axis mixes several, as file formats ask for."""
    kinds: dict[str, set[type[Any]]] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None:
                kinds.setdefault(name, set[type[Any]]()).add(cast("type[Any]", type(value)))
    plain = (str, int, float, bool, datetime)
    mixed = {name for name, types in kinds.items() if len(types) > 1 or not types <= set(plain)}
    mixed -= {name for name in mixed if kinds[name] <= {int, float}}
    return [_with_text(row, mixed) for row in rows]


def _with_text(row: Mapping[str, Any], mixed: set[str]) -> Row:
    return {name: str(value) if name in mixed and value is not None else value for name, value in row.items()}
