"""What a person decides about a job, acted on with fresh eyes: what other kernels did is read first, under the lock.

Everything here runs on the worker's loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from time import time
from typing import TYPE_CHECKING, Any

from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.journal import attempts
from qwen_notebook.journal.records import new_job_id
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.task import is_task_id
from qwen_notebook.studio.storage import journal_written

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.scheduler import Scheduler

_WAIT = "Give the id again once that is answered."
_STAYS = "The job stays uncertain: check the id in reAPI's history, and give it again."


class TaskIdRefused(QwenError):
    """A task id that was given by hand is not this job's; the job is where it was."""

    usual_charge = Charge.FREE


class Decisions:
    """Acts on what people decide about jobs.

    Parameters
    ----------
    scheduler
        Starts what is decided; it has the jobs, the budget and the connection.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._jobs = scheduler.jobs

    def check_task_id(self, job: Job, task_id: str) -> str:
        """A task id as it is asked for, if a job may take one and nothing known here speaks against this one.

        Raises
        ------
        InvalidRequest
            If it cannot be a task id.
        QwenError
            If there is nothing to decide, or it is another job's.
        """
        clean = task_id.strip()
        if not is_task_id(clean):
            raise InvalidRequest(
                f"{clean[:40]!r} is not a valid task id.", "It looks like task_018f…", field="task_id"
            )
        if not (clean == job.task_id or job.record.earlier or job.status is State.DISMISSED):
            self._must_be_uncertain(job)
        if (other := self._jobs.other_with_task(clean, job)) is not None:
            raise TaskIdRefused(f"That task id belongs to job {other} of this folder.", _STAYS)
        return clean

    async def resolve(self, job: Job, task_id: str) -> Job:
        """Take up an uncertain job by its task id, once the service knows it; see `Job.resolve`.

        Returns
        -------
        Job
            The one that fetches the image: a new one where the job has gone on since.
        """
        clean = self._checked(job, task_id)
        if job.task_id == clean and job.status is not State.UNCERTAIN:
            return job
        await self._ask_about(job, clean)
        async with self._fresh():
            self._checked(job, clean)
            if job.task_id == clean and job.status is not State.UNCERTAIN:
                return job  # another kernel was given it meanwhile
            if job.status is State.SENDING and not self._jobs.ownership.is_mine(job.id):
                raise self._refusal(job, "Another kernel is sending it again at this moment.", _WAIT)
            if job.status in (State.UNCERTAIN, State.DISMISSED):
                self._jobs.move(job, State.SUBMITTED, kind="resolve", task_id=clean, by_hand=True, error=None)
                taking = job
            else:
                taking = self._recover(job, clean)
        self._scheduler.start(taking, user_decision=True)
        return taking

    def _checked(self, job: Job, task_id: str) -> str:
        try:
            return self.check_task_id(job, task_id)
        except TaskIdRefused as error:
            raise self._refusal(job, error.what) from None

    async def _ask_about(self, job: Job, task_id: str) -> None:
        try:
            task = await self._scheduler.connection.client.task(task_id)
        except QwenError as error:
            what = (
                "reAPI does not know that task id, or it is another account's."
                if error.status == 404
                else f"That task id could not be looked up. {error.what}"
            )
            raise self._refusal(job, what) from None
        if task.prompt is not None and task.prompt.strip() != job.request.prompt.strip():
            raise self._refusal(job, "That task was made from another prompt.")

    def _refusal(self, job: Job, what: str, todo: str = _STAYS) -> TaskIdRefused:
        self._jobs.set_note(job, what)
        return TaskIdRefused(what, todo)

    def _recover(self, job: Job, task_id: str) -> Job:
        """Give the newest of the earlier attempts a job of its own."""
        with self._jobs.lock:
            own, rest = attempts.recovered(job.record, new_job_id(), task_id, time())
            recovered = self._jobs.add(own, self._scheduler)
            self._jobs.rewrite(job, rest)
        if job.status.at_service:
            self._scheduler.start(job)  # with this line it is followed from here, whoever sent it
        return recovered

    async def take_back(self, job: Job) -> Job:
        """Take back a task id that was given by hand; see `Job.take_back`."""
        async with self._fresh():
            if not job.record.by_hand or not self._jobs.move(
                job, State.UNCERTAIN, kind="resolve", **attempts.taken_back(job.record)
            ):
                raise QwenError(
                    "The job's task id was not given by hand, so there is nothing to take back.",
                    charge=Charge.FREE,
                )
        self._scheduler.stop_following(job)
        return job

    async def dismiss(self, job: Job) -> Job:
        """Give an uncertain job up; see `Job.dismiss`."""
        async with self._fresh():
            self._must_be_uncertain(job)
            self._jobs.move(job, State.DISMISSED, kind="resolve", **attempts.dismissed(job.record))
        return job

    def send_again(self, job: Job) -> Coroutine[Any, Any, Job]:
        """Send an uncertain job once more, if it is as it was seen when this is called; see `Job.send_again`."""
        return self._send_again(job, job.record.attempt)

    async def _send_again(self, job: Job, seen: int) -> Job:
        async with self._fresh():
            if job.record.earlier and (job.status is not State.UNCERTAIN or job.record.attempt != seen):
                return job  # it was sent again already, here or by another kernel
            self._must_be_uncertain(job)
            self._scheduler.store.check_writable(job.record)
            self._scheduler.budget.check()
            self._scheduler.breaker.invite()
            self._scheduler.breaker.probe(job)
            self._scheduler.start(job, user_decision=True)
        return job

    async def look_again(self, job: Job) -> Job:
        """Look again for an image that was given up; see `Job.look_again`."""
        async with self._fresh():
            self.look_again_now(job)
        return job

    def look_again_now(self, job: Job) -> None:
        """Do as `look_again` does, where the folder's lock is held."""
        if job.status.given_up:
            self._jobs.move(job, State.DOWNLOADING, kind="resolve", **attempts.looked_at_again(job.record))
            self._scheduler.start(job, user_decision=True, briefly=True)
        elif job.status.at_service:
            self._scheduler.start(job, user_decision=True)
        elif job.status is not State.SAVED:
            raise QwenError(f"The job is {job.status}, so there is nothing to look for.", charge=Charge.FREE)

    @asynccontextmanager
    async def _fresh(self) -> AsyncGenerator[None]:
        """Hold the folder's lock, with all that other kernels did read."""
        with journal_written(self._scheduler.store.folder):
            async with self._jobs.folder_lock.held_soon():
                self._jobs.refresh()
                yield

    def _must_be_uncertain(self, job: Job) -> None:
        if job.status is not State.UNCERTAIN:
            raise QwenError(
                f"The job is {job.status}, not uncertain, so there is nothing to decide.", charge=Charge.FREE
            )
