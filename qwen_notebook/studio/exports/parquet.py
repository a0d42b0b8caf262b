"""Rows as a Parquet file. Imported only where there is pyarrow."""

import io
import json
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Any

from qwen_notebook.studio.exports.columns import Row


def parquet_of(rows: Sequence[Row], whole: Collection[str]) -> bytes:
    """A Parquet file with these rows.

    Parameters
    ----------
    rows
        Of plain values, with one type in each column.
    whole
        The columns of whole numbers, some or all of which may be missing.

    Returns
    -------
    bytes
        The file. To pandas it says which columns are whole numbers, as they would be floats where one is missing.
    """
    pyarrow: Any = import_module("pyarrow")
    table: Any = pyarrow.Table.from_pylist(list(rows))
    for number, name in enumerate(table.column_names):
        if name in whole:
            table = table.set_column(number, name, table.column(name).cast(pyarrow.int64()))
    said = {"columns": [_as_whole(name) for name in table.column_names if name in whole]}
    head = json.dumps({"index_columns": [], "column_indexes": []} | said)
    file = io.BytesIO()
    import_module("pyarrow.parquet").write_table(table.replace_schema_metadata({"pandas": head}), file)
    return file.getvalue()


def _as_whole(name: str) -> dict[str, str | None]:
    """What pandas reads a column of whole numbers as: one of its own, which may have holes."""
    return {"name": name, "field_name": name, "pandas_type": "int64", "numpy_type": "Int64", "metadata": None}
