"""The words for axes and their values: the same in the grid, on contact sheets and in HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.studio.picture import Picture

Labels = tuple[tuple[str, str], ...]
"""Name and value of several axes, in words."""


def axis_label(name: str) -> str:
    """An axis as a person would say it."""
    return name.replace("_", " ")


def text_of(value: object) -> str:
    """A value in words."""
    if isinstance(value, Picture):
        return value.path.stem
    return "none" if value is None else one_line(str(value)) or "(nothing)"


def value_label(axis: str, text: str) -> str:
    """A value that stands alone: a bare number tells nobody what it is, so its axis is named with it.

    Examples
    --------
    >>> value_label("seed", "7"), value_label("animal", "fox")
    ('seed 7', 'fox')
    """
    return f"{axis} {text}" if text.isascii() and text.isdecimal() else text


def common_labels(axes: Mapping[str, Sequence[Any]], title: str) -> Labels:
    """The axes that have one value only, which stand above a table; without the one that its title says."""
    common = ((axis_label(name), text_of(values[0])) for name, values in axes.items() if len(values) == 1)
    return tuple((name, text) for name, text in common if text != title)
