"""What a grid shows: anything that has cells on axes, an experiment among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.studio.studio import Studio

if TYPE_CHECKING:
    from PIL import Image

    from qwen_notebook.experiments.run import SweepRun


class GridSource(Protocol):
    """What the grid reads. Whatever has this can be shown as a grid.

    Everything that is known of a cell's job, such as its picture, its marks and what it cost, the grid asks the studio.
    """

    @property
    def studio(self) -> Studio:
        """Whose jobs the cells are."""
        ...

    @property
    def name(self) -> str:
        """What a cell of the notebook may call it, in what is said of it: ``sweep``."""
        ...

    @property
    def title(self) -> str:
        """What stands above it."""
        ...

    @property
    def axes(self) -> Mapping[str, Sequence[Any]]:
        """The values of each axis, by its name."""
        ...

    @property
    def cells(self) -> Sequence[Cell]:
        """All cells. Those that have the same request stand beside each other."""
        ...

    @property
    def skipped(self) -> int:
        """How many combinations were left out."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """Why nothing can be sent, a sentence each; empty where all can."""
        ...

    @property
    def running(self) -> SweepRun | None:
        """The run that was started last."""
        ...

    def look_up(self, cells: Sequence[Cell]) -> list[CellJob]:
        """Find the jobs of some cells: all that have the same request, however many requests that are."""
        ...

    def sheets(self, columns: Sequence[str]) -> Sequence[Image.Image]:
        """The contact sheets, with these axes across."""
        ...
