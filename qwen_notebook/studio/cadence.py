"""When to look at a task next: soon after it is likely to have ended, and seldom before."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist, median
from typing import Protocol

FLOOR_SECONDS = 0.5
"""Never two looks at one task within this time."""
CEILING_SECONDS = 4.0
"""Never longer between two looks after the first: a person waits."""
UNKNOWN_SECONDS = (1.0, 2.0)
"""From and to how many seconds to any look before some tasks have ended, as reAPI asks: nobody has promised how long
one takes. Drawn, so that jobs sent together are not all looked at together."""
_FEW = 3
LOOK_COST = 0.16
"""What a look costs, in seconds of delay: where tasks take 4 s it makes as many looks as a fixed 1.5 s schedule."""
FIRST_LOOK_QUANTILE = 0.15
REMEMBERED = 40
"""Times that count: enough to know a law by, and few enough to follow a service that changes."""
_PRIOR_WEIGHT, _PRIOR_SPREAD_WEIGHT = 0.5, 2.0
_OUTLIER = 1.5
"""How far from the median, in its logarithm, a time counts: one night that a laptop slept is no law."""
_SURPRISES = 4
"""So many tasks in a row, all over before a first look that few should be over at: the service has changed."""
_SHORTEST, _LONGEST = 0.05, 24 * 3600.0
_STANDARD = NormalDist()


class Cadence(Protocol):
    """Decides when to look, and learns from what was seen."""

    def wait(self, running: float) -> float:
        """Seconds from now to the next look at a task that was sent `running` seconds ago."""
        ...

    def learn(self, seen_running: float, seen_done: float) -> None:
        """Take in that a task ended between these two times after it was sent, in seconds."""
        ...

    @property
    def usual(self) -> float | None:
        """How long a task usually takes, in seconds; None where none has ended yet."""
        ...


class HazardCadence:
    """Looks by the hazard of ending, fitted to the times that past tasks took.

    Times are taken as lognormal. The first look falls near their 15 % quantile; each further wait is
    ``sqrt(2 * cost / hazard)``, the spacing at which a look costs as much as the delay that it saves.

    Parameters
    ----------
    history
        Times that past tasks took, in seconds, oldest first.
    prior_median, prior_sigma
        What is assumed before the first task ends; outweighed after a few.
    spread
        A number from 0 to 1; given by tests.

    Examples
    --------
    >>> cadence = HazardCadence([4.0, 4.1, 3.9, 4.2, 4.0, 4.1])
    >>> cadence.wait(0.0) > 2.0
    True
    """

    def __init__(
        self,
        history: Iterable[float] = (),
        *,
        prior_median: float = 15.0,
        prior_sigma: float = 0.8,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._prior_mean = math.log(prior_median)
        self._prior_sigma = prior_sigma
        self._times = [seconds for seconds in history if _SHORTEST <= seconds <= _LONGEST][-REMEMBERED:]
        self._surprises = 0
        self._spread = spread
        self._fit()

    @property
    def history(self) -> Sequence[float]:
        """The remembered times, in seconds, oldest first."""
        return tuple(self._times)

    @property
    def usual(self) -> float | None:
        """The median of the remembered times, in seconds."""
        return median(self._times) if self._times else None

    def learn(self, seen_running: float, seen_done: float) -> None:
        """Take in that a task ended between these two times after it was sent, in seconds."""
        if not (0 <= seen_running <= seen_done and _SHORTEST <= seen_done <= _LONGEST):
            return
        surprising = (
            seen_running == 0 and seen_done > UNKNOWN_SECONDS[1] and self._share_ended(seen_done) < 0.3
        )
        self._surprises = self._surprises + 1 if surprising and len(self._times) >= _FEW else 0
        if self._surprises >= _SURPRISES:
            self._surprises = 0
            self._times.clear()  # nothing is known, until the next task has been looked at more closely
            self._fit()
            return
        # When in between is not known; the law as known so far says where its middle lies.
        middle = (self._share_ended(seen_running) + self._share_ended(seen_done)) / 2
        seconds = self._quantile(middle) if 1e-9 < middle < 1 - 1e-9 else (seen_running + seen_done) / 2
        self._times.append(min(max(seconds, seen_running, _SHORTEST), seen_done))
        del self._times[:-REMEMBERED]
        self._fit()

    def wait(self, running: float) -> float:
        """Seconds from now to the next look at a task that was sent `running` seconds ago."""
        running = max(running, 0.0)
        first = self._quantile(FIRST_LOOK_QUANTILE)
        if running < first:
            wait = max(first - running, FLOOR_SECONDS)
        else:
            spacing = math.sqrt(2 * LOOK_COST / max(self._hazard(running), 1e-9))
            wait = min(max(spacing, FLOOR_SECONDS), CEILING_SECONDS)
        if len(self._times) >= _FEW:
            return wait
        soonest, latest = UNKNOWN_SECONDS
        return min(wait, soonest + (latest - soonest) * self._spread())

    def _quantile(self, share: float) -> float:
        return math.exp(self._mean + self._sigma * _STANDARD.inv_cdf(share))

    def _share_ended(self, running: float) -> float:
        return _STANDARD.cdf((math.log(running) - self._mean) / self._sigma) if running > 0 else 0.0

    def _hazard(self, running: float) -> float:
        z = (math.log(running) - self._mean) / self._sigma
        if z > 5:  # far beyond all that was seen the quotient loses its digits; this is its limit
            return z / (self._sigma * running)
        return _STANDARD.pdf(z) / (self._sigma * running * (1 - _STANDARD.cdf(z)))

    def _fit(self) -> None:
        centre = math.log(median(self._times)) if self._times else self._prior_mean
        logs = [max(centre - _OUTLIER, min(math.log(time), centre + _OUTLIER)) for time in self._times]
        self._mean = (_PRIOR_WEIGHT * self._prior_mean + sum(logs)) / (_PRIOR_WEIGHT + len(logs))
        # The prior vouches for the spread, not for the place: a fast service must not look like an erratic one.
        around = sum(logs) / len(logs) if logs else self._prior_mean
        spread = sum((log - around) ** 2 for log in logs) + _PRIOR_SPREAD_WEIGHT * self._prior_sigma**2
        self._sigma = max(math.sqrt(spread / (_PRIOR_SPREAD_WEIGHT + len(logs))), 0.1)
