"""How many tasks the service takes at once: nobody has said it, so it is learned from what it answers."""

from __future__ import annotations

FIRST_TASKS = 16
"""Tasks at the service before anything is known."""
MOST_TASKS = 128
"""Tasks at the service where a person sets no limit: what is there is paid for, whoever stops a run."""
_CAREFUL_TASKS = 8
"""Never fewer for an answer that got lost: one task that takes very long must not hold up all others."""
_MANY = 0.75
_FIRST_PATIENCE, _KNOWN_PATIENCE, _LONGEST_PATIENCE = 10, 80, 640
"""Tasks that are taken in the place that is known, before one more is tried: at first, where it is remembered, and at
the most."""


class LearnedWindow:
    """A window that opens while the service takes all, is halved by a refusal, and remembers where that was.

    Until the first refusal each task that is taken opens it by one, which doubles it with each round trip, as long as
    it is the window that others wait for (slow start). After it the window opens back to what was refused, and beyond
    it by one at a time: each time that is refused too, twice as many tasks later. One refusal with far fewer tasks than
    were taken before changes nothing: services have bad moments too.

    After an answer that got lost it is careful: half of what it was then is the most to which it opens.

    Parameters
    ----------
    most
        Never more, as a person has said.
    refused
        How many tasks were there when another was refused, as remembered.

    Attributes
    ----------
    most
        As given.
    size
        Tasks that may be there, at present.
    refused
        How many were there when another was refused; None as long as none was.
    """

    def __init__(self, most: int, *, refused: int | None = None) -> None:
        self.most = most
        self.refused = refused
        self.size = min(most, FIRST_TASKS if refused is None else max(1, refused))
        self._careful_size = self.size
        self._patience = _FIRST_PATIENCE if refused is None else _KNOWN_PATIENCE
        self._taken = 0
        self._proven = 0

    def take(self, running: int, waited_for: bool, *, careful: bool = False) -> None:
        """Take in that the service took a task.

        Parameters
        ----------
        running
            How many are there now.
        waited_for
            Whether the window is what keeps others waiting, or nearly.
        careful
            Whether an answer got lost lately.
        """
        self._proven = max(self._proven, running)
        if self.refused is None:
            opens = waited_for
        elif running > self.refused:  # what was refused once is taken now: the next one may be tried at once
            self.refused, self._patience = running, 1
            opens = True
        elif self.size < self.refused:
            opens = True
        else:
            self._taken += 1
            opens = self._taken >= self._patience and self.size == self.refused
        if opens and self.size < (self._careful_size if careful else self.most):
            self._taken = 0
            self.size += 1

    def refuse(self, running: int) -> bool:
        """Take in that one more was refused while so many were there.

        Returns
        -------
        bool
            False if many more than that were taken before: then it was for something else, unless it comes once more.
        """
        contradicts, self._proven = running < _MANY * self._proven, running
        if contradicts:
            self._patience = _FIRST_PATIENCE
            return False
        if self.refused is not None:
            self._patience = min(max(2 * self._patience, _FIRST_PATIENCE), _LONGEST_PATIENCE)
        self.refused = max(1, running)
        self.size = max(1, min(self.size, running) // 2)
        self._taken = 0
        return True

    def halve(self, *, careful: bool = False) -> None:
        """Take in that something is wrong with the service, whatever it is; `careful` if it was so before."""
        size = self._careful_size if careful else self.size
        self._careful_size = max(min(size, _CAREFUL_TASKS), size // 2)
        self.size = min(self.size, self._careful_size)
