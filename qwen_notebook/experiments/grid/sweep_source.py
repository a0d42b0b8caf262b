"""An experiment, as the grid reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qwen_notebook.experiments.cell_status import CellJob, cell_jobs_of
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.studio.studio import Studio, core_of

if TYPE_CHECKING:
    from PIL import Image

    from qwen_notebook.experiments.run import SweepRun
    from qwen_notebook.experiments.sweep import Sweep


class SweepSource:
    """Reads an experiment for a grid; see `GridSource`.

    Parameters
    ----------
    sweep
        The experiment.
    """

    name = "sweep"

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self.studio: Studio = sweep.studio
        self.title: str = sweep.title
        self.axes: Mapping[str, Sequence[Any]] = sweep.axes
        self.cells: Sequence[Cell] = sweep.cells
        self.skipped: int = sweep.skipped
        self.problems: Sequence[str] = sweep.problems

    @property
    def running(self) -> SweepRun | None:
        """The run that was started last."""
        return self._sweep.running

    def look_up(self, cells: Sequence[Cell]) -> list[CellJob]:
        """Find the jobs of some cells in the studio's folder."""
        return cell_jobs_of(cells, core_of(self.studio).lookup)

    def sheets(self, columns: Sequence[str]) -> Sequence[Image.Image]:
        """The contact sheets, with these axes across."""
        return self._sweep.sheets(columns=columns)
