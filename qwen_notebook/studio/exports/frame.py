"""The DataFrame that `to_frame` gives: any other, but that Excel takes it. Imported only where there is pandas."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from typing import Any, cast

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.studio.picture import Picture

pandas: Any = import_module("pandas")
_DataFrame: Any = pandas.DataFrame
_Series: Any = pandas.Series
_NOT_IN_EXCEL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that its file format cannot hold."""


class Column(_Series):
    """A column, or a row, whose `to_excel` works."""

    @property
    def _constructor(self) -> Any:
        return Column

    @property
    def _constructor_expanddim(self) -> Any:
        return Frame

    def __reduce__(self) -> Any:
        return pandas.Series, (pandas.Series(self),)

    def to_excel(self, excel_writer: Any, *args: Any, **settings: Any) -> None:
        """Write it as an Excel file; see `Frame.to_excel`."""
        self.to_frame().to_excel(excel_writer, *args, **settings)


class Frame(_DataFrame):
    """A DataFrame whose `to_excel` works: Excel knows neither time zones nor lists."""

    @property
    def _constructor(self) -> Any:
        return Frame

    @property
    def _constructor_sliced(self) -> Any:
        return Column

    def __reduce__(self) -> Any:
        # To be opened by those too who have pandas only.
        return pandas.DataFrame, (pandas.DataFrame(self),)

    def to_excel(self, excel_writer: Any, *args: Any, **settings: Any) -> None:
        """Write it as an Excel file: times in UTC, without saying so; what Excel does not know as text.

        Parameters are those of `pandas.DataFrame.to_excel`.

        Raises
        ------
        QwenError
            If what pandas writes Excel files with is not installed.
        """
        try:
            sheet = args[0] if args else settings.get("sheet_name", "Sheet1")
            if isinstance(excel_writer, pandas.ExcelWriter):
                for_excel(self).to_excel(excel_writer, *args, **settings)
                _keep_text(excel_writer, sheet)
            else:
                with pandas.ExcelWriter(excel_writer, engine=settings.pop("engine", None)) as writer:
                    for_excel(self).to_excel(writer, *args, **settings)
                    _keep_text(writer, sheet)
        except ImportError:
            raise QwenError(
                "An Excel file needs openpyxl.", "Install it: pip install openpyxl.", charge=Charge.FREE
            ) from None


def whole_numbers(column: list[Any]) -> Any:
    """A column of whole numbers as an array, where none is missing: pandas would look at each for what it is."""
    numpy: Any = import_module("numpy")
    return column if None in column else numpy.array(column, dtype=numpy.int64)


def _keep_text(writer: Any, sheet: str) -> None:
    """Let words that begin with an equals sign be words: a prompt is never a formula."""
    if getattr(writer, "engine", None) == "openpyxl":
        for row in writer.sheets[sheet].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"


def for_excel(frame: Any) -> Any:
    """A copy of a DataFrame with nothing in it, in its index and in its columns' names, that Excel does not know."""
    plain = pandas.DataFrame(frame).copy()
    for number, kind in enumerate(plain.dtypes):
        if _is_loose(kind) or isinstance(kind, pandas.StringDtype):
            column = plain.iloc[:, number]
            plain.isetitem(
                number, pandas.Series([_known(value) for value in column], plain.index, dtype=object)
            )
    plain.index, plain.columns = (_known_labels(labels) for labels in (plain.index, plain.columns))
    return plain


def _is_loose(kind: Any) -> bool:
    """Whether a column of this kind may hold anything, or times with a time zone."""
    return pandas.api.types.is_object_dtype(kind) or getattr(kind, "tz", None) is not None


def _known_labels(labels: Any) -> Any:
    if isinstance(labels, pandas.MultiIndex):
        known = [tuple(_known(part) for part in label) for label in cast("Iterable[Any]", labels)]
        return pandas.MultiIndex.from_tuples(known, names=labels.names) if known else labels
    if _is_loose(labels.dtype):
        return pandas.Index([_known(label) for label in labels], name=labels.name)
    return labels


def _known(value: Any) -> Any:
    """A value that an Excel cell can hold."""
    if isinstance(value, str):
        return _NOT_IN_EXCEL.sub(" ", value)
    if isinstance(value, Picture):
        return value.name
    if isinstance(value, datetime):
        if value is pandas.NaT or value.tzinfo is None:
            return value
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if (
        value is None
        or isinstance(value, int | float | date | timedelta)
        or pandas.api.types.is_scalar(value)
    ):
        return value
    return _NOT_IN_EXCEL.sub(" ", str(value))
