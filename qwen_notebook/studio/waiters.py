"""Those who wait for a job, and those who asked for it."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from time import monotonic


class Waiters:
    """Who waits for one job to settle, and is woken when it does.

    Parameters
    ----------
    settled
        Whether it is settled already.

    Attributes
    ----------
    askers
        How often it was asked for here.
    moved_at
        When it moved last, on the monotonic clock.
    """

    def __init__(self, *, settled: bool) -> None:
        self._waiting: set[object] = set()
        self.askers = 1
        self.moved_at = monotonic()
        self.begin_anew(settled=settled)

    def begin_anew(self, *, settled: bool) -> None:
        """Begin with nobody waiting, as in a forked child: what threads share is the parent's."""
        self._settled: Future[None] = Future()
        if settled:
            self._settled.set_result(None)

    @property
    def settled(self) -> Future[None]:
        """Done once nothing more happens by itself."""
        return self._settled

    def moved(self, *, settled: bool, wake: bool) -> None:
        """Take in that the job has moved, or that other facts about it are known.

        Parameters
        ----------
        settled
            Whether nothing more happens by itself.
        wake
            Whether that ends the wait: other facts about a job that stays where it is wake nobody, since a decision
            may be about to move it.
        """
        if not settled:
            self.reset()
        elif wake and not self._settled.done():
            self._settled.set_result(None)

    def reset(self) -> None:
        """Let those who wait from now on wait for what comes next."""
        if self._settled.done():
            self._settled = Future()

    @property
    def is_one_persons(self) -> bool:
        """Whether nobody else asked for the job here, or waits for it: then it may be cancelled with the wait."""
        return self.askers <= 1 and len(self._waiting) <= 1

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Count among those who wait: what they wait for is not cancelled by another's interrupt."""
        waiter = object()
        self._waiting.add(waiter)
        try:
            yield
        finally:
            self._waiting.discard(waiter)
