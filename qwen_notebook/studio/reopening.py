"""What the pickle of a picture, a job or a studio becomes in the process that opens it.

Opening one reads the folder at most: it writes nothing, and sends nothing. What is asked of it afterwards is done by a
studio of that process: the one that it came from, where that is open there (in the same process, and in a forked one);
else one that is open on the folder; else one that is opened for it, with the same settings and a key of that process.
Where that has no key, or the studio was given one that could be another account's, nothing is sent and it says so.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen_notebook.errors import AuthenticationError
from qwen_notebook.journal.records import SIMULATOR
from qwen_notebook.journal.states import State
from qwen_notebook.studio.job_store import JobStore, job_store, not_here, opened_store
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.provider import ProviderConfig, choose_provider
from qwen_notebook.studio.scheduler import Scheduler, scheduler_for
from qwen_notebook.studio.settings import Settings
from qwen_notebook.studio.storage import Storage
from qwen_notebook.studio.studio import Studio, core_of, studio_of

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job


def reopened_picture(folder: str, facts: dict[str, Any]) -> Picture:
    """A picture out of a pickle. Studios that are open on its folder see it from now on; else nothing is read yet."""
    store = opened_store(Path(folder))
    if store is not None:
        entry = store.journal.index.get(facts["id"])
        if entry is None or entry.state is not State.SAVED:
            store.refresh()
    return Picture(Storage(folder), facts, lambda: job_store(Path(folder)))


def reopened_job(settings: Settings, job_id: str) -> Job:
    """A job out of a pickle.

    Raises
    ------
    QwenError
        If its folder is not here.
    """
    folder = Path(settings.folder)
    jobs = job_store(folder)
    jobs.refresh()
    job = jobs.get(job_id, LateHost(jobs, settings))
    if job is None:
        raise not_here("job", job_id, folder)
    return job


def reopened_studio(settings: Settings) -> Studio:
    """A studio out of a pickle. Where it needs a key that is not here, it can only look at the folder."""
    return studio_of(settings, lambda: _provider_of(settings) or _key_missing(settings))


def _provider_of(settings: Settings) -> ProviderConfig | None:
    """Who makes the images of a studio out of a pickle; None where that needs a key that is not here."""
    if settings.service == SIMULATOR:
        return choose_provider(None, None, offline=True)
    if settings.has_own_key:
        return None
    try:
        return choose_provider(None, settings.base_url, offline=False)
    except AuthenticationError:
        return None


def _key_missing(settings: Settings) -> AuthenticationError:
    """The error for what is asked of a studio whose key is in another process."""
    name = Path(settings.folder).name
    if settings.has_own_key:
        what = f"The studio of {name}/ was given its key in another process, and a key is not sent along."
    else:
        what = f"The studio of {name}/ came from another process, and no reAPI key was found in this one."
    return AuthenticationError(
        what, f"Set REAPI_API_KEY for all of them, or open it here: qn.Studio({name!r}, api_key=…)."
    )


class LateHost:
    """Does for a job what its studio does, through a studio that is opened only when it is needed.

    Parameters
    ----------
    jobs
        The jobs of the folder.
    settings
        Those of the studio that the job came from.
    """

    def __init__(self, jobs: JobStore, settings: Settings) -> None:
        self.jobs = jobs
        self.settings = settings
        self._studio: Studio | None = None

    def cancel(self, job: Job) -> bool:
        """Cancel a job that is not sent."""
        return self._scheduler(job).cancel(job)

    def resolve(self, job: Job, task_id: str) -> Job:
        """Take up an uncertain job whose task id a person found."""
        return self._scheduler(job).resolve(job, task_id)

    def take_back(self, job: Job) -> None:
        """Take back a task id that a person gave."""
        self._scheduler(job).take_back(job)

    def dismiss(self, job: Job) -> None:
        """Give an uncertain job up."""
        self._scheduler(job).dismiss(job)

    def send_again(self, job: Job) -> None:
        """Send an uncertain job once more."""
        self._scheduler(job).send_again(job)

    def look_again(self, job: Job) -> None:
        """Look again for an image that was given up."""
        self._scheduler(job).look_again(job)

    def ensure_progress(self, job: Job) -> None:
        """Make sure that a job which is waited for moves; raise where it cannot."""
        if not job.status.settled or self.jobs.pending.stands(job):
            self._scheduler(job).ensure_progress(job)

    def _scheduler(self, job: Job) -> Scheduler:
        service = job.record.service
        scheduler = scheduler_for(self.jobs, service)
        if scheduler is None:
            self._studio = reopened_studio(replace(self.settings, service=service))
            scheduler = core_of(self._studio).scheduler
        return scheduler
