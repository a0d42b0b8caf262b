"""Values of any kind, put into a sentence."""

import reprlib
from datetime import datetime, timedelta

from qwen_notebook.printable import printable


def shown(value: object) -> str:
    """A short repr on one line that never fails, whatever the value is."""
    try:
        text = reprlib.repr(value)
        return " ".join(line.strip() for line in printable(text).splitlines())
    except Exception:  # an integer of more digits than Python prints, or somebody's own __repr__
        return f"a {type(value).__name__}"


def one_line(text: str) -> str:
    """A text of somebody else as one printable line of bounded length."""
    flat = " ".join(printable(text[:1000]).split())
    return flat if len(flat) <= 200 else flat[:199] + "…"


def opening(name: str) -> str:
    """A name as a sentence begins with it: ``the archive`` as ``The archive``, and ``reAPI`` as it is written."""
    return f"The {name[4:]}" if name.startswith("the ") else name


def in_credits(amount: int | None) -> str:
    """Credits as they are said everywhere: ``1,240 credits``, or that the price was not known."""
    return "price not known" if amount is None else f"{amount:,} credits"


def clock_time(seconds: float) -> str:
    """The time of day in so many seconds from now, where the reader is, as in ``15:04``."""
    return f"{datetime.now().astimezone() + timedelta(seconds=seconds):%H:%M}"
