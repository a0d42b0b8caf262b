"""What was spent, what may still be billed, and whether the next image is allowed."""

from qwen_notebook.errors import BudgetExceeded, InvalidRequest
from qwen_notebook.reapi.values import whole_number
from qwen_notebook.reapi.words import shown


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


def guard(budget: int | None, price: int | None, committed: int) -> None:
    """Refuse an image that the budget does not allow.

    Parameters
    ----------
    budget
        Credits for the folder's lifetime; None for no limit.
    price
        Credits an image; None where it is not known.
    committed
        Credits spent, in flight, planned or uncertain.

    Raises
    ------
    BudgetExceeded
        Also when the price is not known: then no budget can be kept.
    """
    if budget is None:
        return
    if price is None:
        raise BudgetExceeded(
            "There is a budget and no known price, so the budget cannot be kept.",
            "Give the studio a price=, in credits an image.",
        )
    if committed + price > budget:
        raise BudgetExceeded(
            f"The budget of {budget} credits has {max(0, budget - committed)} left, and an image costs {price} "
            f"({committed} are spent, in flight or uncertain).",
            "Give the studio a larger budget=.",
        )
