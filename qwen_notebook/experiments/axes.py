"""The axes of an experiment: what varies, checked as a whole, and multiplied out into combinations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from math import prod
from typing import Any, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.axis_names import SETTINGS, check_names
from qwen_notebook.experiments.input_rows import Record, records_of
from qwen_notebook.experiments.template import Template, name_of
from qwen_notebook.experiments.values import is_hole, known_by, refuse_many, values_of, word_of
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import plain

__all__ = ["SETTINGS", "Axes", "Combination"]

_MAY_BE_NONE = ("image_url", "seed")
"""Settings of which None is a value: no source, and a seed that is drawn."""
_PROMPTS = ("prompt", "prompts")


@dataclass(frozen=True, slots=True)
class Combination:
    """One choice from every axis.

    Attributes
    ----------
    values
        By axis; None where an axis plays no part, as a word that the template does not use.
    prompt
        The template, filled.
    as_given
        The same before its texts were put into one normal form, as an earlier version sent it.
    settings
        The request's fields that are axes.
    where
        The row or the prompt that it comes from, for a sentence; empty where there is only one.
    """

    values: Mapping[str, Any]
    prompt: str
    as_given: str
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
        If an axis is empty, has a hole, is given twice or used nowhere, has a name of ours or too many values, or a
        template cannot be filled.
    """

    def __init__(self, prompts: object, table: object, given: Mapping[str, object]) -> None:
        records = [Record("", {})] if table is None else records_of(table)
        columns = list(dict.fromkeys(name for record in records for name in record.values))
        given = {name_of(name): values for name, values in given.items()}
        _refuse_twice(columns, given, prompts)
        check_names((*(name for name in columns if name not in _PROMPTS), *given))
        self._as_given: dict[str, str] = {}
        self._crossed = {name: self._checked(name, values_of(name, values)) for name, values in given.items()}
        least = len(records) * prod(len(v) for name, v in self._crossed.items() if name in SETTINGS)
        refuse_many(least, "The experiment", "cells", None)  # before a line of it is made
        shared = None if prompts is None else _templates(prompts, least)
        self._rows = [self._row(record, shared) for record in records]
        names = {*columns, *self._crossed} - {*_PROMPTS}
        templates = {template.text: template for row in self._rows for _, template in row.prompts}
        self._choices = _choices_of(templates.values())
        check_names(name for name in self._choices if "|" not in name)
        for template in templates.values():
            _refuse_named_twice(template, names)
            template.check(sorted(names), kind="axis")
        used = {name for template in templates.values() for name in template.names}
        _refuse_unused(sorted(names - used - set(SETTINGS)), (*SETTINGS, *sorted(used)))
        self.prompt_axis = (
            "template" if any(t.names or t.alternatives for t in templates.values()) else "prompt"
        )
        self.values = self._ordered(columns, templates)

    def _checked(self, name: str, values: Sequence[object]) -> tuple[Any, ...]:
        """The values of an axis, each plain."""
        return tuple(
            self._value(name, value, f"The axis {name}, value {number},")
            for number, value in enumerate(values, 1)
        )

    def _value(self, name: str, value: object, place: str) -> Any:
        setting = name in SETTINGS
        if setting and not is_hole(value):
            return plain(value)  # what it may be, the request knows
        if setting and value is None and name in _MAY_BE_NONE:
            return None
        word = word_of(value, place, name)
        if isinstance(word, str) and (written := plain(value)) != word:
            self._as_given[word] = written
        return word

    def _row(self, record: Record, shared: Sequence[Template] | None) -> _Row:
        if shared is None:
            own = record.values.get("prompt", record.values.get("prompts"))
            if own is None:
                raise InvalidRequest(
                    f"{record.where or 'The experiment'} has no prompt.",
                    "Give prompts=[…], or a table with a column 'prompt'.",
                    field="prompts",
                )
            shared = [Template(own)]
        several = len(shared) > 1
        return _Row(
            record.where,
            {
                name: None if value is None else self._cell(name, value, record.where)
                for name, value in record.values.items()
                if name not in _PROMPTS
            },
            tuple(
                (", ".join(filter(None, (record.where, f"prompts[{number}]" if several else ""))), template)
                for number, template in enumerate(shared)
            ),
        )

    def _cell(self, name: str, value: object, where: str) -> Any:
        if name == "seed" and isinstance(value, float) and value.is_integer():
            return int(
                value
            )  # a seed can be nothing else, and dropping rows with holes leaves a column float
        return self._value(name, value, f"{where[:1].upper()}{where[1:]}, column {name},")

    def _ordered(
        self, columns: Sequence[str], templates: Mapping[str, Template]
    ) -> dict[str, tuple[Any, ...]]:
        values: dict[str, tuple[Any, ...]] = {self.prompt_axis: tuple(templates)} | self._choices
        in_columns = {
            name: _distinct(row.values.get(name) for row in self._rows)
            for name in columns
            if name not in _PROMPTS
        }
        settings = in_columns | self._crossed
        words = {name: v for name, v in settings.items() if name not in SETTINGS}
        return values | words | {name: settings[name] for name in SETTINGS if name in settings}

    @property
    def count(self) -> int:
        """How many combinations there are; none is made for it."""
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
                    prompt = template.fill(values)
                    as_given = prompt
                    if self._as_given or template.is_changed:
                        as_given = template.fill_as_given(values, self._as_given)
                    yield Combination(values, prompt, as_given, settings, where)

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


def _templates(prompts: object, times: int) -> list[Template]:
    if isinstance(prompts, Mapping):
        raise InvalidRequest(
            f"prompts is {shown(cast('object', prompts))}.",
            "Give a text, or a list of them.",
            field="prompts",
        )
    given = values_of("prompts", prompts)
    refuse_many(len(given) * times, "The experiment", "cells", None)
    templates: list[Template] = []
    for number, prompt in enumerate(given, 1):
        if is_hole(prompt):
            word_of(prompt, f"The axis prompts, value {number},", "prompts")
        templates.append(Template(prompt))
    return templates


def _choices_of(templates: Iterable[Template]) -> dict[str, tuple[str, ...]]:
    """What the templates themselves offer, all of one name together."""
    choices: dict[str, tuple[str, ...]] = {}
    for template in templates:
        for name, own in template.alternatives.items():
            choices[name] = _distinct((*choices.get(name, ()), *own))
    return choices


def _refuse_named_twice(template: Template, names: set[str]) -> None:
    for name in template.alternatives:
        if name in names or name in SETTINGS:
            raise InvalidRequest(
                f"The prompt has alternatives under the name {name!r}, and "
                + ("that is a setting." if name in SETTINGS else "there is an axis of that name too."),
                f"Give {name}= its values alone, or call the alternatives something else.",
                field=name,
            )


def _refuse_unused(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        near = get_close_matches(name, known, n=1)
        raise InvalidRequest(
            f"The axis {name!r} is not a setting, and no prompt has {{{name}}} in it.",
            f"Did you mean {near[0]!r}?" if near else "Use it in a prompt, or leave it out.",
            field=name,
        )


def _refuse_twice(columns: Sequence[str], given: Mapping[str, object], prompts: object) -> None:
    twice = next((name for name in columns if name in given), None)
    if twice is None and prompts is not None:
        twice = next((name for name in columns if name in _PROMPTS), None)
    if twice is None and {*_PROMPTS} <= set(columns):
        twice = "prompt"
    if twice is not None:
        raise InvalidRequest(
            f"The axis {twice!r} is given twice: in the table and beside it.",
            "Give it once.",
            field=twice,
        )


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    seen: list[tuple[object, Any]] = []
    hashed: set[tuple[object, Any]] = set()
    for value in values:
        known = known_by(value)
        try:
            if known in hashed:
                continue
            hashed.add(known)
        except TypeError:
            if known in seen:
                continue
        seen.append(known)
    return tuple(value for _, value in seen)
