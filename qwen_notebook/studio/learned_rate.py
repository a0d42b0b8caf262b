"""How many calls a second the service takes: nobody has said it, so it is learned from what it answers."""

from __future__ import annotations

from collections import deque

from qwen_notebook.studio.refusals import Refusals

FIRST_RATE = 10.0
"""Calls a second before anything is known."""
MOST_RATE = 200.0
"""Calls a second where a person sets no limit."""
_SLOWEST, _FASTEST = 0.2, 1e6
_SAFE = 0.9
"""Of the rate that was refused: up to this it is taken again within seconds, and from here on slowly."""
_RECOVERY_SECONDS = 10.0
_PROBE_CALLS, _PROBE_SECONDS = 2000.0, 200.0
"""So many calls and so long it takes at least to add once more what was refused: a refusal costs everybody a pause."""
_DISPROVED = 1.15
"""Beyond this much of what was refused once, it is refused no more: the service takes more now."""
_SETTLED = 30
"""After so many calls without a refusal the rate is about right, and each refusal changes it a little only."""
_BY_CHANCE = 0.95
"""Of what is known, for each that is refused later: some services refuse now and then, whatever the rate."""
_SEEN_SHORT = 1.1
"""How much more a service may take than what was counted over ten seconds and a bucket of one."""
_COUNTED_SECONDS = 10.0
_SAME_SQUEEZE_SECONDS = 1.0


class LearnedRate:
    """A rate that grows while the service takes all, is halved by a refusal, and remembers where that was.

    Until the first refusal each answer adds one call a second, which doubles the rate with each round trip, as long
    as it is made use of (slow start). After it the rate climbs back to just below what was refused within seconds, and
    beyond it over minutes, so that of a thousand calls a few are refused. Refusals that come as often however slowly is
    asked (`Refusals`) are waited out, and change nothing.

    A rate that is known is begun with, halved by a refusal, and gone back to within seconds: who says it knows better.

    Parameters
    ----------
    most
        Never more.
    first
        What to begin with; None where the most is what a person has said that the service takes.
    refused
        The rate that was refused last, as remembered; it begins just below.

    Attributes
    ----------
    most
        As given.
    rate
        Calls a second, at present.
    refused
        The rate that was refused; None as long as none was, or where more was taken since.
    """

    def __init__(self, most: float, *, first: float | None = None, refused: float | None = None) -> None:
        self.most = min(most, _FASTEST)
        self._is_known = first is None
        self.refused = refused
        first = first if refused is None else _SAFE * refused
        self.rate = self.most if first is None else min(first, self.most)
        self._burst_rate = self.rate
        self._answers: deque[float] = deque()
        self._answered = 0
        self._refusals = Refusals()
        self._is_settled = refused is not None
        self._squeezed_at: float | None = None
        self._squeezed_rate = self.rate
        self._before = (self.rate, refused)

    @property
    def burst_rate(self) -> float:
        """The rate of which a second's worth may go at once after some quiet: one that is known to be taken."""
        return min(self.rate, self._burst_rate) if self.refused is None else self.rate

    def answer(self, now: float, *, may_grow: bool) -> bool:
        """Take in that a call was answered; whether another may go at once for it.

        Parameters
        ----------
        now
            On a clock that only grows, in seconds.
        may_grow
            Whether the answer was prompt, and nothing speaks against asking more often.
        """
        self._answers.append(now)
        while self._answers[0] < now - _COUNTED_SECONDS:
            self._answers.popleft()
        if self.refused is None:
            if not may_grow or self.rate >= self.most:
                return False
            self.rate = min(self.most, self.rate + 1)
            return True
        if self._squeezed_at is not None and now - self._squeezed_at < _SAME_SQUEEZE_SECONDS:
            if self._before[1] is None:
                self._set_refused(now)  # it was on its way with those that were refused, and was taken
        else:
            self._answered += 1
        return False

    def refuse(self, now: float) -> None:
        """Take in that a call was refused for the rate; once for all that were on their way together."""
        self._before = (self.rate, self.refused)
        if self._squeezed_at is not None:
            while self._answers and self._answers[0] < self._squeezed_at:
                self._answers.popleft()
        self._squeezed_at, self._squeezed_rate = now, self.rate
        rate_before = self._refusals.note(self.rate, self._answered)
        is_settled = self._is_settled or self._answered >= _SETTLED
        self._is_settled = is_settled and not self._refusals.come_at_once
        self._answered = 0
        if self._is_known:
            self.rate = max(self.rate / 2, min(_SLOWEST, self.most))
        elif rate_before is not None:
            self.refused = rate_before
        elif not self._refusals.come_at_any_rate:
            self._set_refused(now)

    def restore(self) -> None:
        """Take the last refusal back: it was not for the rate."""
        self._refusals.drop()
        self.rate, self.refused = self._before

    def _set_refused(self, now: float) -> None:
        before, known = self._squeezed_rate, self._before[1]
        seen = self._seen(now) if self._answers else before
        if known is None or not self._is_settled:
            self.refused = max(min(before, seen), before / 2)
        else:  # much of what is known was taken since: this one was refused by chance, or the limit is a little lower
            self.refused = max(min(before, seen * _SEEN_SHORT), known * _BY_CHANCE)
        self.rate = max(min(before / 2, _SAFE * self.refused), min(_SLOWEST, self.most))

    def _seen(self, now: float) -> float:
        """Calls a second that the service has taken lately, of a bucket that holds one second's worth."""
        return max(n / (now - at + 1) for n, at in enumerate(reversed(self._answers), 1))

    def grow(self, passed: float, used: float) -> None:
        """Take in that so many seconds passed, and for so many of them calls were made, and none refused."""
        if self._is_known:
            self.rate = min(self.most, self.rate + self.most * passed / _RECOVERY_SECONDS)
        if self.refused is None:
            return
        safe = _SAFE * self.refused
        if self.rate < safe:
            self.rate = min(safe, self.rate + self.refused * used / _RECOVERY_SECONDS)
        else:
            self.rate += self.refused * min(used / _PROBE_SECONDS, used * self.rate / _PROBE_CALLS)
        self.rate = min(self.rate, self.most)
        if self.rate >= min(_DISPROVED * self.refused, self.most):
            self._burst_rate, self.refused = self.rate, None
