"""A large purchase is meant: it is confirmed in code, as nothing here ever waits for an answer."""

from collections.abc import Sequence

from qwen_notebook.errors import ConfirmPurchase
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import in_credits

MOST_UNASKED = 20
"""Images that are bought at once without being confirmed."""


def cost_of(count: int, price: int | None) -> str:
    """What so many images cost, in words.

    Examples
    --------
    >>> cost_of(40, 31)
    '1,240 credits (40 × 31)'
    >>> cost_of(40, None)
    'price not known'
    """
    return in_credits(None) if price is None else f"{in_credits(count * price)} ({count:,} × {price})"


def forecast(found: Sequence[State], buys: int, price: int | None, *, free: str = "") -> str:
    """What asking for several pictures is about to do, and what that costs.

    Parameters
    ----------
    found
        How those stand that are there, or were asked for.
    buys
        How many are to be made.
    price
        Credits an image; None where it is not known.
    free
        What they are called where they cost nothing, as in ``previews``; empty where they are paid for.

    Examples
    --------
    >>> forecast([State.SAVED, State.SAVED], 4, 31)
    '6 pictures: 2 are there already, 4 to make · 124 credits (4 × 31)'
    """
    count = len(found) + buys
    saved, uncertain = found.count(State.SAVED), found.count(State.UNCERTAIN)
    going = len(found) - saved - uncertain
    parts = [f"{saved:,} {'is' if saved == 1 else 'are'} there already"] if saved else []
    parts += [f"{going:,} {'is on its' if going == 1 else 'are on their'} way already"] if going else []
    parts += [f"{uncertain:,} uncertain"] if uncertain else []
    parts += [f"{buys:,} to make" if buys else "nothing to make"]
    cost = f"free {free}" if free else cost_of(buys, price) if buys else "nothing is charged"
    return f"{count:,} {'picture' if count == 1 else 'pictures'}: {', '.join(parts)} · {cost}"


def require_confirmation(count: int, price: int | None, todo: str) -> None:
    """Refuse to buy many images at once that nobody confirmed.

    Parameters
    ----------
    count
        Images that would be bought now; what is found is not among them.
    price
        Credits an image; None where it is not known. Previews are free, and never asked about.
    todo
        The words that confirm it.

    Raises
    ------
    ConfirmPurchase
        If there are more than `MOST_UNASKED`.
    """
    if count <= MOST_UNASKED:
        return
    cost = (
        f" for {cost_of(count, price)}."
        if price is not None
        else ", and what an image costs is not known (the studio has no price=)."
    )
    raise ConfirmPurchase(f"This would buy {count:,} images{cost}", todo, count=count, price=price)
