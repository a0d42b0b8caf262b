"""What the studio knows of the jobs of cells, without making an object of each: there may be ten thousand."""

from qwen_notebook.errors import Charge
from qwen_notebook.experiments.cell_status import CellJob, CellStatus
from qwen_notebook.journal.annotations import NOT_ANNOTATED, Annotation
from qwen_notebook.journal.index_entry import Totals
from qwen_notebook.journal.states import State
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio, core_of


class JobFacts:
    """Asks a studio about the jobs of cells.

    Parameters
    ----------
    studio
        Whose jobs they are.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def job(self, cell_job: CellJob) -> Job | None:
        """The job itself, where there is one."""
        return self._studio.job(cell_job.job_id) if cell_job.job_id is not None else None

    def picture(self, cell_job: CellJob) -> Picture | None:
        """Its picture, where it has one."""
        job = self.job(cell_job)
        return job.picture if job is not None else None

    def code(self, cell_job: CellJob) -> str:
        """The Python that shows it, or makes it."""
        job = self.job(cell_job)
        return job.code() if job is not None else core_of(self._studio).code_for(cell_job.cell.request)

    def phase(self, cell_job: CellJob) -> State | None:
        """The state of a job that is on its way."""
        if cell_job.job_id is None or cell_job.status is not CellStatus.RUNNING:
            return None
        return core_of(self._studio).lookup.state(cell_job.job_id)

    def annotation(self, cell_job: CellJob) -> Annotation:
        """Its star and its note."""
        if cell_job.job_id is None:
            return NOT_ANNOTATED
        return core_of(self._studio).lookup.annotation(cell_job.job_id)

    def charge(self, cell_job: CellJob) -> str | None:
        """Whether a cell without a picture was charged, where that has to be said."""
        if cell_job.job_id is None or cell_job.status not in (CellStatus.FAILED, CellStatus.UNCERTAIN):
            return None
        record = next(iter(core_of(self._studio).lookup.records([cell_job.job_id])), None)
        error = record.error if record is not None else None
        return str(error.charge if error is not None else Charge.NOTHING)

    def totals(self, cell_job: CellJob) -> Totals:
        """What was ever bought for it."""
        index, cell = core_of(self._studio).lookup, cell_job.cell
        own = (index.by_client_id(cell.client_id(attempt)) for attempt in range(cell_job.attempts))
        jobs = dict.fromkeys(job_id for job_id in (*own, cell_job.job_id) if job_id is not None)
        return index.totals(jobs)
