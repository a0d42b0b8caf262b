"""A table that is given to an experiment, read row by row into plain values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.template import name_of
from qwen_notebook.experiments.values import is_frame, is_hole, is_unread, length_of, limited, refuse_many
from qwen_notebook.reapi.formatting import one_line, shown
from qwen_notebook.reapi.values import plain


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table.

    Attributes
    ----------
    where
        How it is called in a sentence: ``row 3``.
    values
        By column; None for what is empty.
    """

    where: str
    values: dict[str, Any]


def records_of(table: object) -> list[Record]:
    """Read a table.

    Parameters
    ----------
    table
        A DataFrame of pandas or polars, a table of Arrow, or anything that gives dicts one after the other.

    Returns
    -------
    list of Record
        A hole, or a cell without a letter in it, is None. Whole numbers that a hole in their column has made floats of
        are whole again; a column that is float by itself stays so.

    Raises
    ------
    InvalidRequest
        If it is none, has no rows or too many, or two columns of one name.
    """
    labels, rows = _rows_of(table)
    if not rows:
        raise InvalidRequest("The table has no rows.", "Give it one at least.", field="table")
    labels = labels or [str(number) for number in range(len(rows))]
    records = [
        Record(f"row {label}", _values_of(row, label)) for label, row in zip(labels, rows, strict=True)
    ]
    # Of rows that a person wrote nothing was made: a 2.0 of theirs is one.
    names = {name: None for record in records for name in record.values} if is_frame(table) else {}
    for name in _made_float(names, records):
        for record in records:
            number = record.values.get(name)
            if isinstance(number, float) and not isnan(number):
                record.values[name] = int(number)
    for record in records:
        for name, value in record.values.items():
            if is_hole(value) or (isinstance(value, str) and not value.strip()):
                record.values[name] = None
    return records


def _rows_of(table: Any) -> tuple[list[str], list[Mapping[object, object]]]:
    """The labels of the rows, where they have any, and the rows."""
    if is_unread(table):
        raise InvalidRequest(
            f"The table is a {type(table).__name__}, which is not read yet.",
            "Give table.collect().",
            field="table",
        )
    if not is_frame(table):
        return [], _checked(table, table)
    names = getattr(table, "column_names", None) or getattr(table, "columns", ())
    _refuse_twice([str(name) for name in names])
    refuse_many(length_of(table), "The table", "rows", "table")  # before anything is made of it
    if hasattr(table, "to_dicts"):
        return [], _checked(table, table.to_dicts())
    if hasattr(table, "to_pylist"):
        return [], _checked(table, table.to_pylist())
    labels = [one_line(str(label)) for label in getattr(table, "index", ())]
    return labels, _checked(table, table.to_dict("records"))


def _checked(table: object, rows: object) -> list[Mapping[object, object]]:
    begun: Iterator[Any] | None = None
    if isinstance(rows, Iterable) and not isinstance(rows, str | bytes | Mapping):
        begun = iter(cast("Iterable[Any]", rows))
    records = [] if begun is None else limited(rows, begun, "The table", "rows", "table")
    if begun is None or not all(isinstance(record, Mapping) for record in records):
        raise InvalidRequest(
            f"The table is {shown(table)}.", "Give a DataFrame, or a list of dicts.", field="table"
        )
    return records


def _values_of(row: Mapping[object, object], label: str) -> dict[str, Any]:
    if None in row:  # how csv.DictReader keeps what is behind the last column
        raise InvalidRequest(
            f"Row {label} of the table has more cells than there are columns.",
            "Put a text with a comma in it between quotes.",
            field="table",
        )
    values = {name_of(str(name)): plain(value) for name, value in row.items()}
    if len(values) < len(row):
        _refuse_twice([str(name) for name in row])
    return values


def _refuse_twice(columns: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in map(name_of, columns):
        if name in seen:
            raise InvalidRequest(
                f"The axis {name!r} is given twice: the table has two such columns.",
                "Drop one.",
                field=name,
            )
        seen.add(name)


def _made_float(columns: Iterable[str], records: list[Record]) -> list[str]:
    """The columns of whole numbers that pandas made floats of, as it does where a cell is empty."""
    found: list[str] = []
    for name in columns:
        numbers = [record.values[name] for record in records if name in record.values]
        floats = all(isinstance(number, float) for number in numbers)
        holes = floats and any(isnan(number) for number in numbers)
        if holes and all(number.is_integer() for number in numbers if not isnan(number)):
            found.append(name)
    return found
