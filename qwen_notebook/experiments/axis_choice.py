"""Which axes of an experiment go down and which across."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.template import name_of
from qwen_notebook.experiments.values import each_of
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.request import refuse_unknown

_MOST_COLUMNS = 6


def varying(axes: Mapping[str, Sequence[Any]]) -> list[str]:
    """The axes that have more than one value, in order: only they are laid out."""
    return [name for name, values in axes.items() if len(values) > 1]


def across_of(axes: Mapping[str, Sequence[Any]], columns: str | Sequence[str] | None) -> list[str]:
    """The axes that go across: those asked for, else the last that vary.

    Raises
    ------
    InvalidRequest
        If there is no such axis, or one is named twice, or it is no name.
    """
    if columns is None:
        return _trailing(varying(axes), axes)
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


def completed(
    rows: Iterable[str], columns: Iterable[str], names: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Put each axis in one place: across where it is named there, else down; names that are none are left out."""
    across = list(dict.fromkeys(name for name in columns if name in names))
    down = [name for name in dict.fromkeys((*rows, *names)) if name in names and name not in across]
    return down, across


def _trailing(names: Sequence[str], axes: Mapping[str, Sequence[Any]]) -> list[str]:
    """The last axis, and those before it while the table stays narrow; one at least goes down."""
    taken = list(names[-1:])
    for name in reversed(names[1:-1]):
        if prod(len(axes[other]) for other in (name, *taken)) > _MOST_COLUMNS:
            break
        taken.insert(0, name)
    return taken
