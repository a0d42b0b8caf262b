"""The axes of an experiment: what varies, checked as a whole, and multiplied out into combinations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from math import isnan, prod
from typing import Any, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.template import Template
from qwen_notebook.reapi.words import shown

SETTINGS = ("image_url", "image_size", "output_format", "nsfw_checker", "seed")
"""The request's fields that may vary, in the order in which they are multiplied out."""


@dataclass(frozen=True, slots=True)
class Combination:
    """One choice from every axis.

    Attributes
    ----------
    values
        By axis; None where an axis plays no part, as a word that the template does not use.
    prompt
        The template, filled.
    settings
        The request's fields that are axes.
    where
        The row or the prompt that it comes from, for a sentence; empty where there is only one.
    """

    values: Mapping[str, Any]
    prompt: str
    settings: Mapping[str, Any]
    where: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table: its prompts, and the values that go together."""

    where: str
    values: dict[str, Any]
    prompts: tuple[tuple[str, Template], ...]


class Axes:
    """What varies in an experiment.

    Parameters
    ----------
    prompts
        A prompt or several, which may be templates; None where the table has a column ``prompt``.
    table
        Rows of values that go together: a DataFrame, or a list of dicts. Everything else is crossed with them.
    given
        The other axes by name: the request's fields, and words for the templates.

    Attributes
    ----------
    values
        The values of each axis in order, by its name. The prompts are the axis ``prompt``, or ``template`` where
        they have holes.

    Raises
    ------
    InvalidRequest
        If an axis is empty, given twice or used nowhere, or a template cannot be filled.
    """

    def __init__(self, prompts: object, table: object, given: Mapping[str, object]) -> None:
        rows = _rows_of(table)
        columns = list(dict.fromkeys(name for _, row in rows for name in row))
        _refuse_twice(columns, given, prompts)
        self._crossed = {name: _values_of(name, values) for name, values in given.items()}
        shared = None if prompts is None else _templates(prompts)
        self._rows = [_row(where, values, shared) for where, values in rows]
        names = {*columns, *self._crossed} - {"prompt", "prompts"}
        templates = {template.text: template for row in self._rows for _, template in row.prompts}
        for template in templates.values():
            template.check(sorted(names), kind="axis")
        used = {name for template in templates.values() for name in template.names}
        _refuse_unused(sorted(names - used - set(SETTINGS)), (*SETTINGS, *sorted(used)))
        self.prompt_axis = (
            "template" if any(t.names or t.alternatives for t in templates.values()) else "prompt"
        )
        self.values = self._ordered(columns, templates, used)

    def _ordered(
        self, columns: Sequence[str], templates: Mapping[str, Template], used: set[str]
    ) -> dict[str, tuple[Any, ...]]:
        values: dict[str, tuple[Any, ...]] = {self.prompt_axis: tuple(templates)}
        for template in templates.values():
            values |= template.alternatives
        in_columns = {
            name: _distinct(row.values.get(name) for row in self._rows)
            for name in columns
            if name not in ("prompt", "prompts")
        }
        words = {name: v for name, v in (in_columns | self._crossed).items() if name not in SETTINGS}
        settings = in_columns | self._crossed
        return values | words | {name: settings[name] for name in SETTINGS if name in settings}

    def __len__(self) -> int:
        return sum(
            prod(len(values) for values in self._free(row, template).values())
            for row in self._rows
            for _, template in row.prompts
        )

    def __iter__(self) -> Iterator[Combination]:
        """Multiply out: prompts first, then words in the order given, then settings, seeds last."""
        blank = dict.fromkeys(self.values)
        for row in self._rows:
            for where, template in row.prompts:
                free = self._free(row, template)
                fixed = {self.prompt_axis: template.text} | row.values
                for choice in product(*free.values()):
                    values = blank | fixed | dict(zip(free, choice, strict=True))
                    settings = {name: values[name] for name in SETTINGS if name in values}
                    yield Combination(values, template.fill(values), settings, where)

    def _free(self, row: _Row, template: Template) -> dict[str, tuple[Any, ...]]:
        """What is multiplied out for one template of one row."""
        words = {name: self._crossed[name] for name in self._crossed if name in template.names}
        settings = {name: self._crossed[name] for name in SETTINGS if name in self._crossed}
        missing = [name for name in template.names if name not in words and row.values.get(name) is None]
        if missing:
            raise InvalidRequest(
                f"{row.where} has no value for {{{missing[0]}}}.",
                "Fill it in, or leave the row out.",
                field=missing[0],
            )
        return {**template.alternatives, **words, **settings}


def _row(where: str, values: dict[str, Any], shared: Sequence[Template] | None) -> _Row:
    if shared is None:
        own = values.get("prompt", values.get("prompts"))
        if own is None:
            raise InvalidRequest(
                f"{where or 'The experiment'} has no prompt.",
                "Give prompts=[…], or a table with a column 'prompt'.",
                field="prompts",
            )
        shared = [Template(own)]
    several = len(shared) > 1
    return _Row(
        where,
        {name: value for name, value in values.items() if name not in ("prompt", "prompts")},
        tuple(
            (", ".join(filter(None, (where, f"prompts[{number}]" if several else ""))), template)
            for number, template in enumerate(shared)
        ),
    )


def _templates(prompts: object) -> list[Template]:
    return [Template(prompt) for prompt in _values_of("prompts", prompts)]


def _refuse_unused(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        near = get_close_matches(name, known, n=1)
        raise InvalidRequest(
            f"The axis {name!r} is no setting, and no prompt has {{{name}}} in it.",
            f"Did you mean {near[0]!r}?" if near else "Use it in a prompt, or leave it out.",
            field=name,
        )


def _refuse_twice(columns: Sequence[str], given: Mapping[str, object], prompts: object) -> None:
    twice = next((name for name in columns if name in given), None)
    if twice is None and prompts is not None:
        twice = next((name for name in columns if name in ("prompt", "prompts")), None)
    if twice is None and {"prompt", "prompts"} <= set(columns):
        twice = "prompt"
    if twice is not None:
        raise InvalidRequest(
            f"The axis {twice!r} is given twice: in the table and beside it.",
            "Give it once.",
            field=twice,
        )


def _values_of(name: str, given: object) -> tuple[Any, ...]:
    """The values of an axis: one of them, or many."""
    if given is None or isinstance(given, str | bytes):
        return (given,)
    try:
        values = tuple(cast("Iterable[Any]", given))
    except TypeError:
        return (given,)
    if not values:
        raise InvalidRequest(
            f"The axis {name!r} has no values, so there would be nothing to make.",
            "Give it one at least, or leave it out.",
            field=name,
        )
    return values


def _rows_of(table: object) -> list[tuple[str, dict[str, Any]]]:
    """The lines of a table, each with how it is called in a sentence."""
    if table is None:
        return [("", {})]
    source: Any = table
    if hasattr(source, "columns") and hasattr(source, "to_dict"):
        columns = [str(name) for name in source.columns]
        twice = next((name for name in columns if columns.count(name) > 1), None)
        if twice is not None:
            raise InvalidRequest(
                f"The axis {twice!r} is given twice: the table has two such columns.",
                "Drop one.",
                field=twice,
            )
        labels, records = list(source.index), source.to_dict("records")
    else:
        records = source.to_dicts() if hasattr(source, "to_dicts") else list(source)
        labels = list(range(len(records)))
    if not all(isinstance(record, Mapping) for record in records):
        raise InvalidRequest(
            f"The table is {shown(table)}.", "Give a DataFrame, or a list of dicts.", field="table"
        )
    if not records:
        raise InvalidRequest("The table has no rows.", "Give it one at least.", field="table")
    return [
        (f"row {label}", {str(name): _plain(value) for name, value in record.items()})
        for label, record in zip(labels, records, strict=True)
    ]


def _plain(value: Any) -> Any:
    """A table's value: what is missing there is None, and whole numbers are whole again."""
    if isinstance(value, float):
        if isnan(value):  # how pandas writes a hole, and which makes floats of whole numbers
            return None
        return int(value) if value.is_integer() else value
    item = getattr(value, "item", None)
    if callable(item):
        return _plain(item())
    return None if type(value).__name__ in ("NAType", "NaTType") else value


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    seen: list[Any] = []
    hashed: set[Any] = set()
    for value in values:
        try:
            if value in hashed:
                continue
            hashed.add(value)
        except TypeError:
            if value in seen:
                continue
        seen.append(value)
    return tuple(seen)
