"""What the journal keeps in memory of each job: little enough for a hundred thousand."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from qwen_notebook.journal.states import RANK, State

_LENGTH_BITS = 32
_LENGTH = (1 << _LENGTH_BITS) - 1
_SAVED = State.SAVED

# How far a state is, for merging. Of two equally far ones that which was charged wins, so that no credits get lost.
_FAR = {state.value: 2 * rank + state.billed for state, rank in RANK.items()}


def place_of(line: dict[str, Any]) -> tuple[int, int, int, int]:
    """Where a line stands among those of its writer. Two have one number only in copies of a file that differ."""
    return line["seq"], line.get("attempt", 0), _FAR[line["state"].value], line.get("credits") or 0


@dataclass(slots=True)
class Totals:
    """Credits of one service's jobs.

    Attributes
    ----------
    spent
        Certainly charged, and not refunded.
    reserved
        Planned, or being sent at this moment: charged only if the service takes them.
    uncertain
        Sent without an answer: they may have been charged.
    """

    spent: int = 0
    reserved: int = 0
    uncertain: int = 0

    @property
    def open(self) -> int:
        """What may still be charged, or was."""
        return self.reserved + self.uncertain


def sum_of(several: Iterable[Totals]) -> Totals:
    """The sum of several totals."""
    all_of_them = Totals()
    for one in several:
        all_of_them.spent += one.spent
        all_of_them.reserved += one.reserved
        all_of_them.uncertain += one.uncertain
    return all_of_them


@dataclass(slots=True)
class WriterView:
    """What one writer says of a job, whatever the order in which its lines are read.

    Attributes
    ----------
    seq, attempt, state
        Its last line: number, attempt and state.
    credits, seconds, earlier_credits
        What it said last of each, and (in ``…_seq``) in which line; 0 for one that never did. `earlier_credits` is
        the sum over the earlier attempts whose charge nobody knows.
    """

    seq: int
    attempt: int
    state: State
    credits: int = 0
    credits_seq: int = 0
    seconds: float | None = None
    seconds_seq: int = 0
    earlier_credits: int = 0
    earlier_seq: int = 0

    @property
    def reach(self) -> tuple[int, int]:
        """How far it has brought the job: the attempt, then the state."""
        return self.attempt, _FAR[self.state.value]

    def hear(self, line: dict[str, Any]) -> None:
        """Take in a line of this writer. Of two with one number, in copies of a file, the further one counts."""
        seq: int = line["seq"]
        if seq > self.seq or (seq == self.seq and place_of(line)[1:3] > self.reach):
            self.seq, self.attempt, self.state = seq, line.get("attempt", 0), line["state"]
        self.hear_amounts(line)

    def hear_amounts(self, line: dict[str, Any]) -> None:
        """Take in what else a line says."""
        seq: int = line["seq"]
        if "credits" in line:
            amount = line["credits"] or 0
            if seq > self.credits_seq or (seq == self.credits_seq and amount > self.credits):
                self.credits, self.credits_seq = amount, seq
        if "seconds" in line:
            seconds = line["seconds"]
            if seq > self.seconds_seq or (
                seq == self.seconds_seq
                and seconds is not None
                and (self.seconds is None or seconds > self.seconds)
            ):
                self.seconds, self.seconds_seq = seconds, seq
        if "earlier" in line:
            amount = _credits_of(line["earlier"])
            if seq > self.earlier_seq or (seq == self.earlier_seq and amount > self.earlier_credits):
                self.earlier_credits, self.earlier_seq = amount, seq


def _credits_of(attempts: Iterable[dict[str, Any]]) -> int:
    return sum(attempt.get("credits") or 0 for attempt in attempts)


@dataclass(slots=True, init=False)
class IndexEntry(WriterView):
    """The index of one job: the word of its only writer, or what the words of several come to.

    Plain numbers as far as they go: lists and dicts, a hundred thousand times, keep the garbage collector busy.

    Attributes
    ----------
    leader
        The writer that has brought it furthest.
    service
        Whose job it is; empty as long as the line that it begins with is not read.
    words
        What each of several writers says; None where there is only one.
    prompt, image_size
        What was asked for, as the first such line that was read has it; empty before.
    saved
        When it was saved, as its only writer says.
    is_sure
        Whether these three are what its record will say: else lines differ in what they say of them.
    is_listed
        Whether it is among the pictures of the folder.
    """

    leader: str
    changed: float
    key: str
    service: str
    created: float
    words: dict[str, WriterView] | None
    prompt: str
    image_size: str
    saved: float | None
    is_sure: bool
    is_listed: bool
    _first: int
    _file: int
    _more: array[int] | None
    _elsewhere: tuple[tuple[int, int, int], ...]

    def __init__(self, line: dict[str, Any], file: int, offset: int, length: int) -> None:
        """Begin with the first line that is read, and where that stands; see `take`."""
        seq = line["seq"]
        self.seq, self.attempt, self.state = seq, line.get("attempt", 0), line["state"]
        self.credits = line.get("credits") or 0
        self.credits_seq = seq if "credits" in line else 0
        self.seconds = line.get("seconds")
        self.seconds_seq = seq if "seconds" in line else 0
        if "earlier" in line:
            self.earlier_credits, self.earlier_seq = _credits_of(line["earlier"]), seq
        else:
            self.earlier_credits = self.earlier_seq = 0
        self.leader, self.changed = line["writer"], line["at"]
        self.key = self.service = ""
        self.created = 0.0
        self.prompt = self.image_size = ""
        self.saved = line.get("saved")
        self.is_sure, self.is_listed = True, False
        self._first, self._file = offset << _LENGTH_BITS | length, file
        self._elsewhere = ()
        self._more = self.words = None

    def take(self, line: dict[str, Any], file: int, offset: int, length: int) -> None:
        """Take in a line and where it stands. What several writers say counts once it is merged.

        Parameters
        ----------
        line
            The line.
        file, offset, length
            The number of its file, its offset and length in bytes.
        """
        if file == self._file:
            more = self._more
            if more is None:
                more = self._more = array("Q")
            more.append(offset << _LENGTH_BITS | length)
        else:
            self._elsewhere = (*self._elsewhere, (file, offset, length))
        if line["at"] > self.changed:  # noqa: PLR1730  (a call for each of a hundred thousand lines)
            self.changed = line["at"]
        if self.words is None:
            if line["writer"] != self.leader:
                self.words = {self.leader: self._as_word()}
            elif line["seq"] > self.seq:  # `hear`, without the calls
                self.seq, self.attempt, self.state = line["seq"], line.get("attempt", 0), line["state"]
                if "seconds" in line or "credits" in line or "earlier" in line:
                    self.hear_amounts(line)
                if "saved" in line:
                    self.saved = line["saved"]
                return
            else:
                self.hear(line)
                self.is_sure &= line.get("saved", self.saved) == self.saved
                return
        self._word_of(line).hear(line)
        self.is_sure &= "saved" not in line

    def _word_of(self, line: dict[str, Any]) -> WriterView:
        """What the writer of a line says, of several writers."""
        words, writer = self.words or {}, line["writer"]
        view = words.get(writer)
        if view is None:
            view = words[writer] = WriterView(line["seq"], line.get("attempt", 0), line["state"])
        return view

    def _as_word(self) -> WriterView:
        return WriterView(
            self.seq,
            self.attempt,
            self.state,
            self.credits,
            self.credits_seq,
            self.seconds,
            self.seconds_seq,
            self.earlier_credits,
            self.earlier_seq,
        )

    def merge(self) -> None:
        """Settle who has brought the job furthest, and take each thing from the furthest of those who say it."""
        words = self.words or {}
        for writer in self.writers if words else ():
            view = words[writer]
            self.leader, self.seq, self.attempt, self.state = writer, view.seq, view.attempt, view.state
            if view.credits_seq:
                self.credits, self.credits_seq = view.credits, view.credits_seq
            if view.seconds_seq:
                self.seconds, self.seconds_seq = view.seconds, view.seconds_seq
            if view.earlier_seq:
                self.earlier_credits, self.earlier_seq = view.earlier_credits, view.earlier_seq

    @property
    def writers(self) -> list[str]:
        """All who say something of it, the furthest last; of equally far ones the last by name."""
        words = self.words
        return [self.leader] if words is None else sorted(words, key=lambda one: (words[one].reach, one))

    @property
    def places(self) -> Iterator[tuple[int, int, int]]:
        """Where its lines stand: file, offset and length."""
        for packed in (self._first, *(self._more or ())):
            if packed:
                yield self._file, packed >> _LENGTH_BITS, packed & _LENGTH
        yield from self._elsewhere

    @property
    def where(self) -> tuple[int, int]:
        """Where it begins on disk, for reading many in the order in which they stand there."""
        return self._file, self._first

    @property
    def only_line(self) -> tuple[int, int, int] | None:
        """File, offset and length of its line; None where it has several, or none."""
        first = self._first
        if self._more or self._elsewhere or not first:
            return None
        return self._file, first >> _LENGTH_BITS, first & _LENGTH

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return bool(self._first) + len(self._more or ()) + len(self._elsewhere)

    def has_lines_in(self, file: int) -> bool:
        """Whether any of them stands in a file."""
        return any(place[0] == file for place in self.places)

    def is_at(self, attempt: int, state: State) -> bool:
        """Whether this is how far the job has come."""
        return state is self.state and attempt == self.attempt

    def forget(self, file: int) -> None:
        """Let go of its lines in one file."""
        if file == self._file:
            self._first, self._more = 0, None
        elif self._elsewhere:
            self._elsewhere = tuple(line for line in self._elsewhere if line[0] != file)

    def count(self, totals: Totals, sign: int) -> None:
        """Add this job's credits to the totals, or take them away."""
        state = self.state
        if state is _SAVED or state.billed:  # most are saved
            totals.spent += sign * self.credits
        elif state is State.PLANNED or state is State.SENDING:
            totals.reserved += sign * self.credits
        elif state.maybe_billed:
            totals.uncertain += sign * self.credits
        if self.earlier_credits:
            totals.uncertain += sign * self.earlier_credits
