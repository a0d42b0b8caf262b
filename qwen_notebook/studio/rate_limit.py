"""How often the service is asked, by all jobs together."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from time import monotonic

from qwen_notebook.studio.learned_rate import LearnedRate

_BURST_SECONDS = 0.8
"""Less than the second's worth that the service is taken to allow: calls arrive closer together than they left."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 3600.0
PAUSE_FOR_ALL = 5.0
"""Seconds up to which a pause holds up looks too. In a longer one they go on, since they are at what is paid for."""
_LOOK_GAP, _WIDEST_LOOK_GAP = 3.0, 60.0
"""Seconds from one look to the next in a longer pause, at first and at most."""


class Urgency(IntEnum):
    """What a call is for; the first goes first when the rate is short.

    ``LOOK_AGAIN`` is a look after trouble: a folder full of tasks that answer nothing holds up no other.
    """

    SUBMIT = 0
    LOOK = 1
    LOOK_AGAIN = 2


_LOOKS = (Urgency.LOOK, Urgency.LOOK_AGAIN)


class RateLimiter:
    """A token bucket that all calls of a studio draw from, as fast as the service is known to take them.

    Made and used on one event loop.

    Parameters
    ----------
    rate
        Calls a second, or what learns them; most of a second's worth may go at once after some quiet.
    on_pause
        Called whenever a pause begins or is prolonged, with the seconds for which submits will wait from then on.
    clock, jitter
        Seconds that only grow, and a number from 0 to 1; given by tests.

    Examples
    --------
    >>> limiter = RateLimiter(10)
    >>> asyncio.run(limiter.turn(Urgency.SUBMIT))
    """

    def __init__(
        self,
        rate: LearnedRate | float,
        *,
        on_pause: Callable[[float], object] | None = None,
        clock: Callable[[], float] = monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._learned = rate if isinstance(rate, LearnedRate) else LearnedRate(rate)
        self.on_pause = on_pause
        self._clock = clock
        self._jitter = jitter
        self._tokens = self._capacity
        self._filled_at = clock()
        self._named_until = self._paused_until = 0.0  # without and with the jitter
        self._looks_from = 0.0
        self._look_gap = _LOOK_GAP
        self._look_is_out = False
        self._answered_since_pause: int | None = None
        self._waiting: dict[Urgency, deque[asyncio.Future[bool]]] = {urgency: deque() for urgency in Urgency}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def rate(self) -> float:
        """Calls a second at present."""
        self._fill()
        return self._learned.rate

    @property
    def _capacity(self) -> float:
        return max(1.0, _BURST_SECONDS * self._learned.burst_rate)

    @property
    def paused_for(self) -> float:
        """Seconds for which submits have to wait still; 0 when there is no pause."""
        return max(0.0, self._paused_until - self._clock())

    async def turn(self, urgency: Urgency) -> None:
        """Wait until this call may go: submits before looks, and else in order.

        In a long pause no submit goes, and looks go one at a time with seconds between them.
        """
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[urgency].append(turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self._tokens += 1  # it had its token already, and leaves it to the next
                self._serve()
            raise

    def draw(self) -> None:
        """Count a call that goes at once: the next ones wait for it."""
        self._fill()
        self._tokens -= 1

    def answered(self, *, prompt: bool = True) -> None:
        """Take in that the service did what a call asked for, and whether it was quick to answer."""
        self._fill()
        if self._answered_since_pause is not None and not self.paused_for:
            self._answered_since_pause += 1
        is_used = self._tokens < self._capacity
        if self._learned.answer(self._clock(), may_grow=prompt and is_used):
            self._tokens += 1
            self._serve()

    def restore(self) -> None:
        """Take back that the last 429 was for the rate."""
        self._learned.restore()

    @property
    def is_fresh_from_pause(self) -> bool:
        """Whether no call was answered yet since the last pause ended."""
        return self._answered_since_pause == 0 and not self.paused_for

    @property
    def refused_rate(self) -> float | None:
        """Calls a second that were too many, as far as that is known."""
        return self._learned.refused

    def slow_down(
        self, retry_after: float | None, urgency: Urgency = Urgency.SUBMIT, *, for_rate: bool = True
    ) -> None:
        """Take in a 429: everybody waits, and then goes at half the rate.

        Where the service asks for more than some seconds, only submits wait for all of them.

        Parameters
        ----------
        retry_after
            Seconds that the service asked for; None where it did not.
        urgency
            What the call was for. A look that is turned away in a pause makes looks fewer, and prolongs the pause
            only if the service names a longer time.
        for_rate
            False where it is known that something else was too much: then the rate stays.
        """
        self._fill()
        now = self._clock()
        paused = now < self._paused_until
        if not paused:  # several calls in flight report the same squeeze: halve once
            if for_rate:
                self._learned.refuse(now)
            self._answered_since_pause = 0
            self._look_gap = max(_LOOK_GAP, 1 / self._learned.most)
            self._look_is_out = False
        elif urgency in _LOOKS and self._look_is_out:
            self._look_gap = max(self._look_gap, min(2 * self._look_gap, _WIDEST_LOOK_GAP))
            self._look_is_out = False
        asked = 1.0 if retry_after is None else min(max(retry_after, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        until = now + asked * (1 + 0.2 * self._jitter())
        # This counts in the pause only: in one for all, looks wait to its end, and in a long one for their gap.
        self._looks_from = max(
            self._looks_from, now + self._look_gap, until if asked <= PAUSE_FOR_ALL else now
        )
        self._tokens = 0.0
        names_none = urgency in _LOOKS and retry_after is None
        names_more = not paused or (now + asked > self._named_until and not names_none)
        if names_more:
            self._named_until = now + asked
        prolonged = names_more and until > self._paused_until
        if prolonged:
            self._paused_until = until
        self._serve()
        if prolonged and self.on_pause is not None:
            self.on_pause(self.paused_for)

    def _fill(self) -> None:
        now = self._clock()
        since = max(self._filled_at, min(self._paused_until, now))
        passed = max(0.0, now - since)
        room = max(0.0, self._capacity - self._tokens)
        # Once the bucket is full nobody has called for a while, and nothing was taken that would prove more.
        self._learned.grow(passed, min(passed, room / self._learned.rate))
        self._tokens += min(passed * self._learned.rate, room)
        self._filled_at = now

    def _serve(self) -> None:
        self._fill()
        now = self._clock()
        if now >= self._paused_until:
            while self._tokens >= 1 and (turn := self._next(*Urgency)) is not None:
                self._tokens -= 1
                turn.set_result(True)
        elif now >= self._looks_from and (turn := self._next(*_LOOKS)) is not None:
            self._looks_from = now + self._look_gap
            self._look_is_out = True
            turn.set_result(False)
        self._set_timer(now)

    def _next(self, *urgencies: Urgency) -> asyncio.Future[bool] | None:
        """Take the first that still waits off the queue, of the first of these kinds that has one."""
        for urgency in urgencies:
            waiting = self._waiting[urgency]
            while waiting:
                turn = waiting.popleft()
                if not turn.done():  # not cancelled meanwhile
                    return turn
        return None

    def _set_timer(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not any(self._waiting.values()):
            return
        if now >= self._paused_until:
            wait = (1 - self._tokens) / self._learned.rate
        elif any(self._waiting[urgency] for urgency in _LOOKS):
            wait = min(self._looks_from, self._paused_until) - now
        else:
            wait = self._paused_until - now
        self._timer = asyncio.get_running_loop().call_later(wait + 0.001, self._serve)
