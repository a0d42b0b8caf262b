"""The gate of the queue: shut when the service refuses a job for a reason that would refuse all, open again after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from qwen_notebook.errors import Charge, QwenError, ServiceError
from qwen_notebook.studio.worker import shared_worker

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job


class Gate:
    """Where jobs wait to be sent.

    Parameters
    ----------
    turned
        Called when it was shut or opened.

    Attributes
    ----------
    reason
        Why it is shut; None while it is open.
    """

    def __init__(self, turned: Callable[[], None]) -> None:
        self.reason: QwenError | None = None
        self._shut_at = 0.0
        self._turned = turned
        self._probes: set[str] = set()
        self._opened: asyncio.Event | None = None
        self._unanswered = 0

    def probe(self, job: Job) -> None:
        """Take a new request, while it is shut, as the test whether the trouble is over."""
        if self.reason is not None:
            self._probes.add(job.id)
            self._wake()

    def admits(self, job: Job) -> bool:
        """Whether a job may go: not while it is shut, but for one that was asked for since."""
        return self.reason is None or job.id in self._probes

    async def wait_for(self, job: Job) -> None:
        """Wait until a job may go."""
        while not self.admits(job):
            if self._opened is None:
                self._opened = asyncio.Event()
            self._opened.clear()
            await self._opened.wait()

    def shut(self, reason: QwenError, job: Job) -> bool:
        """Stop the queue with the reason for which a job was refused; False if it was stopped already."""
        if not self.admits(job):
            return False
        self.reason = reason
        self._shut_at = monotonic()
        self._probes.clear()
        self._turned()
        return True

    def got_no_answer(self, job: Job, most: int) -> None:
        """Stop the queue when so many POSTs in a row got no answer: each of them may have been billed."""
        self._unanswered += 1
        if self._unanswered >= most:
            self.shut(_no_answers(self._unanswered), job)

    def answered(self) -> None:
        """Take note that the service answers, whatever it says."""
        self._unanswered = 0

    def accepted(self, sent: float) -> None:
        """Let the queue go on if the service took a job that was sent since it was shut.

        Parameters
        ----------
        sent
            When, on the monotonic clock: what was sent before says nothing of the trouble.
        """
        if self.reason is not None and sent > self._shut_at:
            self.open()

    def open(self) -> None:
        """Let the queue go on."""
        self.reason = None
        self._unanswered = 0
        self._wake()
        self._turned()

    def _wake(self) -> None:
        if self._opened is not None:
            shared_worker().call(self._opened.set)


def _no_answers(count: int) -> ServiceError:
    return ServiceError(
        f"{count} requests in a row were sent and got no answer, so nothing more is sent.",
        "studio.uncertain has them; once the service answers again: studio.unpause().",
        charge=Charge.MAYBE,
    )
