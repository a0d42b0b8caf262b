"""What a panel does: its own jobs, what of them is shown, and what it asks of the studio."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.concurrency.user_future import UserFuture
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.account import Seen
from qwen_notebook.studio.admission import Admitted
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.running_cell import this_cell
from qwen_notebook.studio.scheduler import Decision
from qwen_notebook.studio.studio import Studio, core_of
from qwen_notebook.widget.base_session import WidgetSession
from qwen_notebook.widget.callbacks import PictureCallbacks
from qwen_notebook.widget.front_end import FrontEnd
from qwen_notebook.widget.outputs import MAX_SHARED
from qwen_notebook.widget.serialize import serialize_jobs, serialize_studio


class PanelSession(WidgetSession):
    """The jobs of one panel.

    Its own are those that it asked for, and what an earlier panel of the same cell began. It shows them, and whatever
    else of the studio runs or waits for a person, but for those that were hidden.

    Attributes
    ----------
    callbacks
        Who is told of each new picture.
    """

    def __init__(self, studio: Studio, front_end: FrontEnd) -> None:
        super().__init__(studio, front_end)
        self.callbacks = PictureCallbacks()
        self._mine: dict[str, Job] = {}
        self._hidden: set[str] = set()
        self._presented: set[str] = set()
        self._origin: str | None = None
        self.after_fork_in_child()
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Begin anew what belonged to threads that do not exist here."""
        self._lock = threading.RLock()

    # Its own jobs

    @property
    def jobs(self) -> list[Job]:
        """Its own, newest last."""
        with self._lock:
            return list(self._mine.values())

    @property
    def pictures(self) -> list[Picture]:
        """Its own that are saved, newest last."""
        return _pictures_of(self.jobs)

    def take_in(self, job: Job) -> None:
        """Show a job as one of its own."""
        with self._lock:
            self._mine.pop(job.id, None)
            self._mine[job.id] = job  # at the end, also when it was there before: it was asked for last
        self._presented.discard(job.id)
        self._hidden.discard(job.id)
        self.front_end.refresh()

    def hide(self, job: Job) -> None:
        """Show a job no longer."""
        self._hidden.add(job.id)
        self.front_end.refresh()

    def withdraw(self, job: Job) -> None:
        """Forget a job whose picture was deleted, and take the picture out of the notebook."""
        with self._lock:
            self._mine.pop(job.id, None)
        self.front_end.outputs.withdraw(job.id)
        self.hide(job)

    def close(self) -> None:
        """Let go of all jobs. Whoever waits for a picture is told that none comes."""
        self.callbacks.close()
        with self._lock:
            self._mine.clear()

    # What it asks of the studio

    def submit(self, request: GenerationRequest, *, again: bool) -> Job:
        """Have an image made, as one of its own."""
        job = core_of(self.studio).admit(request, again=again, client_id=None, origin=self._origin).job
        self.take_in(job)
        return job

    def submit_soon(self, request: GenerationRequest, *, again: bool, client_id: str) -> UserFuture[Admitted]:
        """Have an image made without waiting; `take_in` gets what comes of it."""
        return core_of(self.studio).admit_soon(request, again=again, client_id=client_id, origin=self._origin)

    def decide_soon(self, job: Job, decision: Decision, *arguments: str) -> UserFuture[Job]:
        """Act on what a person decides about a job, without waiting."""
        return core_of(self.studio).decide_soon(job, decision, *arguments)

    def ask_balance(self) -> UserFuture[Seen]:
        """Ask for the credits that are left, without waiting."""
        return core_of(self.studio).balance_soon()

    def find_equal(self, request: GenerationRequest) -> Picture | None:
        """The saved picture that a request would return instead of buying another."""
        job = core_of(self.studio).find_equal(request)
        return job.picture if job is not None else None

    def page(self, offset: int, limit: int) -> tuple[int, Sequence[Picture]]:
        """How many pictures the studio has, and some of them, newest first."""
        pictures = self.studio.pictures
        total = len(pictures)
        page = pictures[max(0, total - offset - limit) : max(0, total - offset)]
        return total, list(reversed(page))

    # What is to be shown

    def update(self) -> dict[str, Any]:
        """Send the pictures that are new, and return the jobs and the studio as they are now."""
        unsettled = {job.id: job for job in self.studio.unsettled}
        mine = {job.id: job for job in self.jobs}
        jobs = [job for job in (unsettled | mine).values() if job.id not in self._hidden]
        jobs.sort(key=lambda job: job.record.created)
        infos = serialize_jobs(jobs)
        studio = serialize_studio(self.studio, waiting=len(jobs) - len(infos), reloaded=self.reloaded)
        for job in mine.values():
            if job.status is State.SAVED and job.id not in self._presented:
                self._presented.add(job.id)
                self._present(job)
        return {"_jobs": infos, "_studio": studio}

    def _present(self, job: Job) -> None:
        picture = job.picture
        if picture is None:
            return
        with suppress(OSError):  # the front end asks for what did not come, and is told
            self.front_end.send_picture(picture)
        self.front_end.share(picture)
        self.callbacks.announce(picture)

    def share(self) -> None:
        """Publish its pictures in the cell that shows the panel, and take over what an earlier panel began there."""
        self._origin = this_cell() or self._origin
        earlier = core_of(self.studio).jobs_from(self._origin) if self._origin else ()
        # What an earlier panel of this cell began is this one's to finish, also in a new kernel.
        with self._lock:
            self._mine = {job.id: job for job in earlier if not job.status.settled} | self._mine
        self.front_end.refresh()
        pictures = {picture.id: picture for picture in (*_pictures_of(earlier), *self.pictures)}
        for picture in list(pictures.values())[-MAX_SHARED:]:
            self.front_end.share(picture)


def _pictures_of(jobs: Sequence[Job]) -> list[Picture]:
    return [picture for job in jobs if (picture := job.picture) is not None]
