"""What is known of a folder's jobs without making one of each: for those who look at thousands."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.journal.index_entry import Totals
from qwen_notebook.journal.line_schema import JobLines
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest

if TYPE_CHECKING:
    from qwen_notebook.studio.job_store import JobStore


class JobLookup:
    """The index of one folder.

    Parameters
    ----------
    jobs
        The jobs of the folder.
    service
        Whose jobs count as equal.
    """

    def __init__(self, jobs: JobStore, service: str) -> None:
        self._journal = jobs.journal
        self._index = jobs.journal.index
        self._service = service

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all jobs, oldest first."""
        return self._index.ids

    def likely_pictures(
        self,
        words: Sequence[str],
        shapes: Container[str] | None,
        since: float | None,
        starred: bool | None,
    ) -> list[str]:
        """The ids of the pictures that may fit, oldest first; see `qwen_notebook.studio.search`."""
        marks = self._journal.annotations
        among = marks.starred if starred else None
        found = self._index.likely_pictures(among, words, shapes, since, marks.noted)
        return [job for job in found if job not in marks.starred] if starred is False else found

    def knows_all_of(self, job_id: str) -> bool:
        """Whether what `likely_pictures` says of a job is sure: it has no note, and its lines do not differ."""
        return job_id not in self._journal.annotations.noted and self._index.is_sure_of(job_id)

    def by_client_id(self, client_id: str) -> str | None:
        """The id of the job that was asked for under this id of a caller."""
        return self._index.by_client_id(client_id, self._service)

    def equal(self, request: GenerationRequest) -> Sequence[str]:
        """The ids of the jobs with this request at this studio's service, oldest first."""
        key = request.key
        return [job for job in self._index.equal(key, self._service) if self._journal.asks_for(job, key)]

    def state(self, job_id: str) -> State | None:
        """Where a job is in its life; None where the journal has no such job."""
        entry = self._index.get(job_id)
        return entry.state if entry is not None else None

    def totals(self, job_ids: Iterable[str]) -> Totals:
        """What these jobs come to."""
        totals = Totals()
        for job_id in job_ids:
            if (entry := self._index.get(job_id)) is not None:
                entry.count(totals, 1)
        return totals

    def annotation(self, job_id: str) -> Annotation:
        """What people say of a job's picture."""
        return self._journal.annotations.of(job_id)

    def annotations(self, job_ids: Iterable[str]) -> list[Annotation]:
        """The same of several."""
        return list(map(self._journal.annotations.of, job_ids))

    def records(self, job_ids: Iterable[str]) -> Iterator[JobRecord]:
        """All that is known of these jobs, without those that cannot be read."""
        return self._journal.records(job_ids)

    def facts(self, job_ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """What records of these jobs are made of, without those that cannot be read."""
        return self._journal.facts(job_ids)

    def facts_in_parts(self, job_ids: Iterable[str], job_lines: JobLines) -> Iterator[list[dict[str, Any]]]:
        """Some of that without making a record of each: see `Journal.facts_in_parts`."""
        return self._journal.facts_in_parts(job_ids, job_lines)
