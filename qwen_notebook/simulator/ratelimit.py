"""The limit that the service sets on the pace of each user."""

import math
from collections.abc import Callable


class RateLimit:
    """One token bucket a user, each holding one second's worth of requests.

    Parameters
    ----------
    rate
        Requests a second; None for no limit.
    clock
        Gives the present as Unix seconds.
    """

    def __init__(self, rate: float | None, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, account: str) -> int:
        """Take a token.

        Parameters
        ----------
        account
            Whose bucket it comes from.

        Returns
        -------
        int
            0 if there was one; else the whole seconds until there is one, which is at least 1.
        """
        if self._rate is None:
            return 0
        now = self._clock()
        capacity = max(1.0, self._rate)
        tokens, seen = self._buckets.get(account, (capacity, now))
        tokens = min(capacity, tokens + (now - seen) * self._rate)
        if tokens < 1:
            self._buckets[account] = (tokens, now)
            return math.ceil((1 - tokens) / self._rate)
        self._buckets[account] = (tokens - 1, now)
        return 0
