"""An experiment laid out in two directions: which axes go down, which across, and which have one value only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.template import name_of
from qwen_notebook.experiments.values import each_of
from qwen_notebook.reapi.formatting import one_line, shown
from qwen_notebook.reapi.request import refuse_unknown
from qwen_notebook.studio.picture import Picture

_MOST_COLUMNS = 6
Head = tuple[tuple[str, str], ...]
"""What stands at the head of a row or column: name and value of each axis."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its head, and a stand or None for each column."""

    head: Head
    cell_jobs: tuple[CellJob | None, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The experiment as a table.

    Attributes
    ----------
    common
        The axes that have one value only.
    columns
        The heads of the columns.
    """

    common: Head
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]


def lay_out(
    cell_jobs: Sequence[CellJob],
    axes: Mapping[str, Sequence[Any]],
    columns: str | Sequence[str] | None = None,
) -> Layout:
    """Lay an experiment out.

    Parameters
    ----------
    stands
        All cells, in order.
    axes
        Their axes.
    columns
        The axes that go across; None for the last that vary, as long as they make six columns at most.

    Raises
    ------
    InvalidRequest
        If there is no such axis.
    """
    varying = [name for name, values in axes.items() if len(values) > 1]
    across = across_of(axes, columns)
    down = [name for name in varying if name not in across]
    heads: dict[Head, int] = {}
    rows: dict[Head, dict[int, CellJob]] = {}
    for cell_job in cell_jobs:
        column = heads.setdefault(_head(cell_job, across), len(heads))
        rows.setdefault(_head(cell_job, down), {})[column] = cell_job
    return Layout(
        common=tuple((name, text_of(values[0])) for name, values in axes.items() if len(values) == 1),
        columns=tuple(heads),
        rows=tuple(
            Row(head, tuple(by_column.get(column) for column in range(len(heads))))
            for head, by_column in rows.items()
        ),
    )


def across_of(axes: Mapping[str, Sequence[Any]], columns: str | Sequence[str] | None) -> list[str]:
    """The axes that go across: those asked for, else the last that vary.

    Raises
    ------
    InvalidRequest
        If there is no such axis, or one is named twice, or it is no name.
    """
    if columns is None:
        return _trailing([name for name, values in axes.items() if len(values) > 1], axes)
    todo = 'Give the names of axes, as in columns=["animal"].'
    across: list[str] = []
    for name in each_of(columns, "columns", "names", "columns", todo, in_any_order=True):
        if not isinstance(name, str):
            raise InvalidRequest(
                f"columns has {shown(name)} in it, which names no axis.", todo, field="columns"
            )
        across.append(name_of(name))
    refuse_unknown((name for name in across if name not in axes), axes)
    if len(set(across)) < len(across):
        raise InvalidRequest("An axis stands twice among the columns.", "Name it once.", field="columns")
    return across


def _trailing(varying: Sequence[str], axes: Mapping[str, Sequence[Any]]) -> list[str]:
    """The last axis, and those before it while the table stays narrow; one at least goes down."""
    taken = list(varying[-1:])
    for name in reversed(varying[1:-1]):
        if prod(len(axes[other]) for other in (name, *taken)) > _MOST_COLUMNS:
            break
        taken.insert(0, name)
    return taken


def text_of(value: object) -> str:
    """A value as a label."""
    if isinstance(value, Picture):
        return value.path.stem
    return "none" if value is None else one_line(str(value)) or "(nothing)"


def _head(cell_job: CellJob, names: Sequence[str]) -> Head:
    # Where an axis plays no part, it has no label.
    return tuple(
        (name, text_of(value))
        for name in names
        if (value := cell_job.cell.values.get(name)) is not None or name == "image_url"
    )
