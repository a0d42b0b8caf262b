"""The grid: an experiment as a table that fills while it runs."""

# ipywidgets, anywidget and traitlets have no types of their own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import traitlets as t

from qwen_notebook.concurrency.throttle import Throttle
from qwen_notebook.experiments.grid.arrangement import completed, varying
from qwen_notebook.experiments.grid.handlers import GridHandlers
from qwen_notebook.experiments.grid.protocol import Hello, from_grid
from qwen_notebook.experiments.grid.serialize import describe_cells, describe_status, describe_sweep
from qwen_notebook.experiments.grid.sheet_output import SheetOutput, grid_executor
from qwen_notebook.experiments.grid.tracker import CellTracker
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import refuse_unknown
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.studio import core_of
from qwen_notebook.widget.base import BaseWidget
from qwen_notebook.widget.replies import Result

if TYPE_CHECKING:
    from qwen_notebook.experiments.run import SweepRun
    from qwen_notebook.experiments.sweep import Sweep
    from qwen_notebook.widget.panel import QwenWidget

_PACE_SECONDS = 0.4
_WATCHED = 4000
_AT_ONCE = 1000


@always_printable
class SweepGrid(BaseWidget):
    """An experiment as a live table. Made by `Sweep.grid`.

    It looks and curates, and never buys: runs are started from a cell.

    Attributes
    ----------
    rows, columns
        The axes that go down and across, the outermost first; each axis that varies is in one of them. An axis that
        is put into `columns` leaves `rows`, and the other way round.
    sweep
        The experiment.
    panel
        Where "Use in panel" writes; None for the newest open panel of the studio's folder.

    Examples
    --------
    >>> grid = sweep.grid(columns="seed")  # doctest: +SKIP
    >>> grid  # the last line of a cell shows it  # doctest: +SKIP
    >>> sweep.start()  # and it fills  # doctest: +SKIP
    >>> grid.columns = ["animal", "seed"]  # doctest: +SKIP
    """

    rows = t.List(t.Unicode()).tag(sync=True)
    columns = t.List(t.Unicode()).tag(sync=True)

    _sweep = t.Dict().tag(sync=True)
    _standing = t.Dict().tag(sync=True)

    def __init__(self, sweep: Sweep, columns: Sequence[str], panel: QwenWidget | None = None) -> None:
        self.sweep = sweep
        self.panel = panel
        self._names = varying(sweep.axes)
        self._tracker = CellTracker(sweep.cells, sweep.studio)
        self._watched: OrderedDict[int, None] = OrderedDict()
        self._run: SweepRun | None = None
        self._closed = False
        self._push_soon = Throttle(self._push, _PACE_SECONDS)
        self._acts = GridHandlers(self)
        down, across = completed((), columns, self._names)
        super().__init__("grid", sweep.studio, rows=down, columns=across, _sweep=dict(describe_sweep(sweep)))
        self._sheet = SheetOutput(
            sweep, self._tracker, self._shared, lambda: self.columns, secrets.token_hex(5)
        )
        self._unsubscribe = core_of(self.studio).follow(self._heard)
        self._push()

    def close(self) -> None:
        """Take it off the screen and let go of all it holds. The experiment and its pictures stay."""
        self._closed = True
        self._unsubscribe()
        self._push_soon.close()
        self._sheet.close()
        super().close()
        with self._lock:
            self._watched.clear()
        self._acts.forget()
        self.panel = None

    def __repr__(self) -> str:
        return f"<SweepGrid · {self.sweep.title} · {self.hint('it')}>"

    # For the messages

    def take(self, content: object) -> None:
        """Take one message of the front end and answer it."""
        self.answers.take(content, from_grid, self._acts.do)

    @property
    def tracker(self) -> CellTracker:
        """How its cells stand."""
        return self._tracker

    def greet(self, hello: Hello) -> Result:
        """A view came up: what other kernels did meanwhile is looked for too, in the back room."""
        grid_executor().submit(self._look_again)
        return super().greet(hello)

    def watch(self, numbers: Iterable[int]) -> None:
        """Tell of these cells whenever they move, for a view shows them."""
        with self._lock:
            for number in numbers:
                self._watched[number] = None
                self._watched.move_to_end(number)
            while len(self._watched) > _WATCHED:
                self._watched.popitem(last=False)

    def refresh(self) -> None:
        """Bring what the front end knows up to date, soon."""
        self._push_soon()

    def _heard(self, job: Job) -> None:
        if self._tracker.heard(job):
            self._push_soon()
            if job.status is State.SAVED:
                self._sheet.changed()

    def _look_again(self) -> None:
        if not self._closed:
            self.studio.refresh()
            self._tracker.recount()
            self._push_soon()

    def _push(self) -> None:
        if self._closed or self.comm is None:
            return
        moved = [number for number in self._tracker.settle() if number in self._watched]
        self._follow_run()
        status = describe_status(self.sweep, self._tracker, reloaded=self.reloaded)
        for first in range(0, len(moved), _AT_ONCE):
            cells = describe_cells(moved[first : first + _AT_ONCE], self._tracker, self.studio)
            self.send({"kind": "cells", "cells": cells})
        with self._exclusive():
            self._standing = status

    def _follow_run(self) -> None:
        """Look once more when the run has ended: its last word comes after its last job's."""
        run = self.sweep.running
        if run is not None and run is not self._run:
            self._run = run
            run.follow_end(self._push_soon)

    # For ipywidgets

    def _share_here(self) -> None:
        with suppress(Exception):  # a sheet that cannot be drawn must not keep the grid from its cell
            self._sheet.draw()

    @t.validate("rows", "columns")
    def _check_names(self, proposal: Any) -> list[str]:
        names: list[str] = proposal["value"]
        refuse_unknown((name for name in names if name not in self._names), self._names)
        return list(dict.fromkeys(names))

    @t.observe("columns")
    def _columns_changed(self, _: Any) -> None:
        with self._exclusive():
            self.rows, _columns = completed(self.rows, self.columns, self._names)
        if hasattr(self, "_sheet"):
            self._sheet.changed()

    @t.observe("rows")
    def _rows_changed(self, _: Any) -> None:
        with self._exclusive():
            self.columns, _rows = completed(self.columns, self.rows, self._names)
