"""An experiment as rows: what each cell has on each axis, and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen_notebook.experiments.axes import SETTINGS
from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.studio.exports.table import Row, blank_row, row_of
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio, core_of


def rows_of_cells(
    cell_jobs: Sequence[CellJob], axes: Mapping[str, Sequence[Any]], studio: Studio
) -> list[Row]:
    """A row for each cell, in order."""
    index = core_of(studio).lookup
    known = {
        record.id: record
        for record in index.records(cell_job.job_id for cell_job in cell_jobs if cell_job.job_id is not None)
    }
    words = [name for name in axes if name not in SETTINGS and name != "prompt"]
    rows: list[Row] = []
    for cell_job in cell_jobs:
        record = known.get(cell_job.job_id or "")
        if record is not None:
            row = row_of(record, index.annotation(record.id), studio.store.folder)
        else:
            row = blank_row(cell_job.cell.request, studio.service)
        own = {name: _in_a_table(cell_job.cell.values.get(name)) for name in words}
        rows.append(own | row | {"state": str(cell_job.status)})
    return rows


def _in_a_table(value: Any) -> Any:
    return value.name if isinstance(value, Picture) else value
