"""When to look at a task next: soon after it is likely to have ended, and seldom before."""

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from statistics import median
from typing import Protocol

from qwen_notebook.studio.latency import Latency, Prior, Span, learn_latency

FLOOR_SECONDS = 0.5
"""Never two looks at one task within this time."""
CEILING_SECONDS = 4.0
"""Never longer between two looks after the first, once it is known how long tasks take: a person waits."""
CEILING_SHARE = 0.55
"""Where nothing is known, the wait may be this share of the time that a task has run for: who has waited a minute minds
ten seconds less than who has waited four."""
LOOK_COST = 0.16
"""What a look costs, in seconds of delay: where tasks take 4 s it makes as many looks as a fixed 1.5 s schedule."""
REMEMBERED = 40
"""Times that count: enough to know a law by, and few enough to follow a service that changes."""
_DEARER = 0.56
"""How much more a look costs where nothing is known, for each second that the task has run for: what it saves is not
more than a part of a long wait. Where several run it is less, since a look at one teaches about all."""
_LATER = 0.3
"""How much longer than the first, at most, the last of many tasks waits where nothing is known: what is seen of the
first says when to look at the others."""
_NEWS = 0.1
"""The change in how long all running tasks are known to run that is worth another fit."""
_UNLIKELY, _CHANGED = 0.1, 5e-4
"""How unlikely it is held to be, at the least, that a task ends as soon as it did, or as late; and how unlikely it is
that several in a row do, before the service is taken to have changed and the times before count no more."""
_AS_LONG = 0.8
"""Part of the time of one that has ended for which others have to have run to show that the service is no faster."""
_NO_LESSON, _ASLEEP = 0.95, 60.0
"""Where a task had to end with this likelihood, that it did teaches nothing; and where nobody looked for so many
seconds besides, nobody can say when."""
_SHORTEST, _LONGEST = 0.05, 24 * 3600.0
_AGES = 128
"""Ages for which it is worked out when to look next."""


class Cadence(Protocol):
    """Decides when to look, and learns from what was seen. All times are in seconds since a task was sent."""

    def next_look(self, seen: float, running: Collection[float] = (), lot: float = 0.5) -> float:
        """How long a task is to have run for at the next look.

        Parameters
        ----------
        seen
            How long it ran for when it was last seen to run; 0 before the first look.
        running
            The same of all tasks that run, of this one too.
        lot
            From 0 to 1, drawn for each look: tasks that were sent together are not all looked at together.
        """
        ...

    def learn(self, seen: float, done: float, running: Collection[float] = ()) -> float | None:
        """Take in that a task has ended.

        Parameters
        ----------
        seen, done
            How long after it was sent it was last seen to run, 0 for never, and first seen to have ended.
        running
            How long each task was seen to run that still does.

        Returns
        -------
        float or None
            How long it took, as likely as can be told; None where nobody can tell.
        """
        ...

    @property
    def usual(self) -> float | None:
        """How long a task usually takes; None where none has ended yet."""
        ...


class HazardCadence:
    """Looks when the delay that a look saves is worth it, by what is known of how long tasks take.

    Known is what a law says that was fitted to when tasks ended, and to how long those have run for that still do
    (`learn_latency`). For that law the looks are worked out from the last one backwards, so that the delay and the cost
    of looks are together as small as they can be. It keeps no time and draws nothing: what it answers depends on what
    it was told alone.

    Parameters
    ----------
    history
        Times that past tasks took, in seconds, oldest first.
    prior_median, prior_sigma
        What is assumed before the first task ends; outweighed after a few.

    Examples
    --------
    >>> cadence = HazardCadence([4.0, 4.1, 3.9, 4.2, 4.0, 4.1])
    >>> 2.0 < cadence.next_look(0.0) < 4.2
    True
    """

    def __init__(
        self, history: Iterable[float] = (), *, prior_median: float = 15.0, prior_sigma: float = 0.8
    ) -> None:
        self._prior = Prior(prior_median, prior_sigma)
        self._times = [seconds for seconds in history if _SHORTEST <= seconds <= _LONGEST][-REMEMBERED:]
        self._spans = [Span.around(seconds) for seconds in self._times]
        self._soon: list[float] = []
        self._late: list[float] = []
        self._fit(())

    @property
    def history(self) -> Sequence[float]:
        """The remembered times, in seconds, oldest first."""
        return tuple(self._times)

    @property
    def usual(self) -> float | None:
        """The median of the remembered times, in seconds."""
        return median(self._times) if self._times else None

    def learn(self, seen: float, done: float, running: Collection[float] = ()) -> float | None:
        """Take in when a task ended; see `Cadence.learn`."""
        if not (0 <= seen <= done and _SHORTEST <= done <= _LONGEST):
            return None
        span = Span.of(seen, done)
        begin, end = self._law.share_running(span.after), self._law.share_running(span.before)
        teaches = begin - end < _NO_LESSON * begin
        if not teaches and done - seen > _ASLEEP:
            return None
        seconds = min(max(self._law.middle(span), seen, _SHORTEST), done)
        if teaches or not self._times:
            self._remember(seconds, span)
            self._notice_change(done if seen == 0 else None, begin, 1 - end, running)
        return seconds

    def _remember(self, seconds: float, span: Span) -> None:
        self._times.append(seconds)
        self._spans.append(span)
        del self._times[:-REMEMBERED], self._spans[:-REMEMBERED]
        self._fitted_to = None

    def _notice_change(
        self, at_first: float | None, as_late: float, as_soon: float, running: Collection[float]
    ) -> None:
        """Forget what was before the last tasks where all of them had ended at their first look, or all of them late.

        Of many that are sent together the fast end first and the slow last, and that is no change: the fast are set
        against those that were looked at and still run, and the slow count where nothing runs beside them.

        Parameters
        ----------
        at_first
            When the task was looked at that had ended then, in seconds; None where it was seen to run.
        as_late, as_soon
            How likely it was to end no sooner, and no later.
        running
            How long each task was seen to run that still does.
        """
        slower = sum(age >= _AS_LONG * at_first for age in running) if at_first is not None else 0
        if at_first is None or slower > len(self._soon):
            self._soon.clear()
        if as_late > _UNLIKELY:
            self._late.clear()
        for run, counts, likelihood in (
            (self._soon, at_first is not None, as_soon),
            (self._late, as_late <= _UNLIKELY and len(running) <= 1, as_late),
        ):
            if counts:
                run.append(max(likelihood, _UNLIKELY))
            if math.prod(run) < _CHANGED:
                del self._times[: -len(run)], self._spans[: -len(run)]
                run.clear()

    def next_look(self, seen: float, running: Collection[float] = (), lot: float = 0.5) -> float:
        """How long a task is to have run for at the next look; see `Cadence.next_look`."""
        self._keep_up(running)
        seen, doubt = max(seen, 0.0), self._law.doubt
        wait = self._planned(seen) - seen
        if len(running) > 1:
            wait *= 1 + _LATER * doubt * (1 - 1 / len(running)) * lot
        if seen > 0:
            wait = min(wait, max(CEILING_SECONDS, CEILING_SHARE * doubt**3 * seen))
        return seen + max(wait, FLOOR_SECONDS)

    def _keep_up(self, running: Collection[float]) -> None:
        """Fit anew where a task has ended since, or those that run are known to have run for longer."""
        if self._fitted_to is not None:
            count, total = self._fitted_to
            same_count = abs(len(running) - count) <= _NEWS * count
            if max(len(running), count) <= 1 or (same_count and abs(sum(running) - total) <= _NEWS * total):
                return
        self._fit(running)

    def _fit(self, running: Collection[float]) -> None:
        self._fitted_to: tuple[int, float] | None = (len(running), sum(running))
        self._law = learn_latency(self._spans, running, self._prior)
        self._ages, self._looks = plan_looks(self._law, _DEARER * self._law.doubt**3 / max(1, len(running)))

    def _planned(self, seen: float) -> float:
        ages, looks = self._ages, self._looks
        place = bisect_right(ages, seen) - 1
        if place >= len(looks) - 1:  # later than nearly all tasks end: in the same proportion as before
            return seen * looks[-1] / ages[len(looks) - 1]
        part = (seen - ages[place]) / (ages[place + 1] - ages[place])
        return looks[place] * (1 - part) + looks[place + 1] * part


def plan_looks(law: Latency, dearer: float = 0.0) -> tuple[Sequence[float], Sequence[float]]:
    """Work out when to look at tasks that follow a law, at the least delay and cost of looks together.

    Parameters
    ----------
    law
        How long tasks take.
    dearer
        How much more a look costs, for each second that the task has run for.

    Returns
    -------
    ages, looks
        At which age to look next at a task that was seen to run at each of these ages, in seconds; of the last ages,
        which few tasks reach, nothing is said.
    """
    low, high = law.reach()
    low = max(low, math.log(FLOOR_SECONDS / 2))
    step = max(high - low, 0.5) / _AGES
    logs = [low + step * number for number in range(_AGES + 1)]
    ages = [0.0, *map(math.exp, logs)]
    left = [1.0, *map(law.share_running, logs)]
    ran = [  # how long a task has run for on average by then
        0.0,
        *accumulate(
            (later - sooner) * (many + few) / 2
            for (sooner, later), (many, few) in zip(pairwise(ages), pairwise(left), strict=True)
        ),
    ]
    last = len(ages) - 1
    costs, nexts = [0.0] * last + [left[last]], [last] * (last + 1)
    for now in range(last - 1, -1, -1):
        first = bisect_right(ages, ages[now] + FLOOR_SECONDS, now + 1, last)
        best = math.inf
        # Who looks later at first looks no sooner the next time, so that most of the ages need not be tried.
        for then in range(first, max(first, nexts[now + 1]) + 1):
            delay = left[now] * (ages[then] - ages[now]) - (ran[then] - ran[now])
            cost = left[now] * LOOK_COST * (1 + dearer * ages[then]) + delay + costs[then]
            if cost < best:
                best, nexts[now] = cost, then
        costs[now] = best
    return ages, [ages[then] for then in nexts[: -_AGES // 32]]
