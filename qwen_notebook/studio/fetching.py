"""A paid image is fetched until it is there: ever more slowly, from fresh addresses, as long as the deadline allows.

Images may arrive faster than they can be decoded. Their addresses expire, so none waits at the service for a decoder:
what has arrived waits on disk, and memory holds a few files however many are on their way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import time
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.errors import BadImage, QwenError, ResultGone
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.studio.arrival import Arrival
from qwen_notebook.studio.saving import keep_doubtful, remove_doubtful, save_arrival, take_written
from qwen_notebook.studio.storage import disk_trouble

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.patience import Patience
    from qwen_notebook.studio.polling import Poller
    from qwen_notebook.studio.provider_session import ProviderSession

T = TypeVar("T")
_FRESH_AFTER = 2
"""Failures of any kind after which the task is asked where its image lies now."""
_SLOWEST = 3
"""How many times longer than other pauses those may become between two tries at a file that is not right."""
_IN_MEMORY = 4
"""Files that are in memory at once, at most: those that are downloaded, and those that decoders take from there."""
_ON_DISK = 64
"""Files that wait for a decoder outside memory, at most, since each is one that the process has open."""
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
    session
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
        session: ProviderSession,
        poller: Poller,
        patience: Patience,
        decoders: DaemonExecutor,
    ) -> None:
        self._jobs = jobs
        self._store = jobs.store
        self._session = session
        self._poller = poller
        self._patience = patience
        self._decoders = decoders
        self._decoding = 0
        self._on_disk: WeakSet[Arrival] = WeakSet()
        self._places = asyncio.Semaphore(_IN_MEMORY)
        self._under_way = 0
        self._aside: DaemonExecutor | None = None
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
        self._under_way += 1
        try:
            await self._fetch(job, resumed=resumed, briefly=briefly)
        finally:
            self._under_way -= 1
            if not self._under_way and self._aside is not None:
                self._aside.shutdown()
                self._aside = None

    async def _fetch(self, job: Job, *, resumed: bool, briefly: bool) -> None:
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
                await self._download_and_save(job, tries)
            except QwenError as error:
                tries.error, note = _alone(error), error.what
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

    async def _download_and_save(self, job: Job, tries: _Tries) -> None:
        async with self._places:
            arrival = await self._download(job)
            twice = arrival.sha256 in tries.seen
            tries.seen.add(arrival.sha256)
            other = self._jobs.other_with_file(arrival.sha256, job)
            if other is not None and not twice:
                tries.anothers = True
                raise BadImage(f"What arrived is the picture of job {other}.")
            check_and_save = partial(self._check_and_save, job, arrival, keep=twice)
            saved = None if await self._put_aside(arrival) else await check_and_save()
        if saved is None:  # it waits on disk, and needs no place in memory
            saved = await check_and_save()
        self._saved(job, saved, note=other and f"The same file came for job {other}: is it the right one?")

    async def _download(self, job: Job) -> Arrival:
        download = await self._session.client.download(job.record.url or "")
        return await self._off_the_loop(Arrival, download.content)

    async def _put_aside(self, arrival: Arrival) -> bool:
        """Put a file on disk that would have to wait for a decoder; whether that was done."""
        waits = self._decoding >= self._decoders.threads
        if not waits or len(self._on_disk) >= _ON_DISK:
            return False
        self._on_disk.add(arrival)
        is_aside = await self._off_the_loop(arrival.put_aside, self._store)
        if not is_aside:
            self._on_disk.discard(arrival)
        return is_aside

    async def _check_and_save(self, job: Job, arrival: Arrival, *, keep: bool) -> dict[str, Any]:
        """Save an image, or keep what may be none where it came twice the same."""
        try:
            return await self._save(job, arrival)
        except BadImage:
            if keep and job.record.doubtful is None:
                content = await self._decode(arrival.read)
                doubtful = await self._decode(keep_doubtful, self._store, job.record, content)
                self._jobs.set_note(job, job.note, doubtful=doubtful)
            raise

    async def _save(self, job: Job, arrival: Arrival) -> dict[str, Any]:
        """Save an image, and be back as soon as it is on disk: its preview is made after that."""
        on_disk: Future[dict[str, Any]] = Future()
        on_disk.set_running_or_notify_cancel()  # so that only the decoder ends it
        with self._one_more_decoding():
            work = self._decoders.submit(save_arrival, self._store, job.record, arrival, on_disk.set_result)
            work.add_done_callback(partial(_pass_on_error, on_disk))
            try:
                return await asyncio.wrap_future(on_disk)
            except asyncio.CancelledError:
                work.cancel()
                raise

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
        with self._one_more_decoding():
            return await asyncio.wrap_future(self._decoders.submit(function, *arguments))

    @contextmanager
    def _one_more_decoding(self) -> Generator[None]:
        self._decoding += 1
        try:
            yield
        finally:
            self._decoding -= 1

    async def _off_the_loop(self, function: Callable[..., T], *arguments: object) -> T:
        """Do something that takes no decoder, one after the other."""
        if self._aside is None:
            self._aside = DaemonExecutor(1, "qwen-notebook-arrival")
        return await asyncio.wrap_future(self._aside.submit(function, *arguments))

    async def _readdress(self, job: Job) -> None:
        """Ask the task once where its image lies now."""
        task = await self._poller.ask(job)
        if task is not None and task.status == "failed":
            self._poller.fail(job, task)
        elif task is not None and task.image_urls:
            self._jobs.set_note(job, job.note, url=task.image_urls[0])


def _pass_on_error(on_disk: Future[Any], work: Future[Any]) -> None:
    """Tell whoever waits for a file that it will not come; what goes wrong after it is there harms nobody."""
    error = CancelledError() if work.cancelled() else work.exception()
    if error is not None and not on_disk.done():
        on_disk.set_exception(error)


def _alone(error: QwenError) -> QwenError:
    """An error without the frames that it came through: they hold the file, and it is kept until the next try."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error
