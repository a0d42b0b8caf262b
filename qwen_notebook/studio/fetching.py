"""A paid image is fetched until it is there: ever more slowly, from fresh addresses, as long as the deadline allows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any, TypeVar

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.errors import BadImage, QwenError, ResultGone
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.studio.saving import keep_doubtful, remove_doubtful, save_picture, take_written
from qwen_notebook.studio.storage import disk_trouble

if TYPE_CHECKING:
    from qwen_notebook.studio.connection import Connection
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.patience import Patience
    from qwen_notebook.studio.polling import Poller

T = TypeVar("T")
_FRESH_AFTER = 2
"""Failures of any kind after which the task is asked where its image lies now."""
_SLOWEST = 3
"""How many times longer than other pauses those may become between two tries at a file that is not right."""
_LOOK_AGAIN = "job.look_again() asks for it anew and costs nothing."


@dataclass(slots=True)
class _Tries:
    """What came of the tries at one image; `anothers` is that another request's picture arrived."""

    failures: int = 0
    anothers: bool = False
    error: QwenError | None = None
    seen: set[str] = field(default_factory=set[str])


class Fetcher:
    """Fetches the images of jobs.

    Parameters
    ----------
    jobs
        Where each move is written down, beside the pictures.
    connection
        To the provider.
    poller
        Asks tasks for fresh addresses.
    patience
        How long to go on trying.
    decoders
        Where files are checked and written.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        connection: Connection,
        poller: Poller,
        patience: Patience,
        decoders: DaemonExecutor,
    ) -> None:
        self._jobs = jobs
        self._store = jobs.store
        self._connection = connection
        self._poller = poller
        self._patience = patience
        self._decoders = decoders
        self._tries: dict[str, _Tries] = {}

    async def fetch(self, job: Job, *, resumed: bool, briefly: bool) -> None:
        """Fetch, check and save a job's image.

        Parameters
        ----------
        job
            Whose task has ended.
        resumed
            Whether the address may be old, and is asked for anew first.
        briefly
            Whether to give up after a few tries.
        """
        tries = self._tries[job.id] = _Tries()
        task_id, old_address, may_be_there = job.task_id, resumed, resumed
        while job.task_id == task_id and job.status is State.DOWNLOADING:
            try:
                if may_be_there and await self._save_what_is_there(job):
                    break
                if old_address:
                    await self._readdress(job)
                    old_address = False
                    continue
                download = await self._connection.client.download(job.record.url or "")
                await self._save(job, download.content, tries)
            except QwenError as error:
                tries.error, note = error, error.what
            except OSError as error:
                tries.error = disk_trouble(error, self._store.folder)
                note, may_be_there = str(tries.error), True
            else:
                break
            tries.failures += 1
            self._jobs.set_note(job, note)
            if briefly and tries.failures >= self._patience.bad_images and self.give_up(job):
                break
            not_right = isinstance(tries.error, ResultGone | BadImage)
            await asyncio.sleep(self._patience.pause(tries.failures, _SLOWEST if not_right else 1))
            gone = tries.anothers or isinstance(tries.error, ResultGone)
            old_address = gone or tries.failures >= _FRESH_AFTER
        self._tries.pop(job.id, None)

    def give_up(self, job: Job) -> bool:
        """Give an image up whose address is dead or whose file is none; False where that is not the trouble."""
        tries = self._tries.get(job.id)
        error = tries.error if tries is not None else None
        if job.status is not State.DOWNLOADING or not isinstance(error, ResultGone | BadImage):
            return False
        error.task_id = job.task_id
        if isinstance(error, ResultGone):
            error.todo = (
                f"The task named no better one. {_LOOK_AGAIN} Or ask the service's support, with the task id."
            )
            return self._jobs.move(job, State.GONE, error=ErrorRecord.of(error))
        kept = "What arrived is kept in images/ as a .doubtful file. " if job.record.doubtful else ""
        error.todo = f"{kept}{_LOOK_AGAIN} Or ask the service's support, with the task id."
        return self._jobs.move(job, State.UNREADABLE, error=ErrorRecord.of(error))

    async def _save(self, job: Job, content: bytes, tries: _Tries) -> None:
        digest = hashlib.sha256(content).hexdigest()
        twice = digest in tries.seen
        tries.seen.add(digest)
        other = self._jobs.other_with_file(digest, job)
        if other is not None and not twice:
            tries.anothers = True
            raise BadImage(f"What arrived is the picture of job {other}.")
        try:
            saved = await self._decode(save_picture, self._store, job.record, content)
        except BadImage:
            if twice and job.record.doubtful is None:
                doubtful = await self._decode(keep_doubtful, self._store, job.record, content)
                self._jobs.set_note(job, job.note, doubtful=doubtful)
            raise
        self._saved(job, saved, note=other and f"The same file came for job {other}: is it the right one?")

    async def _save_what_is_there(self, job: Job) -> bool:
        """Take a picture that was written before the journal could say so: a kernel died, or the disk was full."""
        for name in await self._decode(self._store.find_written, job.record):
            saved = await self._decode(take_written, self._store, job.record, name)
            if saved is not None:
                self._saved(job, saved)
                return True
        return False

    def _saved(self, job: Job, saved: dict[str, Any], note: str | None = None) -> None:
        if job.record.doubtful is not None:
            remove_doubtful(self._store, job.record)
        self._jobs.move(job, State.SAVED, saved=time(), error=None, doubtful=None, note=note, **saved)

    async def _decode(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.wrap_future(self._decoders.submit(function, *arguments))

    async def _readdress(self, job: Job) -> None:
        """Ask the task once where its image lies now."""
        task = await self._poller.ask(job)
        if task is not None and task.status == "failed":
            self._poller.fail(job, task)
        elif task is not None and task.image_urls:
            self._jobs.set_note(job, job.note, url=task.image_urls[0])
