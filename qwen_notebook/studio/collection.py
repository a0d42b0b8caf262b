"""What a studio has: its jobs and pictures, to be looked through, searched and taken on as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen_notebook.journal.records import is_job_id
from qwen_notebook.reapi.contract import ImageSize
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import Picture, picture_of

if TYPE_CHECKING:
    from qwen_notebook.studio.core import StudioCore
    from qwen_notebook.studio.search import Since
    from qwen_notebook.studio.storage import Storage


class Collection:
    """The looking half of `Studio`; it makes nothing and sends nothing."""

    _core: StudioCore

    @property
    def store(self) -> Storage:
        """Where the files are."""
        return self._core.store

    @property
    def service(self) -> str:
        """``reapi``, or ``simulator`` for offline previews."""
        return self._core.provider.name

    @property
    def offline(self) -> bool:
        """Whether its pictures are free previews, drawn here."""
        return self._core.provider.offline

    @property
    def jobs(self) -> Sequence[Job]:
        """All jobs of the folder, newest last."""
        return self._core.jobs.jobs(self._core.scheduler)

    @property
    def pictures(self) -> Sequence[Picture]:
        """All pictures of the folder, newest last."""
        return self._core.jobs.pictures(self._core.scheduler)

    @property
    def unsettled(self) -> Sequence[Job]:
        """The jobs that run, and those that wait for a person's word, oldest first."""
        return self._core.jobs.unsettled(self._core.scheduler)

    def job(self, job_id: str) -> Job | None:
        """The job with this id; None where the folder has none, or it is not one at all."""
        return self._core.jobs.get(job_id, self._core.scheduler) if is_job_id(job_id) else None

    @property
    def picture_count(self) -> int:
        """How many pictures the folder has."""
        return self._core.jobs.picture_count

    # Looking for pictures, and taking them on

    def find(
        self,
        text: str | None = None,
        *,
        image_size: ImageSize | Iterable[ImageSize] | None = None,
        since: Since | None = None,
        starred: bool | None = None,
    ) -> list[Picture]:
        """Look for pictures.

        Parameters
        ----------
        text
            Words, all of which stand in the prompt or in the note, in any order and case.
        image_size
            A shape, or several.
        since
            Saved then or later: ``"2026-11-22"``, a date or datetime, a timedelta back from now, or Unix seconds.
        starred
            True for those with a star, False for those without.

        Returns
        -------
        list of Picture
            Newest last.

        Raises
        ------
        InvalidRequest
            If there is no such shape, or `since` is no time.

        Examples
        --------
        >>> studio.find("fox night", image_size="16:9", starred=True)  # doctest: +SKIP
        """
        from qwen_notebook.studio.search import search

        found = search(self._core.lookup, text=text, image_size=image_size, since=since, starred=starred)
        return [picture_of(record, self.store, self._core.jobs) for record in found]

    def to_frame(self) -> Any:
        """All that was ever made or tried, a row each, oldest first.

        Request, state, task id, credits, seconds, path, hash, star and note. Times are UTC. Its `to_excel` writes them
        without their time zone, which Excel does not know.

        Returns
        -------
        pandas.DataFrame
            Or a list of dicts where there is no pandas.

        Examples
        --------
        >>> studio.to_frame().groupby("image_size")["credits"].sum()  # doctest: +SKIP
        """
        from qwen_notebook.studio.table import frame_of

        return frame_of(self._rows())

    def to_parquet(self, path: str | Path) -> Path:
        """Write `to_frame` as a Parquet file, with paths relative to the studio's folder.

        Raises
        ------
        QwenError
            If pandas or pyarrow is not installed.
        """
        from qwen_notebook.studio.table import write_parquet

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
        from qwen_notebook.studio.table import write_imagefolder

        return write_imagefolder(self._rows(), folder)

    def _rows(self) -> list[dict[str, Any]]:
        from qwen_notebook.studio.table import rows_of

        lookup = self._core.lookup
        return list(rows_of(lookup, lookup.ids, self.store.folder))
