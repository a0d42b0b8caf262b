"""What was spent, what may still be billed, and whether the next image is allowed."""

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import whole_number


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
