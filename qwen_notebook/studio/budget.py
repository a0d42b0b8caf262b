"""What was spent, what may still be billed, and whether the next image is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.journal.records import REAPI
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import whole_number
from qwen_notebook.studio.money import Money

if TYPE_CHECKING:
    from qwen_notebook.studio.connection import Connection
    from qwen_notebook.studio.job_store import JobStore


class Budget:
    """The money of one studio: what its folder has cost, and what it may cost.

    Parameters
    ----------
    jobs
        Those of the folder.
    connection
        To who is paid.
    limit, price
        Credits for the folder's lifetime and for an image; None where unlimited, and where not known.
    """

    def __init__(
        self, jobs: JobStore, connection: Connection, *, limit: int | None, price: int | None
    ) -> None:
        self._jobs = jobs
        self._connection = connection
        self.limit = limit
        self.price = price

    @property
    def money(self) -> Money:
        """What the folder's pictures have cost, and may still cost."""
        return Money.of(
            self._jobs.journal.index.totals(REAPI),
            budget=self.limit,
            price=self.price,
            seen_price=self._connection.account.seen_price,
            offline=self._connection.provider.offline,
        )

    @property
    def committed(self) -> int:
        """Credits spent, reserved or uncertain, at this studio's provider."""
        return Money.of(self._jobs.journal.index.totals(self._connection.provider.name)).committed

    @property
    def price_now(self) -> int | None:
        """Credits that sending a job costs."""
        return 0 if self._connection.provider.offline else self.price

    def check(self, counted: int = 0) -> None:
        """Refuse an image that the budget does not allow; previews cost nothing.

        Parameters
        ----------
        counted
            Credits of it that are among the committed already.

        Raises
        ------
        BudgetExceeded
            Also when the price is not known: then no budget can be kept.
        """
        money = self.money
        replace(money, reserved=money.reserved - counted).check()


def check_amount(name: str, amount: object, *, most: int | None = None) -> int | None:
    """Check a price or a budget, in whole credits.

    Raises
    ------
    InvalidRequest
        If it is neither None nor a whole number from 0, or more than `most`.
    """
    if amount is None:
        return None
    whole = whole_number(amount)
    if whole is None or whole < 0:
        raise InvalidRequest(
            f"{name} is {shown(amount)}.", "Give whole credits (1 credit = $0.001), or None.", field=name
        )
    if most is not None and whole > most:
        raise InvalidRequest(f"{name} is {shown(amount)}.", f"Give at most {most:,} credits.", field=name)
    return whole
