"""Whether calls are refused for their rate, or come to be refused at any: services have bad moments too."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import fmean

_LOOKED_AT = 8
"""Refusals that count, the last ones."""
_LESS = 0.7
"""Of the rate before: so much less has to make a limit refuse less often."""
_OFTEN, _SELDOM = 8, 100
"""Calls between two refusals: with fewer it may well be a limit, and with more whatever it is does no harm."""
_HARDLY_ANY = 4
"""With fewer between two of them, twice in a row, it is a limit, and far below."""


class Refusals:
    """The last refusals of a service: at which rate each came, and how many calls were answered before it.

    A limit of calls a second refuses seldom or never what comes more slowly than that. So refusals that come as often
    at a much lower rate as they did before are for something else. They stay so until they come twice as often.
    """

    def __init__(self) -> None:
        self._lately = deque[tuple[float, int]](maxlen=_LOOKED_AT)
        self._usual: float | None = None

    def note(self, rate: float, answered: int) -> float | None:
        """Take in a refusal.

        Parameters
        ----------
        rate
            Calls a second at that time.
        answered
            Calls that were answered since the one before.

        Returns
        -------
        float or None
            Where it shows only now that the last ones were for something else: the rate at the first of them.
        """
        self._lately.append((rate, answered))
        lately = list(self._lately)
        sooner, later = lately[: len(lately) // 2], lately[len(lately) // 2 :]
        if self._usual is not None:
            if _mean(lately[-_LOOKED_AT // 2 :]) < self._usual / 2:
                self._usual = None
                self._lately.clear()
            return None
        before, _ = lately[0]
        if (
            len(sooner) > 1
            and rate <= _LESS * before
            and _OFTEN <= _mean(later) <= min(2 * _mean(sooner), _SELDOM)
        ):
            self._usual = _mean(lately)
            return before
        return None

    def drop(self) -> None:
        """Take back the last one, and what it showed: it is known what it was for."""
        self._usual = None
        if self._lately:
            self._lately.pop()

    @property
    def come_at_any_rate(self) -> bool:
        """Whether they are known to be for something else than the rate."""
        return self._usual is not None

    @property
    def come_at_once(self) -> bool:
        """Whether hardly a call is answered between them."""
        lately = list(self._lately)[-2:]
        return len(lately) == 2 and all(answered < _HARDLY_ANY for _, answered in lately)


def _mean(refusals: Iterable[tuple[float, int]]) -> float:
    return fmean(answered for _, answered in refusals)
