"""What the folder's books and the account's balance say of each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from qwen_notebook.journal.records import JobRecord
from qwen_notebook.reapi.formatting import in_credits
from qwen_notebook.studio.account import Seen
from qwen_notebook.studio.evidence import time_of

_LONG_WAIT = 24 * 3600.0
"""A job is hardly sent later than so many seconds after it was planned."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The account's balance beside what it should be. Made by `Studio.reconcile`; amounts in credits.

    Attributes
    ----------
    expected
        What the balance should be, by the last one that was seen and all that is known to be charged since; None
        where none was seen before.
    seen
        What the service says.
    since, at
        When the earlier balance was seen, and this one, in Unix seconds.
    uncertain
        What sendings without an answer may have cost since.
    """

    expected: int | None
    seen: int
    since: float | None
    at: float
    uncertain: int = 0

    @property
    def unexplained(self) -> int | None:
        """What is missing beyond what is known; below zero where there is more than there should be."""
        return None if self.expected is None else self.expected - self.seen

    def __str__(self) -> str:
        now = f"{in_credits(self.seen)} at {time_of(self.at)}"
        if self.expected is None or self.since is None or self.unexplained is None:
            return f"{now}: no balance was seen before, so there is nothing to compare it with."
        since = f"since {time_of(self.since)}"
        if self.unexplained == 0:
            end = ", and nothing of what got no answer shows in it" if self.uncertain else ""
            return f"{now}, as expected {since}{end}."
        if self.unexplained < 0:
            return f"{now}, {-self.unexplained:,} more than expected {since}: credits were added or refunded."
        end = "other work used the account, or a price has moved"
        if self.unexplained <= self.uncertain:
            end = f"as it would be if that much of the {self.uncertain:,} uncertain was charged"
        return f"{now}, {self.unexplained:,} less than expected {since}: {end}."

    __repr__ = __str__


def expected_from_journal(records: Iterable[JobRecord], service: str) -> tuple[Seen | None, int]:
    """What the journal alone lets one expect: for a kernel that has seen no balance before.

    Parameters
    ----------
    records
        All jobs, newest first; as many are read as are needed.
    service
        Whose account it is.

    Returns
    -------
    expected : Seen or None
        The balance that should be there, and when the one that it is counted from was seen; None where none was.
    uncertain : int
        What sendings without an answer since then may have cost.
    """
    seen: list[JobRecord] = []
    last: tuple[float, int, float] | None = None  # as of when, what it was then, and when it was seen
    for record in records:
        if last is not None and record.created < last[0] - _LONG_WAIT:
            break
        if record.service == service and record.sent is not None:
            seen.append(record)
            last = max(filter(None, (last, _balance_in(record))), default=None)
    if last is None:
        return None, 0
    charged, unanswered = _sums(record for record in seen if (record.sent or 0.0) >= last[0])
    return Seen(last[1] - charged, last[2]), sum(record.credits or 0 for record in unanswered)


def _balance_in(record: JobRecord) -> tuple[float, int, float] | None:
    """The last balance that a job's record tells of."""
    if record.balance_after is not None and record.balance_at is not None:
        return record.balance_at, record.balance_after, record.balance_at
    if record.balance_before is not None and record.sent is not None:
        return record.sent, record.balance_before, record.balance_since or record.sent
    return None


def _sums(records: Iterable[JobRecord]) -> tuple[int, list[JobRecord]]:
    """What is known to be charged for jobs, in credits, and those without an answer."""
    charged, unanswered = 0, list[JobRecord]()
    for record in records:
        if record.state.billed:
            charged += record.credits or 0
        elif record.state.maybe_billed:
            unanswered.append(record)
    return charged, unanswered


def sent_since(records: Iterable[JobRecord], service: str, since: float) -> tuple[int, int]:
    """What was sent to a service since a moment.

    Parameters
    ----------
    records
        All jobs, newest first; of those made long before nothing is read.
    service
        Which.
    since
        In Unix seconds.

    Returns
    -------
    charged : int
        What is known to be charged, in credits.
    unanswered : int
        How many got no answer.
    """
    recent = takewhile(lambda record: record.created >= since - _LONG_WAIT, records)
    sent = (r for r in recent if r.service == service and r.sent is not None and r.sent >= since)
    charged, without = _sums(sent)
    return charged, len(without)
