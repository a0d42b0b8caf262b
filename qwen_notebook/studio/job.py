"""A job: one image on its way, to be waited for, awaited, or left to itself."""

# `waiters_of` and `update_job` stand outside of `Job` so that its names are those for people.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Generator
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from qwen_notebook.concurrency.waiting import wait_beating, wait_here
from qwen_notebook.errors import Charge, JobCancelled, QwenError, StillRunning
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.evidence import balance_says
from qwen_notebook.studio.output import shown_path
from qwen_notebook.studio.paths import folder_key
from qwen_notebook.studio.pickles import reopen
from qwen_notebook.studio.picture import Picture, picture_of
from qwen_notebook.studio.progress_line import remark
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.providers.provider import free_kind
from qwen_notebook.studio.waiters import Waiters

if TYPE_CHECKING:
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.settings import Settings


class JobHost(Protocol):
    """What a job needs of its studio."""

    jobs: JobStore
    settings: Settings

    def cancel(self, job: Job) -> bool:
        """Cancel a job that is not sent."""
        ...

    def resolve(self, job: Job, task_id: str) -> Job:
        """Take up an uncertain job whose task id a person found."""
        ...

    def take_back(self, job: Job) -> None:
        """Take back a task id that a person gave."""
        ...

    def dismiss(self, job: Job) -> None:
        """Give an uncertain job up."""
        ...

    def send_again(self, job: Job) -> None:
        """Send an uncertain job once more."""
        ...

    def look_again(self, job: Job) -> None:
        """Look again for an image that was given up."""
        ...

    def ensure_progress(self, job: Job) -> None:
        """Make sure that a job which is waited for moves; raise where it cannot."""
        ...


_EARLIER = (
    "It was sent before, without an answer: that may have been charged, and job.resolve(task_id) fetches it."
)


@always_printable
class Job:
    """One image on its way. Made by `Studio.submit`; safe to use from any thread.

    Two are equal if they are the same job of the same folder. Pickled, it is its folder and its id, with the studio's
    settings and without its key: whoever opens that follows the same job, and opening it sends nothing.

    Examples
    --------
    >>> job = qn.submit("a red fox", seed=7)  # doctest: +SKIP
    >>> job.status  # doctest: +SKIP
    <State.PROCESSING: 'processing'>
    >>> picture = job.result()  # or: await job  # doctest: +SKIP
    """

    def __init__(self, record: JobRecord, host: JobHost) -> None:
        self._record = record
        self._host = host
        self._waiters = Waiters(settled=record.state.settled)

    @property
    def record(self) -> JobRecord:
        """All that is known of it at this moment."""
        return self._record

    @property
    def id(self) -> str:
        """The studio's id of this job."""
        return self._record.id

    @property
    def request(self) -> GenerationRequest:
        """What it makes; the seed is the one that is sent."""
        return self._record.request

    @property
    def status(self) -> State:
        """Where it is in its life."""
        return self._record.state

    @property
    def task_id(self) -> str | None:
        """The service's id of the task, once there is one."""
        return self._record.task_id

    @property
    def seconds(self) -> float | None:
        """How long the service took, once it is done; None where nobody looked in time."""
        return self._record.seconds

    @property
    def credits(self) -> int | None:
        """The price at sending; 0 for an offline preview, None while not sent or where not known."""
        return self._record.credits

    @property
    def error(self) -> QwenError | None:
        """Why there is not a picture, where there will be none by itself."""
        if self._record.state is State.CANCELLED:
            return JobCancelled("The job was cancelled before it was sent.", "Submit it again to make it.")
        if self._record.state is State.SAVED and self.picture is None:
            return QwenError(
                "The picture was deleted.",
                "Submit the request again to make another.",
                charge=Charge.PAID if self.credits else Charge.FREE,
                task_id=self.task_id,
            )
        error = self._record.error.to_error() if self._record.error else None
        if error is not None and self._record.state is State.UNCERTAIN:
            error.todo = f"{balance_says(self._record)} {error.todo}".strip()
        if error is not None and self._record.earlier and self._record.state.ended:
            error.todo = f"{error.todo} {_EARLIER}".strip()
        return error

    @property
    def note(self) -> str | None:
        """Why nothing moves at present, where nothing does."""
        return self._record.note

    @property
    def picture(self) -> Picture | None:
        """The saved picture, if it is saved and not deleted since."""
        jobs = self._host.jobs
        if self._record.state is not State.SAVED or jobs.annotation_of(self.id).deleted:
            return None
        return picture_of(self._record, jobs.store, jobs)

    def result(self, timeout: float | None = None) -> Picture:
        """Wait for the picture.

        An interrupt stops the waiting: what was not sent is cancelled, what was paid for goes on in the background
        and is saved.

        Parameters
        ----------
        timeout
            Seconds to wait at most; None for as long as it takes.

        Returns
        -------
        Picture
            Saved already.

        Raises
        ------
        StillRunning
            If the wait ended first. The job goes on.
        QwenError
            Why there is not a picture, what was charged, and what to do.
        RuntimeError
            On the studio's own thread, where waiting would wait for ever.
        """
        self.wait(timeout)
        return self._outcome()

    def wait(self, timeout: float | None = None, *, tick: Callable[[Job], object] | None = None) -> State:
        """Wait until nothing more happens by itself, and return the state; no error of the job is raised.

        Parameters
        ----------
        timeout
            Seconds to wait at most.
        tick
            Called with the job every tenth of a second meanwhile.

        Raises
        ------
        StillRunning
            If the wait ended first. The job goes on.
        """
        self._host.ensure_progress(self)
        with self._waiters.waiting():
            try:
                wait_here(self._waiters.settled, timeout, self._beat(tick))
            except TimeoutError as error:
                raise error if isinstance(error, StillRunning) else self._still_running(timeout) from None
            except BaseException as error:
                self._interrupted(error)
                raise
        return self.status

    def __await__(self) -> Generator[Any, None, Picture]:
        return self._awaited().__await__()

    async def _awaited(self) -> Picture:
        self._host.ensure_progress(self)
        with self._waiters.waiting():
            try:
                await wait_beating(self._waiters.settled, None, self._beat(None))
            except BaseException as error:
                self._interrupted(error)
                raise
        return self._outcome()

    def code(self) -> str:
        """The Python that shows its picture again, or makes it where there is none; see `Picture.code`."""
        service, budget = self._record.service, self._host.settings.budget
        return self._host.jobs.code_for(self.request, service, self.id, budget=budget)

    def cancel(self) -> bool:
        """Cancel it, if it is not sent.

        Returns
        -------
        bool
            False if it was sent: then it is paid for, so it is fetched and saved.
        """
        return self._host.cancel(self)

    def resolve(self, task_id: str) -> Job:
        """Take up an uncertain job by the task id that the service's history shows.

        The service is asked for it first. What it does not know, or made from another prompt, is not taken: then the
        job stays uncertain, and its `note` says why.

        Returns
        -------
        Job
            The one that fetches the image: this one, or where this one was sent again since, a new one for the
            earlier sending.

        Raises
        ------
        QwenError
            If the job is not uncertain, or the id cannot be one, or is another job's of this folder.
        """
        return self._host.resolve(self, task_id)

    def take_back(self) -> Job:
        """Take back a task id that was given to `resolve` and was the wrong one: the job is uncertain again.

        Raises
        ------
        QwenError
            If its task id was not given by hand.
        """
        self._host.take_back(self)
        return self

    def dismiss(self) -> Job:
        """Give up an uncertain job. It may have been billed, and its price stays counted.

        Raises
        ------
        QwenError
            If the job is not uncertain.
        """
        self._host.dismiss(self)
        return self

    def send_again(self) -> Job:
        """Send an uncertain job once more, which may bill it a second time.

        The first sending is not settled by it: its price stays counted, and its task id can still be given.

        Raises
        ------
        QwenError
            If the job is not uncertain, or the budget does not allow it.
        """
        self._host.send_again(self)
        return self

    def look_again(self) -> Job:
        """Look again for a paid image that was given up (``gone`` or ``unreadable``). Costs nothing.

        One that is saved, or on its way, stays as it is.

        Raises
        ------
        QwenError
            If there is nothing to look for: it is not sent, uncertain, or ended without an image.

        Examples
        --------
        >>> job.look_again().result()  # doctest: +SKIP
        """
        self._host.look_again(self)
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        if self is other:
            return True
        here, there = (folder_key(job._host.jobs.store.folder) for job in (self, other))
        return self.id == other.id and here == there

    def __hash__(self) -> int:
        return hash(self.id)

    def __copy__(self) -> Job:
        return self

    def __deepcopy__(self, _: object) -> Job:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return reopen, ("job", self._host.settings, self.id)

    def __repr__(self) -> str:
        free = free_kind(provider_named(self._record.service))
        kind = f" · {free}" if free else ""
        note = f" · {one_line(self.note)}" if self.note else ""
        return f"<Job {self.id} · {self.status} · seed {self._record.seed}{kind}{note}>"

    def _beat(self, tick: Callable[[Job], object] | None) -> Callable[[], None]:
        def beat() -> None:
            if not self._waiters.settled.done():
                self._host.ensure_progress(self)
            if tick is not None:
                tick(self)

        return beat

    def _outcome(self) -> Picture:
        picture = self.picture
        if picture is not None:
            return picture
        raise self.error or StillRunning(f"The job is {self.status}.", "Wait for it again with job.result().")

    def _still_running(self, timeout: float | None) -> StillRunning:
        return StillRunning(
            f"The job is still {self.status} after {timeout:g} s.",
            "It goes on, and its image will be saved: wait for it again with job.result().",
        )

    def _interrupted(self, error: BaseException) -> None:
        if isinstance(error, QwenError):
            return
        if not self._waiters.is_one_persons and not self.status.settled:
            remark("Stopped waiting. Others asked for it too, so it goes on.")
        elif self.cancel():
            again = " again" if self.status is State.UNCERTAIN else ""
            remark(f"Stopped before it was sent{again}: the job is {self.status}.")
        elif not self.status.settled:
            paid = "" if provider_named(self._record.service).free else " It is paid for:"
            folder = shown_path(self._host.jobs.store.folder)
            remark(f"Stopped waiting.{paid} it goes on in the background and will be saved in {folder}")


def waiters_of(job: Job) -> Waiters:
    """Who waits for a job: for the package, in place of names that would stand among the public ones."""
    return job._waiters


def update_job(job: Job, record: JobRecord) -> None:
    """Have a job take over a new record, and wake those who wait for it. For `JobStore` only."""
    before, job._record = job._record, record
    moved = record.state is not before.state or record.attempt != before.attempt
    if moved:
        job._waiters.moved_at = monotonic()
    job._waiters.moved(settled=record.state.settled, wake=moved or record is before)
