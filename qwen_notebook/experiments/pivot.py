"""Where each cell of an experiment stands in a table: the one that the grid, the contact sheets and HTML show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qwen_notebook.experiments.axis_choice import across_of, completed, varying
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.experiments.labels import Labels, axis_label, text_of
from qwen_notebook.experiments.values import known_by

Key = tuple[int, ...]


class Pivot:
    """A table of cells, with axes down and across in any order.

    Its rows and columns follow the order of the axes' values, whichever cells there are. It holds a number for each
    cell and no place for those left out, so that ten thousand are nothing.

    Parameters
    ----------
    cells
        All of them; each is known by its place among them.
    axes
        The values of each axis.
    rows, columns
        The axes that go down and across, the outermost first.

    Attributes
    ----------
    height, width
        How many rows and columns there are: only those that have a cell.

    Examples
    --------
    >>> table = Pivot(sweep.cells, sweep.axes, ["animal"], ["seed"])  # doctest: +SKIP
    >>> table.row_head(0), table.at(0, 0)  # doctest: +SKIP
    (['fox'], 0)
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        axes: Mapping[str, Sequence[Any]],
        rows: Sequence[str],
        columns: Sequence[str],
    ) -> None:
        places = {name: _Places(axes[name]) for name in (*rows, *columns)}
        down = [_key(cell, rows, places) for cell in cells]
        across = [_key(cell, columns, places) for cell in cells]
        # Sorted by the order of the axes' values, so that equal outer values stand together whatever the nesting.
        self._down, self._across = sorted(set(down)), sorted(set(across))
        self._texts = {name: [text_of(value) for value in axes[name]] for name in places}
        self._rows, self._columns = tuple(rows), tuple(columns)
        self.height, self.width = len(self._down), len(self._across)
        row_of = {key: number for number, key in enumerate(self._down)}
        column_of = {key: number for number, key in enumerate(self._across)}
        self._cells = {
            (row_of[row], column_of[column]): number
            for number, (row, column) in enumerate(zip(down, across, strict=True))
        }

    @classmethod
    def of(
        cls,
        cells: Sequence[Cell],
        axes: Mapping[str, Sequence[Any]],
        columns: str | Sequence[str] | None = None,
    ) -> Pivot:
        """The table with these axes across and the others that vary down.

        Parameters
        ----------
        columns
            The axes that go across; None for the last that vary, as long as they make six columns at most. One that
            has a single value makes no column: it stands above the table with what all cells have in common.

        Raises
        ------
        InvalidRequest
            If there is no such axis.
        """
        down, across = completed((), across_of(axes, columns), varying(axes))
        return cls(cells, axes, down, across)

    def at(self, row: int, column: int) -> int | None:
        """The number of the cell at a place; None where there is none."""
        return self._cells.get((row, column))

    def row_head(self, row: int) -> list[str | None]:
        """The values that a row stands for; None where an axis plays no part."""
        return self._head(self._rows, self._down[row])

    def column_head(self, column: int) -> list[str | None]:
        """The values that a column stands for; None where an axis plays no part."""
        return self._head(self._columns, self._across[column])

    def row_labels(self, row: int) -> Labels:
        """The axes that play a part in a row, with their values."""
        return _labels(self._rows, self.row_head(row))

    def column_labels(self, column: int) -> Labels:
        """The axes that play a part in a column, with their values."""
        return _labels(self._columns, self.column_head(column))

    def _head(self, names: Sequence[str], key: Key) -> list[str | None]:
        return [
            self._texts[name][place] if place < len(self._texts[name]) else None
            for name, place in zip(names, key, strict=True)
        ]


class _Places:
    """The place of each value on its axis; a value that is not there has the place after the last."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        try:
            self._known = {known_by(value): place for place, value in enumerate(values)}
        except TypeError:  # some value has no hash
            self._known = None

    def of(self, value: Any) -> int:
        nowhere, known = len(self._values), known_by(value)
        if self._known is not None and value.__hash__ is not None:
            return self._known.get(known, nowhere)
        return next((place for place, one in enumerate(self._values) if known_by(one) == known), nowhere)


def _key(cell: Cell, names: Sequence[str], places: Mapping[str, _Places]) -> Key:
    return tuple(places[name].of(cell.values.get(name)) for name in names)


def _labels(names: Sequence[str], head: Sequence[str | None]) -> Labels:
    return tuple((axis_label(name), text) for name, text in zip(names, head, strict=True) if text is not None)
