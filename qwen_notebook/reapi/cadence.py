"""When to look at a task next: soon after it is likely to have ended, and seldom before."""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist, median
from typing import Protocol

FLOOR_SECONDS = 0.5
"""Never two looks at one task within this time."""
CEILING_SECONDS = 5.0
"""Never longer between two looks: the service asks for one every 1 to 2 s, and a person waits."""
LOOK_COST = 0.45
"""What a look costs, in seconds of delay: it makes about as many looks as a fixed 1.5 s schedule."""
FIRST_LOOK_QUANTILE = 0.15
REMEMBERED = 200
_PRIOR_WEIGHT = 3.0
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


class FixedCadence:
    """Looks every so many seconds: the schedule that others use, kept for comparison.

    Parameters
    ----------
    seconds
        Between two looks.
    """

    def __init__(self, seconds: float = 1.5) -> None:
        self.seconds = seconds

    def wait(self, running: float) -> float:
        """Return the same time, always."""
        return self.seconds

    def learn(self, seen_running: float, seen_done: float) -> None:
        """Learn nothing."""

    @property
    def usual(self) -> float | None:
        """Nothing is known."""
        return None


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

    Examples
    --------
    >>> cadence = HazardCadence([4.0, 4.1, 3.9, 4.2, 4.0, 4.1])
    >>> cadence.wait(0.0) > 2.0
    True
    """

    def __init__(
        self, history: Iterable[float] = (), *, prior_median: float = 15.0, prior_sigma: float = 0.8
    ) -> None:
        self._prior_mean = math.log(prior_median)
        self._prior_sigma = prior_sigma
        self._times = [seconds for seconds in history if 0 < seconds < math.inf][-REMEMBERED:]
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
        # Ended before the first look: the truth lies below, by an unknown part, so look a little earlier next time.
        seconds = 0.85 * seen_done if seen_running <= 0 else (seen_running + seen_done) / 2
        self._times.append(max(seconds, 0.05))
        del self._times[:-REMEMBERED]
        self._fit()

    def wait(self, running: float) -> float:
        """Seconds from now to the next look at a task that was sent `running` seconds ago."""
        first = math.exp(self._mean + self._sigma * _STANDARD.inv_cdf(FIRST_LOOK_QUANTILE))
        if running < first:
            return max(FLOOR_SECONDS, first - running)
        spacing = math.sqrt(2 * LOOK_COST / max(self._hazard(running), 1e-9))
        return min(max(spacing, FLOOR_SECONDS), CEILING_SECONDS)

    def _hazard(self, running: float) -> float:
        z = (math.log(running) - self._mean) / self._sigma
        if z > 5:  # far beyond all that was seen the quotient loses its digits; this is its limit
            return z / (self._sigma * running)
        return _STANDARD.pdf(z) / (self._sigma * running * (1 - _STANDARD.cdf(z)))

    def _fit(self) -> None:
        logs = [math.log(seconds) for seconds in self._times]
        weight = _PRIOR_WEIGHT + len(logs)
        self._mean = (_PRIOR_WEIGHT * self._prior_mean + sum(logs)) / weight
        # The prior vouches for the spread, not for the place: a fast service must not look like an erratic one.
        centre = sum(logs) / len(logs) if logs else self._prior_mean
        spread = sum((log - centre) ** 2 for log in logs)
        self._sigma = max(math.sqrt((_PRIOR_WEIGHT * self._prior_sigma**2 + spread) / weight), 0.08)
