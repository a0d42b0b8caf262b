"""What a grid does: it follows the cells that a view shows, arranges them, and gives how the whole stands."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.experiments.axis_choice import completed, varying
from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.grid.job_facts import JobFacts
from qwen_notebook.experiments.grid.serialize import serialize_cells, serialize_status
from qwen_notebook.experiments.grid.sheet_output import SheetOutput, grid_executor
from qwen_notebook.experiments.grid.source import GridSource
from qwen_notebook.experiments.grid.tracker import CellTracker
from qwen_notebook.experiments.pivot import Pivot
from qwen_notebook.experiments.run import follow_end
from qwen_notebook.journal.states import State
from qwen_notebook.studio.job import Job
from qwen_notebook.widget.base_session import WidgetSession
from qwen_notebook.widget.front_end import FrontEnd
from qwen_notebook.widget.replies import Result

if TYPE_CHECKING:
    from qwen_notebook.experiments.run import SweepRun

_WATCHED = 4000
_AT_ONCE = 1000
_TABLES = 4


class GridSession(WidgetSession):
    """The cells of one grid.

    Parameters
    ----------
    source
        What is shown.
    front_end
        What it reaches the front end by.
    columns
        Tells the axes that go across.

    Attributes
    ----------
    source
        What is shown.
    facts
        What is known of the cells' jobs.
    tracker
        How the cells stand.
    """

    def __init__(self, source: GridSource, front_end: FrontEnd, columns: Callable[[], Sequence[str]]) -> None:
        super().__init__(source.studio, front_end)
        self.source = source
        self.facts = JobFacts(source.studio)
        self.tracker = CellTracker(source, self.facts)
        self._sheet = SheetOutput(source, self.tracker, front_end.outputs, columns, key=secrets.token_hex(5))
        self._tables: OrderedDict[tuple[tuple[str, ...], tuple[str, ...]], Pivot] = OrderedDict()
        self._watched: OrderedDict[int, None] = OrderedDict()
        self._run: SweepRun | None = None
        self._closed = False
        self.after_fork_in_child()
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Begin anew what belonged to threads that do not exist here."""
        self._lock = threading.RLock()

    def greet(self, page: str | None) -> Result:
        """A view came up: what other kernels did meanwhile is looked for too, on a thread for that."""
        grid_executor().submit(self._look_again)
        return super().greet(page)

    def cell_job(self, number: int) -> CellJob | None:
        """How a cell stands at this moment; None where there is no such cell."""
        return self.tracker.cell_job(number) if number < len(self.tracker.cell_jobs) else None

    def table(self, rows: Iterable[str], columns: Iterable[str]) -> Pivot:
        """All cells as a table with these axes down and across."""
        axes = self.source.axes
        down, across = completed(rows, columns, varying(axes))
        key = (tuple(down), tuple(across))
        table = self._tables.get(key)
        if table is None:
            # Values have code of their own, so no lock: two views that ask at once make it twice.
            table = self._tables[key] = Pivot(self.source.cells, axes, down, across)
            with suppress(KeyError):
                while len(self._tables) > _TABLES:
                    self._tables.popitem(last=False)
        return table

    def watch(self, numbers: Iterable[int]) -> None:
        """Tell of these cells whenever they move, for a view shows them."""
        with self._lock:
            for number in numbers:
                self._watched[number] = None
                self._watched.move_to_end(number)
            while len(self._watched) > _WATCHED:
                self._watched.popitem(last=False)

    def job_moved(self, job: Job) -> None:
        """Hear that a job of the studio moved: it may be a cell's."""
        if self.tracker.note_moved(job):
            self.front_end.refresh()
            if job.status is State.SAVED:
                self._sheet.changed()

    def update(self) -> dict[str, Any]:
        """Send the cells that moved and are shown, and return how the whole stands."""
        moved = [number for number in self.tracker.settle() if number in self._watched]
        self._follow_run()
        status = serialize_status(self.source, self.tracker, reloaded=self.reloaded)
        for first in range(0, len(moved), _AT_ONCE):
            cells = serialize_cells(moved[first : first + _AT_ONCE], self.tracker, self.facts)
            self.front_end.send({"kind": "cells", "cells": cells})
        return {"_standing": status}

    def share(self) -> None:
        """Draw the contact sheet in the cell that shows the grid."""
        with suppress(Exception):  # a sheet that cannot be drawn must not keep the grid from its cell
            self._sheet.draw()

    def columns_changed(self) -> None:
        """Draw the contact sheet again, as other axes go across."""
        self._sheet.changed()

    def close(self) -> None:
        """Let go of all cells and tables."""
        self._closed = True
        self._sheet.close()
        with self._lock:
            self._watched.clear()
        self._tables.clear()

    def _look_again(self) -> None:
        if not self._closed:
            self.studio.refresh()
            self.tracker.recount()
            self.front_end.refresh()

    def _follow_run(self) -> None:
        """Look once more when the run has ended: its end comes after that of its last job."""
        run = self.source.running
        if run is not None and run is not self._run:
            self._run = run
            follow_end(run, self.front_end.refresh)
