"""How long tasks take, as far as that is known: from those that ended between two looks, and those that still run."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

_SIGMAS = tuple(1.3 / 1.55**step for step in range(8))
"""Spreads that a law may have, of the logarithm of its times: from a factor of four to six percent."""
_LIKELIEST_SIGMA, _DOUBT_OF_SIGMA = 0.5, 0.6
"""The likeliest spread, as a part of the prior's, in which doubt about the median is contained; and how far it may be
off, in its logarithm."""
_SOONER, _DOUBT_OF_MEDIAN = 1.6, 1.8
"""How much shorter than the prior's the likeliest median is, and how far it may be off, as multiples of the prior's
spread: to look late at a fast service costs more than to look early at a slow one."""
_STRAY, _STRAY_DENSITY = 0.02, 0.1
"""The share of tasks that follow no law (a laptop slept, the service forgot one), and how many of these end within one
unit of the logarithm of their time: anywhere from a tenth of a second to an hour."""
_NEW_LAW = 0.001
"""How likely a task is to be the first of a new law: a model was exchanged behind the same address."""
_POINT = 0.02
"""How exactly a time is known that was written down as one, in its logarithm."""
_BINS = 10.0
"""Ages of running tasks that are told apart, in each unit of their logarithm."""
_BEFORE_ANY = -8.0
_STEPS, _NEAR_ENOUGH = 8, 0.1
"""Steps to a likeliest median at most, and the last of them as a part of how exactly it is known."""
_HOPELESS = 8.0
"""How much less likely, in the logarithm, a spread is than the best when no smaller one is tried."""
_SLIGHT = 1e-3
_SQRT2 = math.sqrt(2.0)
_PEAK = 1 / math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Span:
    """Between which two times a task ended, as their natural logarithms; the times are in seconds."""

    after: float
    before: float

    @classmethod
    def of(cls, after: float, before: float) -> "Span":
        """Between these two times, in seconds; 0 for one that was never seen running."""
        latest = math.log(before)
        return cls(min(math.log(after), latest - 2 * _POINT) if after > 0 else _BEFORE_ANY, latest)

    @classmethod
    def around(cls, seconds: float) -> "Span":
        """At about this time: all that a journal says."""
        return cls(math.log(seconds) - _POINT, math.log(seconds) + _POINT)


@dataclass(frozen=True, slots=True)
class Prior:
    """What is assumed before anything was seen: a median in seconds, and the spread of the logarithm."""

    median: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Latency:
    """A mixture of lognormal laws.

    Attributes
    ----------
    parts
        Each a share, and the mean and the spread of the logarithm of the seconds.
    doubt
        How much of the spread is from not knowing the law: 1 where nothing is known, about 1/n after n tasks.
    """

    parts: Sequence[tuple[float, float, float]]
    doubt: float

    def share_running(self, log_seconds: float) -> float:
        """The share of tasks that run still after so many seconds, given as their logarithm."""
        erfc = math.erfc
        return 0.5 * sum(
            share * erfc((log_seconds - mean) / (sigma * _SQRT2)) for share, mean, sigma in self.parts
        )

    def middle(self, span: Span) -> float:
        """The time, in seconds, before and after which a task that ended within this span is as likely to have."""
        low, high = span.after, span.before
        begin, end = self.share_running(low), self.share_running(high)
        if begin - end < 1e-9:
            return (math.exp(low) + math.exp(high)) / 2
        for _ in range(30):
            middle = (low + high) / 2
            if self.share_running(middle) > (begin + end) / 2:
                low = middle
            else:
                high = middle
        return math.exp(high)

    def reach(self) -> tuple[float, float]:
        """From and to which time nearly all tasks end, as logarithms."""
        heavy = [(mean, sigma) for share, mean, sigma in self.parts if share > 0.02]
        return min(mean - 2.6 * sigma for mean, sigma in heavy), max(
            mean + 3 * sigma for mean, sigma in heavy
        )


def learn_latency(ended: Sequence[Span], running: Collection[float], prior: Prior) -> Latency:
    """Fit a law to what was seen, by each spread that is possible, and weigh these by how well they explain it.

    For one spread, what is known of the median is taken as normal around its likeliest value (Laplace's
    approximation), so that the time of the next task is lognormal: the law is a mixture, one part for each spread.

    Parameters
    ----------
    ended
        Between which times tasks ended.
    running
        How long each task that runs has been seen to, in seconds. The law is for one of them, for which that it
        runs itself is no news: together they count for one less.
    prior
        Outweighed after a few tasks.
    """
    seen = [(span.after, span.before, 1.0) for span in ended]
    seen += [(age, math.inf, count) for age, count in _binned(running)]
    centre, start = math.log(prior.median) - _SOONER * prior.sigma, _start(ended, running, prior)
    precision = 1 / (_DOUBT_OF_MEDIAN * prior.sigma) ** 2
    likeliest = math.log(_LIKELIEST_SIGMA * prior.sigma)
    fits: list[tuple[float, float, float, float]] = []
    best, mean = -math.inf, start
    for sigma in _SIGMAS:
        mean, log_share, sharpness = _fit_median(seen, sigma, centre, precision, mean)
        log_share -= 0.5 * (((math.log(sigma) - likeliest) / _DOUBT_OF_SIGMA) ** 2 + math.log(sharpness))
        fits.append((log_share, mean, sigma, 1 / sharpness))
        best = max(best, log_share)
        if log_share < best - _HOPELESS:
            break
    weights = [math.exp(log_share - best) for log_share, *_ in fits]
    total = sum(weights)
    parts = [
        ((1 - _NEW_LAW) * weight / total, mean, math.sqrt(sigma**2 + variance))
        for weight, (_, mean, sigma, variance) in zip(weights, fits, strict=True)
        if weight > _SLIGHT * total
    ]
    parts.append((_NEW_LAW, centre, math.sqrt(1 / precision + math.exp(2 * likeliest))))
    doubt = sum(
        weight * variance / (variance + sigma**2)
        for weight, (_, _, sigma, variance) in zip(weights, fits, strict=True)
    )
    return Latency(tuple(parts), doubt / total)


def _binned(running: Collection[float]) -> Iterable[tuple[float, float]]:
    """Logarithms of ages, each with how many tasks count for it."""
    of_others = 1 - 1 / len(running) if running else 0.0
    if not of_others:
        return []
    ages = Counter(round(math.log(age) * _BINS) for age in running if age > 0)
    return [(age / _BINS, count * of_others) for age, count in ages.items()]


def _start(ended: Sequence[Span], running: Collection[float], prior: Prior) -> float:
    """Near the logarithm of the median: from far away the fit takes all that was seen for stray."""
    if ended:
        middles = sorted((max(span.after, span.before - 1) + span.before) / 2 for span in ended)
        return middles[len(middles) // 2]
    ages = sorted(running)
    oldest_half = ages[len(ages) // 2] if len(ages) > 1 else 0.0
    return max(math.log(prior.median), math.log(oldest_half) if oldest_half > 0 else -math.inf)


def _fit_median(
    seen: Sequence[tuple[float, float, float]], sigma: float, centre: float, precision: float, mean: float
) -> tuple[float, float, float]:
    """The likeliest mean of the logarithm at this spread, the logarithm of its likelihood, and how sharp that is."""
    value, sharpness = 0.0, precision
    for _ in range(_STEPS):
        value, slope, sharpness = _explained(seen, mean, sigma)
        off = mean - centre
        value -= 0.5 * off * off * precision
        sharpness += precision
        step = (slope - off * precision) / sharpness
        mean += max(-2 * sigma - 0.3, min(step, 2 * sigma + 0.3))
        if abs(step) * math.sqrt(sharpness) < _NEAR_ENOUGH:
            break
    return mean, value, sharpness


def _explained(
    seen: Sequence[tuple[float, float, float]], mean: float, sigma: float
) -> tuple[float, float, float]:
    """How well a law explains what was seen: the logarithm of its likelihood, and two derivatives of that by the mean.

    What the law makes so unlikely that it is taken for stray counts for little in the derivatives.
    """
    erfc, exp = math.erfc, math.exp
    value = slope = sharpness = 0.0
    for after, before, count in seen:
        low = (after - mean) / sigma
        low_density = exp(-0.5 * low * low) * _PEAK
        if before == math.inf:
            share, stray = 0.5 * erfc(low / _SQRT2), _STRAY
            high_density = bend = 0.0
        else:
            high = (before - mean) / sigma
            high_density = exp(-0.5 * high * high) * _PEAK
            bend = high * high_density
            near, far = (low, high) if low > 0 else (-high, -low)  # where the difference keeps its digits
            share = 0.5 * (erfc(near / _SQRT2) - erfc(far / _SQRT2))
            stray = _STRAY * min(1.0, (before - after) * _STRAY_DENSITY)
        lawful = (1 - _STRAY) * share
        value += count * math.log(stray + lawful)
        if lawful > _SLIGHT * stray:
            weight = count * lawful / (stray + lawful)
            pull = (low_density - high_density) / (sigma * share)
            slope += weight * pull
            bent = pull * pull - (low * low_density - bend) / (sigma * sigma * share)
            sharpness += weight * max(bent, 0.0)
    return value, slope, sharpness
