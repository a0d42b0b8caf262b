"""What the grid's messages do. Each gets one answer, and none waits."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING

from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.grid.arrangement import Arrangement, completed, varying
from qwen_notebook.experiments.grid.protocol import (
    MAX_WINDOW,
    CodeOfCell,
    Detail,
    FromGrid,
    Hello,
    MarkCell,
    UseCell,
    Want,
    Window,
    WindowInfo,
)
from qwen_notebook.experiments.grid.serialize import describe_cell, describe_detail
from qwen_notebook.studio.studio import core_of
from qwen_notebook.widget.open_panels import newest_panel
from qwen_notebook.widget.replies import Result

if TYPE_CHECKING:
    from qwen_notebook.experiments.grid.widget import SweepGrid

_ARRANGEMENTS = 4


class GridHandlers:
    """Does what the messages of one grid ask for.

    Parameters
    ----------
    grid
        Whose experiment is looked at.
    """

    def __init__(self, grid: SweepGrid) -> None:
        self._grid = grid
        self._arrangements: OrderedDict[tuple[tuple[str, ...], tuple[str, ...]], Arrangement] = OrderedDict()

    def do(self, message: FromGrid) -> Result:
        """Do what a message asks for."""
        match message:
            case Hello():
                return self._grid.greet(message)
            case Want():
                return self._grid.deliver(message)
            case Window():
                return dict(self._window(message))
            case Detail():
                return dict(describe_detail(message.cell, self._stand(message.cell), self._grid.sweep))
            case MarkCell():
                return self._mark(message)
            case UseCell():
                return self._use(message)
            case CodeOfCell():
                return {"code": self._code_of(self._stand(message.cell))}

    def forget(self) -> None:
        """Let go of all tables: the grid is closed."""
        self._arrangements.clear()

    def _window(self, window: Window) -> WindowInfo:
        if window.height * window.width > MAX_WINDOW:
            raise InvalidRequest("That part of the table is too large.", charge=Charge.FREE)
        table = self._arranged(window)
        rows = range(window.top, min(window.top + window.height, table.height))
        columns = range(window.left, min(window.left + window.width, table.width))
        numbers = [[table.at(row, column) for column in columns] for row in rows]
        cell_jobs, studio = self._grid.tracker.cell_jobs, self._grid.studio
        self._grid.watch(number for line in numbers for number in line if number is not None)
        return {
            "height": table.height,
            "width": table.width,
            "row_heads": [table.row_head(row) for row in rows],
            "column_heads": [table.column_head(column) for column in columns],
            "cells": [
                [
                    None if number is None else describe_cell(number, cell_jobs[number], studio)
                    for number in line
                ]
                for line in numbers
            ],
        }

    def _arranged(self, window: Window) -> Arrangement:
        sweep = self._grid.sweep
        down, across = completed(window.rows, window.columns, varying(sweep.axes))
        key = (tuple(down), tuple(across))
        table = self._arrangements.get(key)
        if table is None:
            # Values have code of their own, so no lock: two views that ask at once make it twice.
            table = self._arrangements[key] = Arrangement(sweep.cells, sweep.axes, down, across)
            with suppress(KeyError):
                while len(self._arrangements) > _ARRANGEMENTS:
                    self._arrangements.popitem(last=False)
        return table

    def _mark(self, message: MarkCell) -> Result:
        cell_job = self._stand(message.cell)
        picture = self._grid.sweep.picture(cell_job)
        if picture is None:
            raise QwenError("Only a cell with a picture is starred or noted.", charge=Charge.FREE)
        if message.starred is not None:
            picture.star(message.starred)
        if message.note is not None:
            picture.set_note(message.note)
        return {"cell": describe_cell(message.cell, cell_job, self._grid.studio)}

    def _code_of(self, cell_job: CellJob) -> str:
        studio = self._grid.studio
        job = studio.job(cell_job.job_id) if cell_job.job_id is not None else None
        return job.code() if job is not None else core_of(studio).code_for(cell_job.cell.request)

    def _use(self, message: UseCell) -> Result:
        panel = self._grid.panel
        if panel is None or panel.comm is None:
            panel = newest_panel(self._grid.studio)
        if panel is None:
            raise QwenError(
                "No panel of this folder is open.",
                "Open one in a cell, qn.qwen_widget(studio=sweep.studio), and press again.",
                charge=Charge.FREE,
            )
        panel.restore(self._stand(message.cell).cell.request)
        return {}

    def _stand(self, number: int) -> CellJob:
        if number >= len(self._grid.tracker.cell_jobs):
            raise QwenError("The experiment has no such cell.", charge=Charge.FREE)
        return self._grid.tracker.cell_job(number)
