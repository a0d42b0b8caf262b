"""Columns of one type each, as file formats ask for."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

Row = dict[str, Any]
Columns = dict[str, list[Any]]


def evened(rows: Sequence[Row], names: Container[str] | None = None) -> list[Row]:
    """Rows whose columns have one type each: text where an axis mixes several, as file formats ask for.

    Parameters
    ----------
    rows
        The rows.
    names
        The columns that may be changed; None for all.
    """
    kinds: dict[str, set[type[Any]]] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None:
                kinds.setdefault(name, set[type[Any]]()).add(cast("type[Any]", type(value)))
    plain = (str, int, float, bool, datetime)
    mixed = {name for name, types in kinds.items() if len(types) > 1 or not types <= set(plain)}
    mixed -= {
        name for name in mixed if kinds[name] <= {int, float} or (names is not None and name not in names)
    }
    return [_with_text(row, mixed) for row in rows]


def _with_text(row: Mapping[str, Any], mixed: set[str]) -> Row:
    return {name: str(value) if name in mixed and value is not None else value for name, value in row.items()}
