"""What a folder's pictures have cost and may still cost: one object, and one line that says it everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from qwen_notebook.errors import BudgetExceeded
from qwen_notebook.journal.index_entry import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Credits (1 credit = $0.001) at one moment. As text it is the line that panel, grid, magics and repr show.

    Attributes
    ----------
    spent
        Certainly charged, and not refunded.
    reserved
        Planned, or being sent at this moment: charged only if the service takes them.
    uncertain
        Sent without an answer: they may have been charged.
    budget
        For the folder's lifetime; None for no limit.
    price
        An image; None where it is not known.
    seen_price
        What the balance fell by for an image when that was last seen, where it was another amount than `price`.
    offline
        Whether new pictures cost nothing.
    noun
        What one of those is called.

    Examples
    --------
    >>> print(Money(spent=465, reserved=31, uncertain=62, budget=1000))
    465 of 1,000 credits spent · 31 reserved · 62 uncertain · 442 left
    >>> print(Money(spent=31))
    31 credits spent
    """

    spent: int = 0
    reserved: int = 0
    uncertain: int = 0
    budget: int | None = None
    price: int | None = None
    seen_price: int | None = None
    offline: bool = False
    noun: str = "offline preview"

    @classmethod
    def of(cls, totals: Totals, **rest: int | bool | str | None) -> Money:
        """The money of jobs that come to these totals."""
        return cls(spent=totals.spent, reserved=totals.reserved, uncertain=totals.uncertain, **rest)  # type: ignore[arg-type]

    @property
    def committed(self) -> int:
        """Credits spent, reserved or uncertain: what a budget counts."""
        return self.spent + self.reserved + self.uncertain

    @property
    def left(self) -> int | None:
        """What the budget still allows, in credits; None where there is none."""
        return None if self.budget is None else max(0, self.budget - self.committed)

    def check(self) -> None:
        """Refuse one more image if the budget does not allow it; previews cost nothing.

        Raises
        ------
        BudgetExceeded
            Also when the price is not known: then no budget can be kept.
        """
        if self.budget is None or self.left is None or self.offline:
            return
        if self.price is None:
            raise BudgetExceeded(
                "There is a budget and no known price, so the budget cannot be kept.",
                "Give the studio a price=, in credits an image.",
            )
        if self.committed + self.price > self.budget:
            raise BudgetExceeded(
                f"The budget of {self.budget:,} credits has {self.left:,} left, and an image costs {self.price:,} "
                f"({self._parts()}).",
                "Give the studio a larger budget=.",
            )

    def __str__(self) -> str:
        if self.offline:
            return f"{self.noun}s are free" + (f" · {_credits(self.spent)} spent" if self.spent else "")
        line = self._parts(budget=self.budget)
        if self.left is not None:
            line += f" · {self.left:,} left"
        if self.seen_price is not None and self.seen_price != self.price:
            line += f" · the balance fell by {self.seen_price} for an image: give the studio price={self.seen_price}"
        return line

    def _parts(self, *, budget: int | None = None) -> str:
        spent = _credits(self.spent) if budget is None else f"{self.spent:,} of {_credits(budget)}"
        parts = [f"{spent} spent"]
        parts += [f"{self.reserved:,} reserved"] if self.reserved else []
        parts += [f"{self.uncertain:,} uncertain"] if self.uncertain else []
        return " · ".join(parts)


def _credits(amount: int) -> str:
    return f"{amount:,} {'credit' if amount == 1 else 'credits'}"
