"""The circuit breaker of the queue: it trips when the service refuses a job for a reason that would refuse all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.errors import Charge, QwenError, ServiceError
from qwen_notebook.journal.states import State

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job

OUTAGE_SECONDS = 60.0
"""After this a new request may be the test whether an outage is over, without anybody's word."""


class CircuitBreaker:
    """Where jobs wait to be sent.

    Parameters
    ----------
    on_change
        Called when it has tripped, or was reset.

    Attributes
    ----------
    reason
        Why it has tripped; None while jobs may go.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._begin()
        on_fork_in_child(self)

    def _begin(self) -> None:
        self.reason: QwenError | None = None
        self._tripped_at = 0.0
        self._probes: dict[str, Job] = {}
        self._was_reset: asyncio.Event | None = None
        self._unanswered = 0
        self._reset_at = 0.0
        self._is_outage = False
        self._invited = False

    def after_fork_in_child(self) -> None:
        """Begin anew: what was tried so far was the parent's."""
        self._begin()

    @property
    def takes_new(self) -> bool:
        """Whether a new request may be made now.

        While it has tripped that is the test whether the trouble is over. A refusal costs nothing, so anyone may be the
        test; in an outage each may be charged, so it is one at a time, some time later or by somebody's word.
        """
        if self.reason is None or not self._is_outage:
            return True
        out = any(not job.status.ended and job.status is not State.UNCERTAIN for job in self._probes.values())
        return not out and (self._invited or monotonic() - self._tripped_at > OUTAGE_SECONDS)

    def invite(self) -> None:
        """Take somebody's word that the trouble may be over: the next request is the test."""
        self._invited = True

    def probe(self, job: Job) -> None:
        """Take a new request, while it has tripped, as the test whether the trouble is over."""
        if self.reason is not None and self.takes_new:
            self._invited = False
            self._probes[job.id] = job
            self._wake()

    def allows(self, job: Job) -> bool:
        """Whether a job may go: not while it has tripped, but for one that was asked for since."""
        return self.reason is None or job.id in self._probes

    async def wait_for(self, job: Job) -> None:
        """Wait until a job may go."""
        while not self.allows(job):
            if self._was_reset is None:
                self._was_reset = asyncio.Event()
            self._was_reset.clear()
            await self._was_reset.wait()

    def trip(self, reason: QwenError, job: Job, *, is_outage: bool = False) -> bool:
        """Stop the queue with the reason for which a job was refused; False if it was stopped already."""
        if not self.allows(job):
            return False
        self.reason = reason
        self._is_outage = is_outage
        self._invited = False
        self._tripped_at = monotonic()
        self._probes.clear()
        self._on_change()
        return True

    def got_no_answer(self, job: Job, sent: float, most: int) -> None:
        """Stop the queue when so many POSTs in a row got no answer: each of them may have been billed.

        Parameters
        ----------
        job, sent
            One more of them, and when it was sent, on the monotonic clock: what was sent before it was reset
            says nothing of now.
        most
            How many are too many.
        """
        if sent < self._reset_at:
            return
        self._unanswered += 1
        if self._unanswered >= most:
            self.trip(_no_answers(self._unanswered), job, is_outage=True)

    def answered(self, sent: float) -> None:
        """Take note that the service answers, whatever it says: that is the end of an outage.

        Parameters
        ----------
        sent
            When the POST was sent, on the monotonic clock.
        """
        self._unanswered = 0
        if self._is_outage:
            self.accepted(sent)

    def accepted(self, sent: float) -> None:
        """Let the queue go on if the service took a job that was sent since it tripped.

        Parameters
        ----------
        sent
            When, on the monotonic clock: what was sent before says nothing of the trouble.
        """
        if self.reason is not None and sent > self._tripped_at:
            self.reset()

    def reset(self) -> None:
        """Let the queue go on."""
        self.reason = None
        self._is_outage = self._invited = False
        self._unanswered = 0
        self._reset_at = monotonic()
        self._wake()
        self._on_change()

    def _wake(self) -> None:
        if self._was_reset is not None:
            shared_worker().call(self._was_reset.set)


def _no_answers(count: int) -> ServiceError:
    sent = "1 request was" if count == 1 else f"{count} requests in a row were"
    return ServiceError(
        f"{sent} sent and got no answer, so nothing more is sent. What was sent may have been charged.",
        "studio.uncertain has it; once the service answers again: studio.unpause().",
        charge=Charge.FREE,
    )
