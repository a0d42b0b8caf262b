"""What the grid is told of an experiment, its cells and its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from qwen_notebook.experiments.axis_choice import varying
from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.grid import protocol
from qwen_notebook.experiments.grid.job_facts import JobFacts
from qwen_notebook.experiments.grid.protocol import CellInfo, DetailInfo, RunInfo, StandingInfo, SweepInfo
from qwen_notebook.experiments.grid.source import GridSource
from qwen_notebook.experiments.grid.tracker import CellTracker
from qwen_notebook.experiments.labels import text_of
from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.widget.protocol import RequestFields
from qwen_notebook.widget.serialize import serialize_error, serialize_money, serialize_picture

if TYPE_CHECKING:
    from qwen_notebook.experiments.run import SweepRun

_MAX_WORDS = 160
_MAX_COMMON = 24
_MAX_PROBLEMS = 5


def serialize_sweep(source: GridSource) -> SweepInfo:
    """What stays as it is: however many cells there are, it is small."""
    axes = source.axes
    common = [(name, _short(text_of(values[0]))) for name, values in axes.items() if len(values) == 1]
    return {
        "title": _short(source.title),
        "axes": [{"name": name, "values": len(axes[name])} for name in varying(axes)],
        "common": common[:_MAX_COMMON],
        "shapes": sorted({cell.request.image_size for cell in source.cells}),
        "cells": len(source.cells),
        "skipped": source.skipped,
        "problems": [_short(problem) for problem in source.problems[:_MAX_PROBLEMS]],
        "service": source.studio.service,
        "folder": source.studio.store.folder.name,
    }


def serialize_status(source: GridSource, tracker: CellTracker, *, reloaded: bool) -> StandingInfo:
    """How the whole stands."""
    run, studio = source.running, source.studio
    paused = studio.paused
    return {
        "counts": cast("dict[protocol.CellStatus, int]", tracker.counts),
        "money": serialize_money(tracker.money),
        "folder_money": serialize_money(studio.money),
        "price": studio.price,
        "run": _serialize_run(run) if run is not None and not run.done else None,
        "stopped": serialize_error(run.error) if run is not None and run.error is not None else None,
        "paused": serialize_error(paused) if paused is not None else None,
        "reloaded": reloaded,
    }


def serialize_cell(number: int, cell_job: CellJob, facts: JobFacts) -> CellInfo:
    """What a tile shows of its cell."""
    request, annotation, phase = cell_job.cell.request, facts.annotation(cell_job), facts.phase(cell_job)
    return {
        "n": number,
        "standing": cell_job.status.value,
        "phase": phase.value if phase is not None else None,
        "job": cell_job.job_id,
        "seed": request.seed or 0,
        "size": request.image_size,
        "starred": annotation.starred,
        "noted": bool(annotation.note),
        "charge": facts.charge(cell_job),
    }


def serialize_cells(numbers: Sequence[int], tracker: CellTracker, facts: JobFacts) -> list[CellInfo]:
    """What the tiles of some cells show."""
    return [serialize_cell(number, tracker.cell_jobs[number], facts) for number in numbers]


def serialize_detail(
    number: int, cell_job: CellJob, axes: Mapping[str, Sequence[Any]], facts: JobFacts
) -> DetailInfo:
    """All that is known of a cell; its values on the axes that vary."""
    job = facts.job(cell_job)
    picture = job.picture if job is not None else None
    error = job.error if job is not None else None
    cell = cell_job.cell
    return {
        "cell": serialize_cell(number, cell_job, facts),
        "values": [
            (name, text_of(value))
            for name in varying(axes)
            if (value := cell.values.get(name)) is not None and name not in ("prompt", "template")
        ],
        "request": cast("RequestFields", cell.request.to_fields()),
        "picture": serialize_picture(picture) if picture is not None else None,
        "note": facts.annotation(cell_job).note,
        "error": serialize_error(error) if error is not None else None,
    }


def _serialize_run(run: SweepRun) -> RunInfo:
    progress = run.progress
    return {"done": progress.done, "total": progress.total}


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _MAX_WORDS else line[: _MAX_WORDS - 1] + "…"
