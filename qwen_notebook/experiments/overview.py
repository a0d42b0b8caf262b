"""An experiment at one moment, as it is drawn where nothing moves: what contact sheets and HTML share."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.labels import Labels
from qwen_notebook.experiments.pivot import Pivot


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The experiment, ready to be drawn.

    Attributes
    ----------
    title
        What stands above the table.
    common
        The axes that have one value only.
    table
        Where each cell stands.
    cell_jobs
        How each stands at this moment, in the order of the experiment.
    preview_of
        The JPEG of a cell's picture; None where it has none.
    """

    title: str
    common: Labels
    table: Pivot
    cell_jobs: Sequence[CellJob]
    preview_of: Callable[[CellJob], bytes | None]

    def row(self, row: int) -> Iterator[CellJob | None]:
        """The cells of a row, one for each column; None where there is none."""
        return (self.at(row, column) for column in range(self.table.width))

    def at(self, row: int, column: int) -> CellJob | None:
        """The cell at a place; None where there is none."""
        number = self.table.at(row, column)
        return None if number is None else self.cell_jobs[number]
