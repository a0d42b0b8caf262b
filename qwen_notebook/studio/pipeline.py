"""The road of one job: sent once, looked at until it ends, fetched, checked and saved.

Everything here runs on the worker's loop. What may be repeated is decided here, by one rule: a POST is repeated only
where it certainly made no task; a GET is always safe.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING, Any

from qwen_notebook.daemons import DaemonExecutor
from qwen_notebook.errors import (
    AuthenticationError,
    BadImage,
    ConnectionFailed,
    InsufficientCredits,
    PermissionDenied,
    QwenError,
    RateLimited,
    ResultGone,
    UncertainSubmission,
)
from qwen_notebook.reapi.rate import RateLimiter, Urgency
from qwen_notebook.studio.record import ErrorRecord
from qwen_notebook.studio.states import State
from qwen_notebook.studio.store import Store, disk_trouble, journal_trouble

if TYPE_CHECKING:
    from qwen_notebook.reapi.task import Task
    from qwen_notebook.studio.desk import Desk
    from qwen_notebook.studio.inspection import Inspected
    from qwen_notebook.studio.job import Job

DECODERS = 2
"""Threads that decode and save at once: each may hold one picture's pixels."""
PAUSES_QUEUE = (AuthenticationError, InsufficientCredits, PermissionDenied)
_GONE_TRIES = 3
"""Dead addresses before an image is given up, each one fresh from the task."""
_AT_LAST: dict[type[QwenError], str] = {
    ResultGone: "The task was asked for a fresh one, in vain. Its id is kept: ask reAPI's support for the image.",
    BadImage: "It was fetched several times. The task id is kept: ask reAPI's support for the image.",
}


class Pipeline:
    """Takes jobs from planned to saved.

    Parameters
    ----------
    desk
        Moves the jobs, and has the service, the store and the cadence.
    limiter
        How often all jobs together may ask.
    max_in_flight
        Jobs sent and not yet saved, at most.
    """

    def __init__(self, desk: Desk, limiter: RateLimiter, max_in_flight: int) -> None:
        self._desk = desk
        self._client = desk.client
        self._cadence = desk.cadence
        self._limiter = limiter
        self._slots = asyncio.Semaphore(max_in_flight)
        self._decoders = DaemonExecutor(DECODERS, "qwen-notebook-decoder")
        self._sending: set[asyncio.Task[bool]] = set()

    async def run(self, job: Job, *, again: bool = False) -> None:
        """Take a job as far as it goes by itself.

        Parameters
        ----------
        job
            Planned, or at the service.
        again
            Whether a person said that an uncertain one is to be sent once more.
        """
        begin, failures = State.UNCERTAIN if again else State.PLANNED, 0
        while job.status is begin:
            # Outside the slots, so that a new request finds one free and is the test.
            await self._desk.gate.wait_for(job)
            async with self._slots:
                await self._limiter.turn(Urgency.SUBMIT)
                tried = await self._send(job, last=failures + 1 >= self._desk.patience.submit_tries)
                if job.status.at_service:
                    await self.follow(job)
                    return
            if tried:
                begin = State.PLANNED
                failures += 1
            if job.status is State.PLANNED and isinstance(job.error, ConnectionFailed):
                # After a 429 it is the limiter that makes everybody wait.
                await asyncio.sleep(self._desk.patience.pause(failures))
        if job.status.at_service:
            await self.follow(job)

    async def follow(self, job: Job) -> None:
        """Take a job that the service has to its end, or to the deadline."""
        try:
            async with asyncio.timeout(self._desk.patience.deadline):
                if job.status is not State.DOWNLOADING:
                    await self._look(job)
                if job.status is State.DOWNLOADING:
                    await self._fetch(job)
        except TimeoutError:
            self._desk.annotate(
                job, "It takes very long. Nothing is lost: wait for it again with job.result()."
            )

    async def last_words(self) -> None:
        """Wait for the answers of POSTs in flight: each may hold a task id that is paid for."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=3.0)

    async def _send(self, job: Job, *, last: bool) -> bool:
        # Shielded: whoever cancels the waiting, an answer with a task id is still taken down.
        posting = asyncio.ensure_future(self._post(job, last=last))
        self._sending.add(posting)
        posting.add_done_callback(self._sending.discard)
        return await asyncio.shield(posting)

    async def _post(self, job: Job, *, last: bool) -> bool:
        """Send a job once; False if it was not tried, because the queue stopped or the job was cancelled meanwhile."""
        desk = self._desk
        if not desk.gate.admits(job):
            return False
        try:
            begun = desk.move(
                job,
                State.SENDING,
                attempt=job.record.attempt + 1,
                sent=time(),
                credits=desk.price_now,
                balance_before=desk.expected_balance,
                error=None,
            )
        except OSError as error:
            trouble = journal_trouble(error, desk.store.folder)
            if not desk.move(job, State.REFUSED, error=ErrorRecord.of(trouble), credits=None):
                desk.annotate(job, str(trouble))  # sent before, so it stays uncertain
            return True
        if not begun:
            return False
        try:
            task = await self._client.submit(job.request)
        except (ConnectionFailed, RateLimited) as error:
            if isinstance(error, RateLimited):
                self._limiter.slow_down(error.retry_after)
            if last:
                desk.move(job, State.REFUSED, error=ErrorRecord.of(error), credits=None)
            else:
                desk.move(job, State.PLANNED, error=ErrorRecord.of(error), note=error.what)
        except UncertainSubmission as error:
            desk.move(
                job, State.UNCERTAIN, error=ErrorRecord.of(error), balance_after=await self._balance_soon()
            )
        except QwenError as error:
            # One job is refused for a reason that stops the queue; others that were on their way wait with the rest.
            if isinstance(error, PAUSES_QUEUE) and not desk.gate.shut(error, job):
                desk.move(job, State.PLANNED, error=ErrorRecord.of(error), note=error.what)
            else:
                desk.move(job, State.REFUSED, error=ErrorRecord.of(error), credits=None)
        else:
            desk.move(job, State.SUBMITTED, task_id=task.id)
            desk.accepted()
        return True

    async def _balance_soon(self) -> int | None:
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(3.0):
                return await self._desk.look_at_balance()
        return None

    async def _look(self, job: Job) -> None:
        failures, seen_running = 0, 0.0
        sent = job.record.sent or time()
        resumed = job.status is not State.SUBMITTED
        while True:
            await asyncio.sleep(0 if resumed else self._cadence.wait(time() - sent))
            resumed = False
            task = await self._asked(job, failures)
            if task is None:
                failures += 1
                await asyncio.sleep(self._desk.patience.pause(failures))
                continue
            failures = 0
            running = time() - sent
            if task.status == "processing":
                seen_running = running
                if job.status is State.SUBMITTED:
                    self._desk.move(job, State.PROCESSING)
                else:
                    self._desk.annotate(job, None)
                continue
            if task.status == "failed":
                self._fail(job, task)
                return
            self._cadence.learn(seen_running, running)
            self._desk.move(
                job, State.DOWNLOADING, url=task.image_urls[0], seconds=round(max(0.0, running), 2)
            )
            return

    async def _asked(self, job: Job, failures: int) -> Task | None:
        """The task, or None where the answer was trouble: polling costs nothing, so it is only said and repeated."""
        await self._limiter.turn(Urgency.LOOK)
        try:
            return await self._client.task(job.task_id or "")
        except RateLimited as error:
            self._limiter.slow_down(error.retry_after)
        except QwenError as error:
            if failures >= 1 or error.status in (401, 403, 404):
                self._desk.annotate(
                    job, f"{error.what} {_key_hint(error)}The image is not lost: it is asked for again."
                )
        return None

    async def _fetch(self, job: Job) -> None:
        failures = bad = gone = 0
        while True:
            try:
                if not await self._save_what_is_there(job):
                    content = (await self._client.download(job.record.url or "")).content
                    await self._save(job, content)
            except ResultGone as error:
                gone += 1
                if gone >= _GONE_TRIES:
                    self._desk.move(job, State.GONE, error=ErrorRecord.of(_at_last(error, job)))
                    return
                if not await self._readdress(job):
                    return
                note = error.what
            except BadImage as error:
                bad += 1
                if bad >= self._desk.patience.bad_images:
                    self._desk.move(job, State.UNREADABLE, error=ErrorRecord.of(_at_last(error, job)))
                    return
                note = error.what
            except QwenError as error:
                note = error.what
            except OSError as error:
                note = str(disk_trouble(error, self._desk.store.folder))
            else:
                return
            failures += 1
            self._desk.annotate(job, note)
            await asyncio.sleep(self._desk.patience.pause(failures))

    async def _readdress(self, job: Job) -> bool:
        """Ask the task where its image lies now, until it answers; False where it failed after all."""
        failures = 0
        while True:
            task = await self._asked(job, failures)
            if task is not None and task.status == "failed":
                self._fail(job, task)
                return False
            if task is not None and task.image_urls:
                self._desk.annotate(job, job.note, url=task.image_urls[0])
                return True
            failures += 1
            await asyncio.sleep(self._desk.patience.pause(failures))

    def _fail(self, job: Job, task: Task) -> None:
        from qwen_notebook.reapi.answers import error_of_failed

        self._desk.move(job, State.FAILED, error=ErrorRecord.of(error_of_failed(task)))

    async def _save_what_is_there(self, job: Job) -> bool:
        """Take a picture that was written before the journal could say so: a kernel died, or the disk was full."""
        store = self._desk.store
        for name in store.picture_names(job.record):
            if (store.folder / name).is_file():
                saved = await asyncio.wrap_future(self._decoders.submit(_take_written, store, job, name))
                if saved is not None:
                    self._desk.move(job, State.SAVED, saved=time(), error=None, **saved)
                    return True
        return False

    async def _save(self, job: Job, content: bytes) -> None:
        saved = await asyncio.wrap_future(
            self._decoders.submit(_prepare_and_write, self._desk.store, job, content)
        )
        self._desk.move(job, State.SAVED, saved=time(), error=None, **saved)


def _prepare_and_write(store: Store, job: Job, content: bytes) -> dict[str, Any]:
    from qwen_notebook.studio.inspection import inspect
    from qwen_notebook.studio.provenance import with_provenance

    seen: Inspected = inspect(content)
    facts = {"sha256": seen.sha256, "width": seen.width, "height": seen.height}
    name = store.picture_name(job.record, seen.format)
    marked, sidecar = with_provenance(content, replace(job.record, **facts))
    path = store.folder / name
    store.write(store.preview_path(job.id), seen.preview)
    if sidecar is not None:
        store.write(path.with_suffix(path.suffix + ".xmp"), sidecar)
    store.write(path, marked)
    return facts | {"file": name}


def _take_written(store: Store, job: Job, name: str) -> dict[str, Any] | None:
    from qwen_notebook.studio.inspection import inspect
    from qwen_notebook.studio.provenance import sha256_as_received

    content = (store.folder / name).read_bytes()
    try:
        seen = inspect(content)
    except BadImage:
        return None
    store.write(store.preview_path(job.id), seen.preview)
    sha256 = sha256_as_received(content)
    return {"sha256": sha256, "width": seen.width, "height": seen.height, "file": name}


def _key_hint(error: QwenError) -> str:
    return "Is the key another account's? " if error.status in (401, 403, 404) else ""


def _at_last(error: QwenError, job: Job) -> QwenError:
    error.task_id = job.task_id
    error.todo = _AT_LAST[type(error)]
    return error
