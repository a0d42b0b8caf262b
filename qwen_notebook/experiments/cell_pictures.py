"""The picture of a cell."""

from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio


def picture_of(cell_job: CellJob, studio: Studio) -> Picture | None:
    """The picture of a cell, where it has one."""
    job = studio.job(cell_job.job_id) if cell_job.job_id is not None else None
    return job.picture if job is not None else None


def preview_of(cell_job: CellJob, studio: Studio) -> bytes | None:
    """The JPEG of a cell's picture; None where it has none, or somebody moved the file away."""
    picture = picture_of(cell_job, studio)
    try:
        return picture.preview if picture is not None else None
    except OSError:
        return None
