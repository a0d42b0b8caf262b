"""Where each cell stands in a table whose axes were put down or across in any order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qwen_notebook.experiments.cells import Cell
from qwen_notebook.experiments.layout import text_of
from qwen_notebook.experiments.values import known_by

Key = tuple[int, ...]


class Arrangement:
    """A table of cells.

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
    >>> arranged = Arrangement(sweep.cells, sweep.axes, ["animal"], ["seed"])  # doctest: +SKIP
    >>> arranged.row_head(0), arranged.at(0, 0)  # doctest: +SKIP
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

    def at(self, row: int, column: int) -> int | None:
        """The number of the cell at a place; None where there is none."""
        return self._cells.get((row, column))

    def row_head(self, row: int) -> list[str | None]:
        """The values that a row stands for; None where an axis plays no part."""
        return self._head(self._rows, self._down[row])

    def column_head(self, column: int) -> list[str | None]:
        """The values that a column stands for; None where an axis plays no part."""
        return self._head(self._columns, self._across[column])

    def _head(self, names: Sequence[str], key: Key) -> list[str | None]:
        return [
            self._texts[name][place] if place < len(self._texts[name]) else None
            for name, place in zip(names, key, strict=True)
        ]


def varying(axes: Mapping[str, Sequence[Any]]) -> list[str]:
    """The axes that have more than one value, in order."""
    return [name for name, values in axes.items() if len(values) > 1]


def completed(
    rows: Iterable[str], columns: Iterable[str], names: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Put each axis in one place: across where it is named there, else down; names that are none are left out."""
    across = list(dict.fromkeys(name for name in columns if name in names))
    down = [name for name in dict.fromkeys((*rows, *names)) if name in names and name not in across]
    return down, across


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
