"""What a studio has: its jobs and pictures, to be looked through, searched and taken on as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen_notebook.journal.records import is_job_id
from qwen_notebook.reapi.models import ImageSize
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.picture import Picture

if TYPE_CHECKING:
    from qwen_notebook.studio.scheduler import Scheduler
    from qwen_notebook.studio.search import Since
    from qwen_notebook.studio.storage import Storage


class Collection:
    """The looking half of `Studio`; it makes nothing and sends nothing."""

    store: Storage
    _scheduler: Scheduler

    @property
    def service(self) -> str:
        """Who makes its images: ``reapi``, ``simulator`` for offline previews, or the name of another provider."""
        return self._scheduler.service.name

    @property
    def offline(self) -> bool:
        """Whether its pictures cost nothing, as previews that are drawn here do."""
        return self._scheduler.service.free

    @property
    def jobs(self) -> Sequence[Job]:
        """All jobs of the folder, newest last."""
        return self._scheduler.jobs.jobs(self._scheduler)

    @property
    def pictures(self) -> Sequence[Picture]:
        """All pictures of the folder, newest last."""
        return self._scheduler.jobs.pictures(self._scheduler)

    @property
    def unsettled(self) -> Sequence[Job]:
        """The jobs that run, and those that wait for a person's word, oldest first."""
        return self._scheduler.jobs.unsettled(self._scheduler)

    def jobs_from(self, origin: str) -> Sequence[Job]:
        """The jobs that a notebook cell asked for, oldest first."""
        ids = self._scheduler.jobs.journal.index.by_origin(origin)
        return [job for job_id in ids if (job := self.job(job_id)) is not None]

    def find_equal(self, request: GenerationRequest) -> Job | None:
        """The job that a request with a seed would return instead of buying another; None without a seed."""
        if request.seed is None:
            return None
        return self._scheduler.jobs.equal(request.key, self.service, self._scheduler)

    def foresee(self, requests: Sequence[GenerationRequest]) -> list[Job | None]:
        """The jobs that these requests would get now, one after the other, instead of buying others."""
        return self._scheduler.foresee(requests)

    def job(self, job_id: str) -> Job | None:
        """The job with this id; None where the folder has none, or it is not one at all."""
        return self._scheduler.jobs.get(job_id, self._scheduler) if is_job_id(job_id) else None

    def code_for(self, request: GenerationRequest) -> str:
        """The Python that shows the picture of a request, or makes it; see `Picture.code`."""
        from qwen_notebook.studio.python_code import code_for

        return code_for(request, self._scheduler.jobs, self.service, budget=self._scheduler.budget)

    @property
    def picture_count(self) -> int:
        """How many pictures the folder has."""
        return self._scheduler.jobs.picture_count

    @property
    def index(self) -> JobLookup:
        """What is known of its jobs without making one of each."""
        return JobLookup(self._scheduler.jobs, self.service)

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

        found = search(self.index, text=text, image_size=image_size, since=since, starred=starred)
        return [Picture(record, self.store, self._scheduler.jobs) for record in found]

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

        index = self.index
        return list(rows_of(index, index.ids, self.store.folder))
