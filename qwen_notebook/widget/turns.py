"""Turns: the observers of a widget are called by one thread at a time, as far as that makes nobody wait for long."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from threading import get_ident

from qwen_notebook.concurrency.forking import on_fork_in_child

_PATIENCE_SECONDS = 0.2


class _Turns:
    """What all turns of this process share: which of them each thread waits for."""

    def __init__(self) -> None:
        self.after_fork_in_child()
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Begin anew: no other thread waits here."""
        self.change = threading.Condition()
        self.awaited: dict[int, Turn] = {}


_turns = _Turns()


class Turn:
    """Whose turn it is to change a widget and call its observers, so that they hear of changes in their order.

    This is not a lock: a person's code runs in it. A thread goes ahead out of its turn where waiting could last: where
    the other thread is slow, or waits for a turn that this one has. Order is all that is lost then.
    """

    def __init__(self) -> None:
        self._owner: int | None = None
        self._depth = 0
        self._is_slow = False

    @contextmanager
    def taken(self) -> Generator[None]:
        """Have the turn, if it can be had soon."""
        me = get_ident()
        with _turns.change:
            if self._must_wait(me):
                _turns.awaited[me] = self
                if not _turns.change.wait_for(lambda: not self._must_wait(me), _PATIENCE_SECONDS):
                    self._is_slow = True  # nobody else waits for it in vain
                del _turns.awaited[me]
            mine = self._owner in (None, me)
            if mine:
                self._owner = me
                self._depth += 1
        try:
            yield
        finally:
            if mine:
                self._leave()

    def _leave(self) -> None:
        with _turns.change:
            self._depth -= 1
            if self._depth == 0:
                self._owner, self._is_slow = None, False
                _turns.change.notify_all()

    def _must_wait(self, me: int) -> bool:
        return self._owner not in (None, me) and not self._is_slow and not self._waits_for(me)

    def _waits_for(self, me: int) -> bool:
        """Whether the owner waits, itself or through others, for a turn of this thread."""
        seen: set[int] = set()
        owner = self._owner
        while owner is not None and owner not in seen and (turn := _turns.awaited.get(owner)) is not None:
            seen.add(owner)
            owner = turn._owner
            if owner == me:
                return True
        return False
