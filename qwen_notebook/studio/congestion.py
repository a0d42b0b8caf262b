"""How much is asked of the service at once, and how fast: learned from its answers, within what a person has said.

Nobody has said what the service takes, but for an answer 429 with a time to wait, which may mean that there are too
many calls a second, or too many tasks. So all begins small and opens while the service takes it, in two windows and one
rate: tasks that it has, POSTs without an answer, and calls of all kinds a second. The POSTs never open beyond what they
begin with, since each of them may be lost and billed.

Source of the method: slow start and additive increase, RFC 5681; remembering where it was refused, RFC 9438.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from qwen_notebook.studio.learned_rate import FIRST_RATE, MOST_RATE, LearnedRate
from qwen_notebook.studio.learned_window import MOST_TASKS, LearnedWindow
from qwen_notebook.studio.places import Places
from qwen_notebook.studio.rate_limit import RateLimiter

MOST_UNANSWERED = 8
"""POSTs without an answer, at most: what an outage can make uncertain at once."""
_FEWEST_UNANSWERED = 2
"""Never fewer: one that waits for its answer as long as that may take must not hold up all others."""
CAREFUL_SECONDS = 60.0
"""So long nothing grows after a POST that got no answer."""
_PROMPT_SECONDS, _PROMPT_TIMES = 0.5, 3.0
"""An answer is prompt within this, or within so many times the quickest one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Where the service refused more: None where it never did.

    Attributes
    ----------
    rate
        Calls a second.
    tasks
        Tasks at the service.
    """

    rate: float | None = None
    tasks: int | None = None


class Congestion:
    """The windows and the rate of one studio. Made and used on one event loop.

    Parameters
    ----------
    rate
        Calls a second that a person has said the service takes; None for as many as it is seen to take.
    max_in_flight
        Jobs sent and not saved, at most, as a person has said; None for what is seen, up to `MOST_TASKS`.
    remembered
        Where it was refused before, in this folder with this key.
    on_pause
        Called as `RateLimiter` says.
    clock
        Seconds that only grow; given by tests.

    Attributes
    ----------
    unsaved
        Places for jobs that are sent and not saved: a file that is slow to come takes no place at the service.
    tasks
        Places for jobs whose tasks the service has.
    posts
        Places for POSTs without an answer.
    limiter
        Gives each call its turn.
    running
        The jobs whose tasks the service has.
    """

    def __init__(
        self,
        *,
        rate: float | None = None,
        max_in_flight: int | None = None,
        remembered: Refused | None = None,
        on_pause: Callable[[float], object] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        known = remembered or Refused()
        self._rate_is_given = rate is not None
        self._remembered = known
        learned = (
            LearnedRate(rate)
            if rate is not None
            else LearnedRate(MOST_RATE, first=FIRST_RATE, refused=known.rate)
        )
        self.limiter = RateLimiter(learned, on_pause=on_pause, clock=clock)
        most = MOST_TASKS if max_in_flight is None else max_in_flight
        self._window = LearnedWindow(most, refused=known.tasks)
        self.unsaved = Places(most)
        self.tasks = Places(self._window.size)
        self.posts = Places(MOST_UNANSWERED)
        self.running: set[str] = set()
        self._clock = clock
        self._careful_until = self._halved_at = clock()
        self._quickest = float("inf")

    @property
    def refused(self) -> Refused:
        """Where the service refused more."""
        rate = self._remembered.rate if self._rate_is_given else self.limiter.refused_rate
        return Refused(None if rate is None else round(rate, 2), self._window.refused)

    def answered(self, seconds: float) -> None:
        """Take in that a call was answered as was asked, after so many seconds."""
        self._quickest = min(self._quickest, seconds)
        prompt = seconds <= max(_PROMPT_SECONDS, _PROMPT_TIMES * self._quickest)
        self.limiter.answered(prompt=prompt and not self._is_careful)

    def took(self, job_id: str, seconds: float) -> None:
        """Take in that the service took a job, and answered after so many seconds."""
        self.running.add(job_id)
        self.answered(seconds)
        waited_for = 2 * self.tasks.taken > self.tasks.count
        self._window.take(len(self.running), waited_for, careful=self._is_careful)
        self.tasks.count = self._window.size
        if not self._is_careful:
            self.posts.count = min(MOST_UNANSWERED, self.posts.count + 1)

    def refuse(self, retry_after: float | None) -> None:
        """Take in that a POST was refused with 429, and the time that it asked for."""
        if self.limiter.paused_for > 0:
            self.limiter.slow_down(retry_after)  # it was on its way with the one that was refused first
            return
        # After a pause that the service itself asked for, the first call of all cannot have come too fast.
        is_known = self._window.refused is not None
        may_be_tasks = bool(self.running) and (is_known or self.limiter.is_fresh_from_pause)
        for_tasks = may_be_tasks and self._window.refuse(len(self.running))
        if for_tasks:
            if not is_known:
                self.limiter.restore()  # nor was it so the time before
            self.tasks.count = self._window.size
        self.limiter.slow_down(retry_after, for_rate=not for_tasks)

    def lost(self, sent: float) -> None:
        """Take in that a POST got no answer: whatever the trouble is, less of it is to be billed.

        Parameters
        ----------
        sent
            When it was sent, on the clock: of several that were on their way together only the first halves anything.
        """
        now, was_careful = self._clock(), self._is_careful
        self._careful_until = now + CAREFUL_SECONDS
        if sent > self._halved_at:
            self._halved_at = now
            self._window.halve(careful=was_careful)
            self.tasks.count = self._window.size
            self.posts.count = max(_FEWEST_UNANSWERED, self.posts.count // 2)

    @property
    def _is_careful(self) -> bool:
        return self._clock() < self._careful_until
