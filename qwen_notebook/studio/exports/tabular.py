"""What can be taken on as a table: all that a folder has, or one experiment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qwen_notebook.studio.exports.columns import Columns, Row


class Tabular(ABC):
    """Has a row for each of its pictures, and for each that came to nothing."""

    @abstractmethod
    def _rows(self) -> list[Row]: ...

    def _table(self) -> list[Row] | Columns:
        """The same in whichever form it can be had soonest."""
        return self._rows()

    def to_frame(self) -> Any:
        """A table: a row for each picture, made or tried.

        Request, state, task id, credits, seconds, path, hash, star and note; of an experiment what each cell has on
        each axis stands before them, and `state` is the cell's own. Times are UTC. Its `to_excel` writes them without
        their time zone, which Excel does not know.

        Returns
        -------
        pandas.DataFrame
            A studio's oldest first, an experiment's in the order of its cells.

        Raises
        ------
        QwenError
            If pandas is not installed.

        Examples
        --------
        >>> studio.to_frame().groupby("image_size")["credits"].sum()  # doctest: +SKIP
        """
        from qwen_notebook.studio.exports.table import frame_of

        return frame_of(self._table())

    def to_parquet(self, path: str | Path) -> Path:
        """Write `to_frame` as a Parquet file, with paths relative to the studio's folder.

        Raises
        ------
        QwenError
            If pyarrow is not installed.
        """
        from qwen_notebook.studio.exports.table import write_parquet

        return write_parquet(self._rows(), path)

    def to_imagefolder(self, folder: str | Path) -> Path:
        """Copy the pictures into a folder that Hugging Face `datasets` loads, with ``metadata.jsonl`` beside them.

        What is in the folder already stays, and gets what is new. Pictures whose files are gone are left out, and a
        warning says how many.

        Examples
        --------
        >>> studio.to_imagefolder("dataset")  # doctest: +SKIP
        >>> datasets.load_dataset("imagefolder", data_dir="dataset")  # doctest: +SKIP
        """
        from qwen_notebook.studio.exports.table import write_imagefolder

        return write_imagefolder(self._rows(), folder)
