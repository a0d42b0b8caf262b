"""The contact sheet beside a grid: what a reader without a kernel sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.throttle import Throttle
from qwen_notebook.experiments.contact_sheet import jpeg_of
from qwen_notebook.experiments.grid.source import GridSource
from qwen_notebook.experiments.grid.tracker import CellTracker
from qwen_notebook.widget.outputs import SharedOutputs

_PACE_SECONDS = 4.0


@cache
def grid_executor() -> DaemonExecutor:
    """The one thread on which grids do what takes its time."""
    return DaemonExecutor(1, "qwen-notebook-grid")


class SheetOutput:
    """Keeps the first contact sheet as a plain output of the cell that shows the grid.

    Parameters
    ----------
    source
        Whose pictures are drawn.
    tracker
        How its cells stand.
    outputs
        Where it is published.
    columns
        Tells the axes that go across.
    key
        The output's name.
    """

    def __init__(
        self,
        source: GridSource,
        tracker: CellTracker,
        outputs: SharedOutputs,
        columns: Callable[[], Sequence[str]],
        key: str,
    ) -> None:
        self._source = source
        self._tracker = tracker
        self._outputs = outputs
        self._columns = columns
        self._key = key
        self._pace = Throttle(self._draw_soon, _PACE_SECONDS)

    def changed(self) -> None:
        """Draw it again, some time soon and on a thread of its own."""
        if self._outputs.placed:
            self._pace()

    def draw(self) -> None:
        """Draw it now, if there is a picture yet."""
        saved = self._tracker.counts["saved"]
        if not self._outputs.placed or not saved:
            return
        pages = self._source.sheets(self._columns())
        progress = f"{saved:,} of {len(self._source.cells):,} saved."
        more = (
            f"\nPage 1 of {len(pages)}: {self._source.name}.sheets() has them all." if len(pages) > 1 else ""
        )
        self._outputs.show(self._key, jpeg_of(pages[0]), f"{self._source.title}\n{progress}{more}")

    def close(self) -> None:
        """Draw it no more."""
        self._pace.close()

    def _draw_soon(self) -> None:
        grid_executor().submit(self.draw)
