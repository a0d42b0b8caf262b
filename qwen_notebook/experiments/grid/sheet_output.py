"""The contact sheet beside a grid: what a reader without a kernel sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.throttle import Throttle
from qwen_notebook.experiments.contact_sheet import jpeg_of
from qwen_notebook.experiments.grid.tracker import CellTracker
from qwen_notebook.widget.outputs import SharedOutputs

if TYPE_CHECKING:
    from qwen_notebook.experiments.sweep import Sweep

_PACE_SECONDS = 4.0


@cache
def grid_executor() -> DaemonExecutor:
    """The one thread on which grids do what takes its time."""
    return DaemonExecutor(1, "qwen-notebook-grid")


class SheetOutput:
    """Keeps the first contact sheet as a plain output of the cell that shows the grid.

    Parameters
    ----------
    sweep
        Whose pictures are drawn.
    board
        How its cells stand.
    shared
        Where it is published.
    columns
        Tells the axes that go across.
    key
        The output's name.
    """

    def __init__(
        self,
        sweep: Sweep,
        tracker: CellTracker,
        shared: SharedOutputs,
        columns: Callable[[], Sequence[str]],
        key: str,
    ) -> None:
        self._sweep = sweep
        self._tracker = tracker
        self._shared = shared
        self._columns = columns
        self._key = key
        self._pace = Throttle(self._send_to_back_room, _PACE_SECONDS)

    def changed(self) -> None:
        """Draw it again, some time soon and on a thread of its own."""
        if self._shared.placed:
            self._pace()

    def draw(self) -> None:
        """Draw it now, if there is a picture yet."""
        saved = self._tracker.counts["saved"]
        if not self._shared.placed or not saved:
            return
        pages = self._sweep.sheets(columns=self._columns())
        progress = f"{saved:,} of {len(self._sweep):,} saved."
        more = f"\nPage 1 of {len(pages)}: sweep.sheets() has them all." if len(pages) > 1 else ""
        self._shared.show(self._key, jpeg_of(pages[0]), f"{self._sweep.title}\n{progress}{more}")

    def close(self) -> None:
        """Draw it no more."""
        self._pace.close()

    def _send_to_back_room(self) -> None:
        grid_executor().submit(self.draw)
