"""Doing something soon, and once however often it was asked for meanwhile."""

from collections.abc import Callable
from typing import Protocol


class Soon(Protocol):
    """Has a function called soon."""

    def __call__(self) -> None:
        """Have it called."""
        ...

    def close(self) -> None:
        """Have it called no more."""
        ...


class OnceSoon:
    """Calls a function as soon as its turn comes, once for all that asked before.

    Parameters
    ----------
    function
        What to call.
    call
        Has a function called elsewhere, without waiting for it.
    """

    def __init__(
        self, function: Callable[[], object], call: Callable[[Callable[[], object]], object]
    ) -> None:
        self._function = function
        self._call = call
        self._is_due = False
        self._is_closed = False

    def __call__(self) -> None:
        """Have the function called."""
        if not (self._is_due or self._is_closed):
            self._is_due = True
            self._call(self._run)

    def close(self) -> None:
        """Call it no more."""
        self._is_closed = True

    def _run(self) -> None:
        self._is_due = False
        if not self._is_closed:
            self._function()
