"""The cells of an experiment that have certain values on its axes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qwen_notebook.experiments.cells import Cell
from qwen_notebook.experiments.template import name_of
from qwen_notebook.experiments.values import choices_of
from qwen_notebook.reapi.request import refuse_unknown


def chooser(axes: Mapping[str, Sequence[Any]], values: Mapping[str, object]) -> Callable[[Cell], bool]:
    """What tells the cells that have these values.

    Parameters
    ----------
    axes
        Of the experiment.
    values
        By axis: a value, or several of which each will do.

    Raises
    ------
    InvalidRequest
        If there is no such axis, or what is looked for is not a value.
    """
    wanted = {name_of(name): choices_of(name, value) for name, value in values.items()}
    refuse_unknown((name for name in wanted if name not in axes), axes)
    return lambda cell: all(cell.values[name] in choices for name, choices in wanted.items())
