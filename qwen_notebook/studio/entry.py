"""What the ledger keeps in memory of each job: little enough for a hundred thousand."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from qwen_notebook.studio.states import RANK, State

Word = tuple[int, int, State]
"""A writer's last word on a job: its sequence number, the attempt, the state."""


@dataclass(slots=True)
class Totals:
    """Credits of one service's jobs.

    Attributes
    ----------
    spent
        Certainly charged, and not refunded.
    open
        Planned, on its way, or sent without an answer: they may still be charged, or were.
    """

    spent: int = 0
    open: int = 0


@dataclass(slots=True)
class Entry:
    """The index of one job.

    Plain numbers as far as they go: lists and dicts, a hundred thousand times, keep the garbage collector busy.

    Attributes
    ----------
    leader
        The writer that has brought it furthest.
    seq, attempt, state
        Its last word, and so the job's merged state.
    """

    leader: str
    seq: int
    attempt: int
    state: State
    key: str = ""
    service: str = ""
    created: float = 0.0
    changed: float = 0.0
    credits: int = 0
    seconds: float | None = None
    earlier_credits: int = 0
    _lines: array[int] = field(default_factory=lambda: array("Q"))
    _words: dict[str, Word] | None = None

    def stand(self, writer: str, word: Word) -> None:
        """Take in a writer's word, and settle who has brought it furthest."""
        if writer == self.leader and self._words is None:
            # An answer may be read after what came later: the room reserved for it stands before that.
            if word[0] >= self.seq:
                self.seq, self.attempt, self.state = word
            return
        if self._words is None:
            self._words = {self.leader: (self.seq, self.attempt, self.state)}
        words = self._words
        if writer not in words or words[writer][0] <= word[0]:
            words[writer] = word
        self.leader = max(words, key=lambda one: (words[one][1], RANK[words[one][2]]))
        self.seq, self.attempt, self.state = words[self.leader]

    def stands_at(self, file: int, offset: int, length: int) -> None:
        """Take note of where a line stands: the number of its file, its offset and length in bytes."""
        self._lines.extend((file, offset, length))

    @property
    def lines(self) -> Iterator[tuple[int, int, int]]:
        """Where its lines stand, in the order read."""
        return zip(self._lines[0::3], self._lines[1::3], self._lines[2::3], strict=True)

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return len(self._lines) // 3

    def forget(self, file: int) -> None:
        """Let go of its lines in one file."""
        kept = [line for line in self.lines if line[0] != file]
        self._lines = array("Q", [number for line in kept for number in line])

    def count(self, totals: Totals, sign: int) -> None:
        """Add this job's credits to the totals, or take them away."""
        state = self.state
        totals.open += sign * self.earlier_credits
        if state.billed:
            totals.spent += sign * self.credits
        elif state.maybe_billed or state is State.PLANNED:
            totals.open += sign * self.credits
