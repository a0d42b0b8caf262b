"""What the grid is told of an experiment, its cells and its runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from qwen_notebook.errors import Charge
from qwen_notebook.experiments.cell_status import CellJob, CellStatus
from qwen_notebook.experiments.grid import protocol
from qwen_notebook.experiments.grid.arrangement import varying
from qwen_notebook.experiments.grid.protocol import CellInfo, DetailInfo, StandingInfo, SweepInfo
from qwen_notebook.experiments.grid.tracker import CellTracker
from qwen_notebook.experiments.layout import text_of
from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.studio.studio import Studio, core_of
from qwen_notebook.widget.protocol import RequestFields
from qwen_notebook.widget.serialize import describe_error, describe_money, describe_picture

if TYPE_CHECKING:
    from qwen_notebook.experiments.sweep import Sweep

_MAX_WORDS = 160
_MAX_COMMON = 24
_MAX_PROBLEMS = 5


def describe_sweep(sweep: Sweep) -> SweepInfo:
    """What stays as it is: however many cells there are, it is small."""
    common = [(name, _short(text_of(values[0]))) for name, values in sweep.axes.items() if len(values) == 1]
    return {
        "title": _short(sweep.title),
        "axes": [{"name": name, "values": len(sweep.axes[name])} for name in varying(sweep.axes)],
        "common": common[:_MAX_COMMON],
        "shapes": sorted({cell.request.image_size for cell in sweep.cells}),
        "cells": len(sweep.cells),
        "skipped": sweep.skipped,
        "problems": [_short(problem) for problem in sweep.problems[:_MAX_PROBLEMS]],
        "service": sweep.studio.service,
        "folder": sweep.studio.store.folder.name,
    }


def describe_status(sweep: Sweep, tracker: CellTracker, *, reloaded: bool) -> StandingInfo:
    """How the whole stands."""
    run, paused = sweep.running, sweep.studio.paused
    going = run is not None and not run.done
    return {
        "counts": cast("dict[protocol.CellStatus, int]", tracker.counts),
        "money": describe_money(tracker.money),
        "folder_money": describe_money(sweep.studio.money),
        "price": sweep.studio.price,
        "run": {"done": run.progress.done, "total": run.progress.total}
        if run is not None and going
        else None,
        "stopped": describe_error(run.error) if run is not None and run.error is not None else None,
        "paused": describe_error(paused) if paused is not None else None,
        "reloaded": reloaded,
    }


def describe_cell(number: int, cell_job: CellJob, studio: Studio) -> CellInfo:
    """What a tile shows of its cell."""
    index, job_id = core_of(studio).lookup, cell_job.job_id
    state = index.state(job_id) if job_id is not None and cell_job.status is CellStatus.RUNNING else None
    annotation = index.annotation(job_id) if job_id is not None else None
    return {
        "n": number,
        "standing": cell_job.status.value,
        "phase": state.value if state is not None else None,
        "job": job_id,
        "seed": cell_job.cell.request.seed or 0,
        "size": cell_job.cell.request.image_size,
        "starred": annotation is not None and annotation.starred,
        "noted": annotation is not None and bool(annotation.note),
        "charge": _charge_of(cell_job, studio),
    }


def describe_cells(numbers: Sequence[int], tracker: CellTracker, studio: Studio) -> list[CellInfo]:
    """What the tiles of some cells show."""
    return [describe_cell(number, tracker.cell_jobs[number], studio) for number in numbers]


def describe_detail(number: int, cell_job: CellJob, sweep: Sweep) -> DetailInfo:
    """All that is known of a cell; its values on the axes that vary."""
    studio = sweep.studio
    job = studio.job(cell_job.job_id) if cell_job.job_id is not None else None
    picture = job.picture if job is not None else None
    error = job.error if job is not None else None
    cell = cell_job.cell
    return {
        "cell": describe_cell(number, cell_job, studio),
        "values": [
            (name, text_of(value))
            for name in varying(sweep.axes)
            if (value := cell.values.get(name)) is not None and name not in ("prompt", "template")
        ],
        "request": cast("RequestFields", cell.request.to_fields()),
        "picture": describe_picture(picture) if picture is not None else None,
        "note": core_of(studio).lookup.annotation(cell_job.job_id).note
        if cell_job.job_id is not None
        else "",
        "error": describe_error(error) if error is not None else None,
    }


def _charge_of(cell_job: CellJob, studio: Studio) -> str | None:
    """Whether a cell without a picture was charged, where that has to be said."""
    if cell_job.job_id is None or cell_job.status not in (CellStatus.FAILED, CellStatus.UNCERTAIN):
        return None
    record = next(iter(core_of(studio).lookup.records([cell_job.job_id])), None)
    return (
        str(record.error.charge) if record is not None and record.error is not None else str(Charge.NOTHING)
    )


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MAX_WORDS else line[: _MAX_WORDS - 1] + "…"
