"""What a studio has: its jobs and pictures, to be looked through, searched and taken on as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from qwen_notebook.journal.index import without_collecting
from qwen_notebook.journal.records import is_job_id
from qwen_notebook.reapi.models import ImageSize
from qwen_notebook.studio.exports.tabular import Tabular
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import Picture, picture_from

if TYPE_CHECKING:
    from qwen_notebook.studio.core import StudioCore
    from qwen_notebook.studio.exports.columns import Columns, Row
    from qwen_notebook.studio.search import Since
    from qwen_notebook.studio.storage import Storage


class Collection(Tabular):
    """The looking half of `Studio`; it makes nothing and sends nothing."""

    _core: StudioCore

    @property
    def store(self) -> Storage:
        """Where the files are."""
        return self._core.store

    @property
    def service(self) -> str:
        """Who makes its images: ``reapi``, ``simulator`` for offline previews, or the name of another provider."""
        return self._core.provider.name

    @property
    def offline(self) -> bool:
        """Whether its pictures cost nothing, as previews that are drawn here do."""
        return self._core.provider.free

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
            If there is no such shape, or `since` is not a time.

        Examples
        --------
        >>> studio.find("fox night", image_size="16:9", starred=True)  # doctest: +SKIP
        """
        from qwen_notebook.studio.search import search

        found = search(self._core.lookup, text=text, image_size=image_size, since=since, starred=starred)
        with without_collecting():
            return [picture_from(facts, self.store, self._core.jobs) for facts in found]

    def _rows(self) -> list[Row]:
        from qwen_notebook.studio.exports.table import rows_of

        lookup = self._core.lookup
        return list(rows_of(lookup, lookup.ids, self.store.folder))

    def _table(self) -> list[Row] | Columns:
        from qwen_notebook.studio.exports.table import table_of

        lookup = self._core.lookup
        return table_of(lookup, lookup.ids, self.store.folder)
