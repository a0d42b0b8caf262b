"""The account that pays: what its balance should be, by all that this process has sent with its key.

The service does not say what became of a POST whose answer was lost, but the balance does, where nothing else used the
account. So it is looked at before the first POST, and again when no POST is on its way: what is missing then, beyond
what is known to be charged, is what the lost ones cost.

Everything here runs on the worker's loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import time
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.errors import QwenError
from qwen_notebook.journal.states import State

if TYPE_CHECKING:
    from qwen_notebook.studio.job import Job
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.providers.provider import Provider

STALE_SECONDS = 300.0
"""After this a balance is seen anew before the next POST: what was seen long ago tells little."""
_PRICE_SECONDS = 10.0
"""After this an image that was bought is taken to see what one costs now."""
_AGAIN_SECONDS = 5.0
AskBalance = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A balance in credits, and when it was seen, in Unix seconds."""

    credits: int
    at: float


@dataclass(slots=True)
class Unanswered:
    """A sending that got no answer: a job at one attempt, and what the balance says of it."""

    job: Job
    attempt: int
    jobs: JobStore
    evidence: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def waits(self) -> bool:
        """Whether nobody has decided about it yet."""
        here = self.job.status in (State.SENDING, State.UNCERTAIN)
        return here and self.job.record.attempt == self.attempt

    def tell(self, **evidence: Any) -> None:
        """Take in what the balance says; of a job that is uncertain already it is written down."""
        if evidence == self.evidence:
            return
        self.evidence = evidence
        if self.job.status is State.UNCERTAIN:
            with suppress(OSError):  # it is in memory all the same
                self.jobs.rewrite(self.job, replace(self.job.record, **evidence))


class Account:
    """One account, shared by all studios of this process that work with the same key at the same address.

    Parameters
    ----------
    watched
        Whether its balance tells anything: where pictures are free it does not.

    Attributes
    ----------
    seen
        The balance that everything since is counted from; None before the first look.
    first
        The first balance that was seen in this kernel.
    seen_price
        What an image cost by the balance, where that was not what the studio holds it to cost.
    """

    def __init__(self, *, watched: bool = True) -> None:
        self._watched = watched
        self.seen: Seen | None = None
        self.first: Seen | None = None
        self.seen_price: int | None = None
        self._charged: list[int] = []
        self._net = 0
        self._net_since_first = 0
        self._refunded_already = 0
        self._sending = 0
        self._moves = 0
        self._tried_at = self._failed_at = 0.0
        self._wants_look = False
        self._looking: asyncio.Task[Seen] | None = None
        self._soon: set[asyncio.Task[None]] = set()
        self._unanswered: list[Unanswered] = []
        self._ever_unanswered: list[Unanswered] = []
        self._left: list[tuple[Unanswered, Seen, int]] = []
        self._told_last: list[Unanswered] = []
        self._told_since = 0.0
        self._fell = 0
        self._knows_price = True
        self._has_compared = False

    @property
    def expected(self) -> int | None:
        """What the balance should be now, if what got no answer was not charged; None where it was never seen."""
        return None if self.seen is None or not self._knows_price else self.seen.credits - self._net

    @property
    def expected_since_first(self) -> int | None:
        """The same, counted from the first balance that this kernel saw."""
        if self.first is None or not self._knows_price:
            return None
        found = sum(one.job.record.credits or 0 for one in self._ever_unanswered if one.job.record.by_hand)
        return self.first.credits - self._net_since_first - found

    @property
    def uncertain_since_first(self) -> int:
        """What POSTs without an answer may have cost since then."""
        return sum(one.job.record.credits or 0 for one in self._ever_unanswered if not one.job.record.by_hand)

    # What the senders tell

    def begins(self) -> None:
        """Count a POST that leaves now."""
        self._sending += 1
        self._moves += 1

    def ends(self) -> None:
        """Count a POST that was answered, or will not be."""
        self._sending -= 1
        self._moves += 1

    def charge(self, amount: int | None) -> None:
        """Count an image that the service took; without its price nothing can be expected of the balance."""
        if amount is None:
            self._knows_price, amount = False, 0
        self._charged.append(amount)
        self._net += amount
        self._net_since_first += amount
        self._wants_look = self._wants_look or not self._has_compared or self._is_older(_PRICE_SECONDS)

    def refund(self, amount: int) -> None:
        """Count an image that could not be made; a look may have seen its refund before we heard of it."""
        self._moves += 1
        self._net_since_first -= amount
        early = min(amount, self._refunded_already)
        self._refunded_already -= early
        self._net -= amount - early
        self._wants_look = self._wants_look or bool(self._unanswered or self._told_last)

    def got_no_answer(self, job: Job, jobs: JobStore) -> Unanswered:
        """Take note of a job that is uncertain from now on."""
        one = Unanswered(job, job.record.attempt, jobs)
        self._unanswered.append(one)
        self._ever_unanswered.append(one)
        self._wants_look = True
        return one

    def left_unanswered(self, job: Job, jobs: JobStore, before: Seen, among: int) -> None:
        """Take note of a job that a dead kernel was sending.

        Parameters
        ----------
        job, jobs
            The job, which is uncertain now, and its folder's.
        before
            What the balance should be if it was not charged, and when that was last seen.
        among
            How many sendings without an answer lie between.
        """
        self._left.append((Unanswered(job, job.record.attempt, jobs), before, among))

    # Looking

    async def look(self, ask: AskBalance) -> Seen:
        """Ask for the balance. What it says counts where no POST was on its way meanwhile.

        Raises
        ------
        QwenError
            If the service does not say.
        """
        quiet, moves = self._sending == 0, self._moves
        self._tried_at = self._failed_at = time()
        seen = Seen(await ask(), time())
        self._failed_at = 0.0
        if quiet and moves == self._moves:
            self._take(seen)
        return seen

    async def look_before_sending(self, ask: AskBalance, seconds: float) -> None:
        """See the balance before the first POST, and where that was long ago.

        Parameters
        ----------
        ask
            Asks the service.
        seconds
            How long to wait for it: after that, and after any trouble, the POST goes without it.
        """
        looking = self._looking is not None and not self._looking.done()
        if not looking and (not self._is_stale or not self._may_try or self._sending or self._unanswered):
            return
        await self._look_briefly(ask, seconds)

    def look_soon(self, ask: AskBalance, seconds: float) -> None:
        """Do as `look_when_quiet` does, without being waited for, and not again at once where it was not told."""
        if self._wants_look and not self._sending and time() - self._failed_at > _AGAIN_SECONDS:
            task = asyncio.ensure_future(self.look_when_quiet(ask, seconds))
            self._soon.add(task)
            task.add_done_callback(self._soon.discard)

    async def look_when_quiet(self, ask: AskBalance, seconds: float) -> None:
        """See what became of POSTs without an answer, and whether the price is right, once no POST is on its way."""
        if self._wants_look and not self._sending:
            await self._look_briefly(ask, seconds)

    async def _look_briefly(self, ask: AskBalance, seconds: float) -> None:
        """Several who ask at once are served by one look."""
        if not self._watched:
            return
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self.look(ask))
            self._looking.add_done_callback(_drop_error)
        with suppress(QwenError, TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._looking)

    @property
    def _is_stale(self) -> bool:
        return self._is_older(STALE_SECONDS)

    def _is_older(self, seconds: float) -> bool:
        return self.seen is None or time() - self.seen.at > seconds

    @property
    def _may_try(self) -> bool:
        return time() - self._tried_at > STALE_SECONDS / 5

    def _take(self, seen: Seen) -> None:
        """Compare a balance with what it should be, and count from it from now on."""
        self._wants_look = False
        if self.first is None:
            self.first = seen
        for one, expected, among in self._left:
            if one.waits:
                one.tell(**_evidence(expected, seen, among))
        self._left.clear()
        before, self.seen = self.seen, seen
        if before is not None:
            expected = before.credits - self._net
            if self._unanswered:
                self._tell(expected, before.at, seen)
            else:
                self._compare_price(before, seen)
                if expected > seen.credits and not self._charged:
                    self._tell_more(expected - seen.credits, seen)
                # More than expected: a task has failed, and we are yet to hear of it.
                self._refunded_already = max(0, seen.credits - expected)
        self._net = 0
        self._charged.clear()
        self._unanswered.clear()  # of what was sent before the first balance was seen, no balance tells

    def _tell(self, expected: int, since: float, seen: Seen) -> None:
        """Write down, for each POST without an answer since the last look, what the balance says."""
        # Of some a person has given the task id by now: those are known to be charged.
        known = sum(one.job.record.credits or 0 for one in self._unanswered if one.job.record.by_hand)
        rest = [one for one in self._unanswered if not one.job.record.by_hand]
        self._told_last, self._fell, self._told_since = rest, expected - known - seen.credits, since
        self._tell_again(seen)

    def _tell_more(self, fell: int, seen: Seen) -> None:
        """Correct what was said last: nothing was bought since, and the balance fell all the same."""
        self._fell += fell
        self._tell_again(seen)

    def _tell_again(self, seen: Seen) -> None:
        for one in self._told_last:
            if one.waits:
                before = Seen(seen.credits + self._fell, self._told_since)
                one.tell(**_evidence(before, seen, len(self._told_last)))

    def _compare_price(self, before: Seen, after: Seen) -> None:
        """See whether images cost what they are held to cost, where nothing else seems to have used the account."""
        fell = before.credits - after.credits
        count = len(self._charged)
        if not count or self._net != sum(self._charged):  # nothing was bought, or a refund makes it unclear
            return
        price, rest = divmod(fell, count)
        held = self._charged[-1]
        self._has_compared = True
        if price == held and not rest:
            self.seen_price = None
        elif price > 0 and not rest and (not held or price % held):  # else it is somebody else's images
            self.seen_price = price


def _evidence(expected: Seen, seen: Seen, among: int) -> dict[str, Any]:
    return {
        "balance_before": expected.credits,
        "balance_since": expected.at,
        "balance_after": seen.credits,
        "balance_at": seen.at,
        "balance_among": among,
    }


def _drop_error(looking: asyncio.Task[Seen]) -> None:
    if not looking.cancelled():
        looking.exception()  # a balance that is not told stops nothing


class _Accounts:
    """The accounts of this process: a forked child counts anew."""

    def __init__(self) -> None:
        self.after_fork_in_child()
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        self._known: WeakValueDictionary[str, Account] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, name: str) -> Account:
        with self._lock:
            account = self._known.get(name)
            if account is None:
                account = self._known[name] = Account()
            return account


_accounts = _Accounts()


def account_of(provider: Provider) -> Account:
    """The account that pays a service; where there is none, one whose balance nobody looks at."""
    name = provider.account_id()
    return Account(watched=False) if name is None else _accounts.get(name)
