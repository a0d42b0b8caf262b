"""The user's rate: how often the service may be asked, by all jobs together."""

import asyncio
import heapq
import random
from collections.abc import Callable
from enum import IntEnum
from itertools import count
from time import monotonic

_RECOVERY_SECONDS = 10.0
_SLOWEST = 0.2
_FASTEST = 1e6
_BURST_SECONDS = 0.8
"""Less than the second's worth that the service is taken to allow: calls arrive closer together than they left."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 3600.0


class Urgency(IntEnum):
    """Who goes first when the rate is short."""

    SUBMIT = 0
    LOOK = 1


class RateLimiter:
    """A token bucket that all calls of a studio draw from; it slows when the service says 429, and recovers.

    Made and used on one event loop.

    Parameters
    ----------
    per_second
        Calls a second; most of a second's worth may go at once after a pause.
    clock, jitter
        Seconds that only grow, and a number from 0 to 1; given by tests.

    Examples
    --------
    >>> limiter = RateLimiter(10)
    >>> asyncio.run(limiter.turn(Urgency.SUBMIT))
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.declared = self._rate = per_second = min(per_second, _FASTEST)
        self._clock = clock
        self._jitter = jitter
        self._tokens = self._capacity = max(1.0, _BURST_SECONDS * self.declared)
        self._filled_at = clock()
        self._paused_until = 0.0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def rate(self) -> float:
        """Calls a second at present."""
        self._fill()
        return self._rate

    async def turn(self, urgency: Urgency) -> None:
        """Wait until this call may go: more urgent ones first, then in order."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (urgency, next(self._order), turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it had its token already, and leaves it to the next
                self._tokens += 1
                self._serve()
            raise

    def slow_down(self, retry_after: float | None) -> None:
        """Take in a 429: everybody waits, and then goes at half the rate.

        Parameters
        ----------
        retry_after
            Seconds that the service asked for; None where it did not.
        """
        self._fill()
        now = self._clock()
        if now >= self._paused_until:  # several calls in flight report the same squeeze: halve once
            self._rate = max(self._rate / 2, min(_SLOWEST, self.declared))
        wait = 1.0 if retry_after is None else min(max(retry_after, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        self._paused_until = max(self._paused_until, now + wait * (1 + 0.2 * self._jitter()))
        self._tokens = 0.0
        self._serve()

    def _fill(self) -> None:
        now = self._clock()
        since = max(self._filled_at, min(self._paused_until, now))
        passed = max(0.0, now - since)
        self._rate = min(self.declared, self._rate + self.declared * passed / _RECOVERY_SECONDS)
        self._tokens = min(self._capacity, self._tokens + passed * self._rate)
        self._filled_at = now

    def _serve(self) -> None:
        self._fill()
        paused = self._paused_until - self._clock()
        while self._queue and (self._queue[0][2].done() or (paused <= 0 and self._tokens >= 1)):
            turn = heapq.heappop(self._queue)[2]
            if not turn.done():  # a cancelled one leaves its token to the next
                self._tokens -= 1
                turn.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            wait = paused if paused > 0 else (1 - self._tokens) / self._rate
            self._timer = asyncio.get_running_loop().call_later(wait + 0.001, self._serve)
