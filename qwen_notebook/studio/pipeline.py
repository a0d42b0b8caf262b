"""The road of one job: sent once, looked at until it ends, fetched, checked and saved.

Everything here runs on the worker's loop. What may be repeated is decided by one rule: a POST is repeated only where
it certainly made no task; a GET is always safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.executor import DaemonExecutor, usable_cores
from qwen_notebook.errors import ConnectionFailed, RateLimited
from qwen_notebook.journal.states import State
from qwen_notebook.studio.congestion import Congestion
from qwen_notebook.studio.fetching import Fetcher
from qwen_notebook.studio.pauses import PauseNotes
from qwen_notebook.studio.polling import Poller
from qwen_notebook.studio.rate_limit import Urgency
from qwen_notebook.studio.remembered_limits import RememberedLimits
from qwen_notebook.studio.sending import Sender

if TYPE_CHECKING:
    from qwen_notebook.studio.budget import Budget
    from qwen_notebook.studio.cadence import HazardCadence
    from qwen_notebook.studio.circuit_breaker import CircuitBreaker
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.patience import Patience
    from qwen_notebook.studio.provider_session import ProviderSession

DECODERS = min(usable_cores(), 8)
"""Threads that decode and save at once: each may hold one picture's pixels."""
_KEEP_SECONDS = 1.0
_TOO_LONG = "It takes very long. Nothing is lost: wait for it again with job.result()."


class Pipeline:
    """Takes jobs from planned to saved.

    Parameters
    ----------
    jobs
        Where each move is written down.
    session
        To the provider.
    budget
        What may be bought.
    breaker
        Stops the queue once.
    cadence
        Gives when to look at a task next.
    patience
        How long to go on trying.
    rate, max_in_flight
        What a person has said; None for nothing. See `Congestion`.
    """

    def __init__(
        self,
        *,
        jobs: JobStore,
        session: ProviderSession,
        budget: Budget,
        breaker: CircuitBreaker,
        cadence: Callable[[], HazardCadence],
        patience: Patience,
        rate: float | None,
        max_in_flight: int | None,
    ) -> None:
        self._jobs = jobs
        self._breaker = breaker
        self._patience = patience
        self._memory = RememberedLimits(jobs.store.folder, session.provider.account_id())
        self._congestion = Congestion(
            rate=rate,
            max_in_flight=max_in_flight,
            remembered=self._memory.load(),
            on_pause=self._tell_of_pause,
        )
        session.paced_by(self._congestion.limiter)
        self._pauses = PauseNotes(jobs, self._congestion.limiter)
        self._decoders = DaemonExecutor(DECODERS, "qwen-notebook-decoder")
        self._sender = Sender(
            jobs=jobs,
            session=session,
            budget=budget,
            breaker=breaker,
            congestion=self._congestion,
            lost_answers=patience.lost_answers,
        )
        self._poller = Poller(
            jobs=jobs,
            session=session,
            cadence=cadence,
            congestion=self._congestion,
            pauses=self._pauses,
            patience=patience,
        )
        self._fetcher = Fetcher(
            jobs=jobs,
            session=session,
            poller=self._poller,
            patience=patience,
            decoders=self._decoders,
        )
        self._at_work: dict[Job, asyncio.Task[None]] = {}

    async def run(self, job: Job, *, again: bool = False, briefly: bool = False) -> None:
        """Take a job as far as it goes by itself.

        Parameters
        ----------
        job
            Planned, or at the service.
        again
            Whether a person decided that an uncertain one is to be sent once more.
        briefly
            Whether its image was given up before, and is to be looked for a few times only.
        """
        mine = asyncio.current_task()
        assert mine is not None
        self._at_work[job] = mine
        try:
            followed = await self._send(job, State.UNCERTAIN if again else State.PLANNED)
            if job.status.at_service and not followed:
                await self._follow(job, briefly=briefly)
        finally:
            self._at_work.pop(job, None)

    async def _send(self, job: Job, begin: State) -> bool:
        """Send a job until it is taken or refused; whether it was followed from there, in the place that it has."""
        failures, patience, sender = 0, self._patience, self._sender
        taken = sender.taken
        while job.status is begin and (begin is State.PLANNED or self._jobs.pending.stands(job)):
            # Outside the slots, so that a new request finds one free and is the test.
            await self._breaker.wait_for(job)
            async with self._congestion.unsaved, AsyncExitStack() as at_service:
                await at_service.enter_async_context(self._congestion.tasks)
                self._pauses.tell(job)
                if not await self._take_turn():
                    continue
                tried = await sender.send(job, last=failures + 1 >= patience.submit_tries, since=taken)
                if job.status.at_service:
                    await self._follow(job, at_service)
                    return True
            if tried:
                begin = State.PLANNED
                came_too_soon = isinstance(job.error, RateLimited) and sender.takes_others(taken)
                failures, taken = 0 if came_too_soon else failures + 1, sender.taken
            if job.status is State.PLANNED and isinstance(job.error, ConnectionFailed):
                # After a 429 it is the limiter that makes everybody wait.
                await asyncio.sleep(patience.pause(failures))
        return False

    async def _take_turn(self) -> bool:
        """Wait for a place among the POSTs, which the sender leaves, and for the turn.

        Returns
        -------
        bool
            False if meanwhile the service was found to take fewer tasks than have a place: then none is taken.
        """
        tasks, posts = self._congestion.tasks, self._congestion.posts
        await posts.acquire()
        try:
            await self._congestion.limiter.turn(Urgency.SUBMIT)
        except BaseException:
            posts.release()
            raise
        if tasks.are_too_few:
            posts.release()
        return not tasks.are_too_few

    async def _follow(
        self, job: Job, at_service: AsyncExitStack | None = None, *, briefly: bool = False
    ) -> None:
        """Take a job that the service has to its end, or to the deadline; its place there is left once it has ended."""
        try:
            async with asyncio.timeout(self._patience.deadline):
                resumed = job.status is State.DOWNLOADING
                if not resumed:
                    await self._look(job)
                if at_service is not None:
                    await at_service.aclose()
                if job.status is State.DOWNLOADING:
                    await self._fetcher.fetch(job, resumed=resumed, briefly=briefly)
        except TimeoutError:
            if not self._fetcher.give_up(job) and job.status.at_service:
                note = f"{job.note} {_TOO_LONG}" if job.note else _TOO_LONG
                self._jobs.set_note(job, note)

    async def _look(self, job: Job) -> None:
        """Look at a job's task until it has ended; so long it counts among those at the service."""
        self._congestion.running.add(job.id)
        try:
            await self._poller.look(job)
        finally:
            self._congestion.running.discard(job.id)

    @property
    def paused_for(self) -> float:
        """Seconds until the service is to be sent anything again, as it asked; 0 where it asked for no pause."""
        return self._congestion.limiter.paused_for

    def _tell_of_pause(self, _: float) -> None:
        self._keep_limits()
        for job in list(self._at_work):
            self._pauses.tell(job)

    @property
    def unanswered(self) -> list[Job]:
        """The jobs whose POSTs are in flight."""
        return self._sender.unanswered

    async def drain(self) -> None:
        """Give POSTs in flight a few seconds to be answered: each answer may hold a task id that is paid for."""
        await self._sender.drain()

    async def last_answers(self) -> None:
        """Wait for all those answers, however late."""
        await self._sender.drain(None)

    async def stop(self) -> list[Job]:
        """Stop all that runs.

        Returns
        -------
        list of Job
            What was on its way.
        """
        left = dict(self._at_work)
        for task in left.values():
            task.cancel()
        if left:
            await asyncio.wait(left.values(), timeout=1.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(_KEEP_SECONDS):
                await asyncio.wrap_future(self._keep_limits())
        self._decoders.shutdown()
        return list(left)

    def _keep_limits(self) -> Future[None]:
        """Write down what the service takes, where it does not hold up the loop."""
        return self._decoders.submit(self._memory.keep, self._congestion.refused)
