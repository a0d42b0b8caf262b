"""What the grid's messages do. Each gets one answer, and none waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.experiments.cell_status import CellJob
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
    from_grid,
)
from qwen_notebook.experiments.grid.serialize import serialize_cell, serialize_detail
from qwen_notebook.experiments.grid.session import GridSession
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.widget.replies import Result


class GridHandlers:
    """Does what the messages of one grid ask for.

    Parameters
    ----------
    session
        The grid's cells.
    restore
        Writes a request into a panel, and tells whether there is one.
    """

    def __init__(self, session: GridSession, restore: Callable[[GenerationRequest], bool]) -> None:
        self._session = session
        self._restore = restore

    def handle(self, content: Any) -> Result:
        """Do what a message asks for.

        Raises
        ------
        ValidationError
            If it is none.
        """
        return self._do(from_grid.validate_python(content))

    def _do(self, message: FromGrid) -> Result:
        match message:
            case Hello():
                return self._session.greet(message.store)
            case Want():
                return self._session.send_pictures(message.jobs, message.size)
            case Window():
                return dict(self._window(message))
            case Detail():
                return self._detail(message)
            case MarkCell():
                return self._mark(message)
            case UseCell():
                return self._use(message)
            case CodeOfCell():
                return {"code": self._session.facts.code(self._cell_job(message.cell))}

    def _window(self, window: Window) -> WindowInfo:
        if window.height * window.width > MAX_WINDOW:
            raise InvalidRequest("That part of the table is too large.", charge=Charge.FREE)
        session = self._session
        table = session.table(window.rows, window.columns)
        rows = range(window.top, min(window.top + window.height, table.height))
        columns = range(window.left, min(window.left + window.width, table.width))
        numbers = [[table.at(row, column) for column in columns] for row in rows]
        cell_jobs = session.tracker.cell_jobs
        session.watch(number for line in numbers for number in line if number is not None)
        return {
            "height": table.height,
            "width": table.width,
            "row_heads": [table.row_head(row) for row in rows],
            "column_heads": [table.column_head(column) for column in columns],
            "cells": [
                [
                    None if number is None else serialize_cell(number, cell_jobs[number], session.facts)
                    for number in line
                ]
                for line in numbers
            ],
        }

    def _detail(self, message: Detail) -> Result:
        session, cell_job = self._session, self._cell_job(message.cell)
        return dict(serialize_detail(message.cell, cell_job, session.source.axes, session.facts))

    def _mark(self, message: MarkCell) -> Result:
        cell_job = self._cell_job(message.cell)
        picture = self._session.facts.picture(cell_job)
        if picture is None:
            raise QwenError("Only a cell with a picture is starred or noted.", charge=Charge.FREE)
        if message.starred is not None:
            picture.star(message.starred)
        if message.note is not None:
            picture.annotate(message.note)
        return {"cell": serialize_cell(message.cell, cell_job, self._session.facts)}

    def _use(self, message: UseCell) -> Result:
        if not self._restore(self._cell_job(message.cell).cell.request):
            raise QwenError(
                "No panel of this folder is open.",
                f"Open one in a cell, qn.qwen_widget(studio={self._session.source.name}.studio), and press again.",
                charge=Charge.FREE,
            )
        return {}

    def _cell_job(self, number: int) -> CellJob:
        cell_job = self._session.cell_job(number)
        if cell_job is None:
            raise QwenError("The experiment has no such cell.", charge=Charge.FREE)
        return cell_job
