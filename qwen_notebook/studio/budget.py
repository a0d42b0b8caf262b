"""What was spent, what may still be billed, and whether the next image is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.journal.index_entry import Totals, sum_of
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.values import whole_number
from qwen_notebook.studio.money import Money
from qwen_notebook.studio.providers.choice import charges
from qwen_notebook.studio.providers.provider import noun_of

if TYPE_CHECKING:
    from qwen_notebook.studio.job_store import JobStore
    from qwen_notebook.studio.provider_session import ProviderSession


class Budget:
    """The money of one studio: what its folder has cost, and what it may cost.

    Parameters
    ----------
    jobs
        Those of the folder.
    session
        To who is paid.
    limit, price
        Credits for the folder's lifetime and for an image; None where unlimited, and where not known.
    model
        The one that the price is of.
    """

    def __init__(
        self, jobs: JobStore, session: ProviderSession, *, limit: int | None, price: int | None, model: str
    ) -> None:
        self._jobs = jobs
        self._session = session
        self.limit = limit
        self.price = price
        self._model = model

    @property
    def money(self) -> Money:
        """What the folder's pictures have cost, and may still cost."""
        provider = self._session.provider
        return Money.of(
            self._charged,
            budget=self.limit,
            price=self.price,
            seen_price=self._session.account.seen_price,
            offline=provider.free,
            noun=noun_of(provider),
        )

    @property
    def _charged(self) -> Totals:
        """What the folder's jobs come to, of every service that charges."""
        index = self._jobs.journal.index
        return sum_of(index.totals(name) for name in index.services if charges(name))

    @property
    def committed(self) -> int:
        """Credits spent, reserved or uncertain, at this studio's provider."""
        return Money.of(self._jobs.journal.index.totals(self._session.provider.name)).committed

    def price_of(self, request: GenerationRequest) -> int | None:
        """Credits that sending a request costs now: the studio's price is that of its own model.

        Raises
        ------
        InvalidRequest
            If its model is not registered here, so that it cannot be sent.
        """
        spec, provider = request.spec, self._session.provider
        if provider.free:
            return 0
        return self.price if spec.name == self._model else provider.price(spec)

    def check(self, request: GenerationRequest, *, counted: int = 0) -> None:
        """Refuse an image that the budget does not allow; where pictures are free it allows all.

        Parameters
        ----------
        request
            What it is made from.
        counted
            Credits of it that are among the committed already.

        Raises
        ------
        BudgetExceeded
            Also when the price is not known: then no budget can be kept.
        """
        money = self.money
        replace(money, reserved=money.reserved - counted, price=self.price_of(request)).check()


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
