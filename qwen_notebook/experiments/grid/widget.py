"""The grid: an experiment as a table that fills while it runs."""

# ipywidgets, anywidget and traitlets have no types of their own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import traitlets as t

from qwen_notebook.concurrency.throttle import Throttle
from qwen_notebook.experiments.axis_choice import completed, varying
from qwen_notebook.experiments.grid.handlers import GridHandlers
from qwen_notebook.experiments.grid.serialize import serialize_sweep
from qwen_notebook.experiments.grid.session import GridSession
from qwen_notebook.experiments.grid.source import GridSource
from qwen_notebook.experiments.grid.sweep_source import SweepSource
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import GenerationRequest, refuse_unknown
from qwen_notebook.studio.studio import Studio, core_of
from qwen_notebook.widget.assets import asset
from qwen_notebook.widget.base import Widget
from qwen_notebook.widget.front_end import FrontEnd
from qwen_notebook.widget.panel import QwenWidget, newest_panel
from qwen_notebook.widget.replies import LaterReply, Result
from qwen_notebook.widget.soon import Soon

if TYPE_CHECKING:
    from qwen_notebook.experiments.sweep import Sweep

_PACE_SECONDS = 0.4


@always_printable
class Grid(Widget[GridSession]):
    """Whatever has cells on axes, as a live table.

    Parameters
    ----------
    source
        What is shown.
    columns
        The axes that go across.
    panel
        Where "Use in panel" writes; None for the newest open panel of the studio's folder.
    """

    rows = t.List(t.Unicode()).tag(sync=True)
    columns = t.List(t.Unicode()).tag(sync=True)

    _esm = t.Unicode().tag(sync=True)
    _css = t.Unicode().tag(sync=True)
    _sweep = t.Dict().tag(sync=True)
    _standing = t.Dict().tag(sync=True)

    def __init__(
        self, source: GridSource, columns: Sequence[str] = (), panel: QwenWidget | None = None
    ) -> None:
        self.panel = panel
        self._source = source
        self._names = varying(source.axes)
        down, across = completed((), columns, self._names)
        super().__init__(
            source.studio,
            _esm=asset("grid.js"),
            _css=asset("grid.css"),
            rows=down,
            columns=across,
            _sweep=dict(serialize_sweep(source)),
        )

    def close(self) -> None:
        """Take it off the screen and let go of all it holds. The pictures stay, and so does what they belong to."""
        super().close()
        self.panel = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} · {self._source.title} · {self._hint('it')}>"

    # How it is put together: its session never waits, so that it is called at once

    def _open_session(self, studio: Studio, front_end: FrontEnd) -> GridSession:
        return GridSession(self._source, front_end, lambda: self.columns)

    def _handler(self) -> Callable[[Any], Result | LaterReply]:
        return GridHandlers(self._session, self._restore_in_panel).handle

    def _follow_jobs(self) -> Callable[[], None]:
        return core_of(self.studio).follow(self._session.job_moved)

    def _soon(self, push: Callable[[], None]) -> Soon:
        return Throttle(push, _PACE_SECONDS)

    def _restore_in_panel(self, request: GenerationRequest) -> bool:
        panel = self.panel
        if panel is None or panel.comm is None:
            panel = newest_panel(self.studio)
        if panel is not None:
            panel.restore(request)
        return panel is not None

    # For traitlets

    @t.validate("rows", "columns")
    def _check_names(self, proposal: Any) -> list[str]:
        names: list[str] = proposal["value"]
        refuse_unknown((name for name in names if name not in self._names), self._names)
        return list(dict.fromkeys(names))

    @t.observe("columns")
    def _columns_changed(self, _: Any) -> None:
        with self._exclusive():
            self.rows, _columns = completed(self.rows, self.columns, self._names)
        self._session.columns_changed()

    @t.observe("rows")
    def _rows_changed(self, _: Any) -> None:
        with self._exclusive():
            self.columns, _rows = completed(self.columns, self.rows, self._names)


class SweepGrid(Grid):
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

    def __init__(self, sweep: Sweep, columns: Sequence[str], panel: QwenWidget | None = None) -> None:
        self.sweep = sweep
        super().__init__(SweepSource(sweep), columns, panel)
