"""Places for so many at once: a semaphore whose size may change while some are taken."""

import asyncio
from collections import deque


class Places:
    """So many places; who finds none waits, and gets one in the order of asking.

    Made and used on one event loop. Fewer places than are taken take none away: the next one is free once enough were
    released.

    Parameters
    ----------
    count
        How many there are; from 1.

    Attributes
    ----------
    taken
        How many are taken.

    Examples
    --------
    >>> places = Places(8)
    >>> asyncio.run(places.acquire())
    >>> places.taken
    1
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count

    @count.setter
    def count(self, count: int) -> None:
        self._count = count
        self._serve()

    @property
    def are_too_few(self) -> bool:
        """Whether more are taken than there are: who has one and has not begun should leave it."""
        return self.taken > self._count

    async def acquire(self) -> None:
        """Take a place, once one is free."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # it had its place already, and leaves it to the next
            raise

    def release(self) -> None:
        """Leave a place to the next."""
        self.taken -= 1
        self._serve()

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def _serve(self) -> None:
        while self._waiting and self.taken < self._count:
            turn = self._waiting.popleft()
            if not turn.done():  # not cancelled meanwhile
                self.taken += 1
                turn.set_result(None)
