"""Values as people give them, made plain: text, whole numbers, yes or no.

A notebook's values come from NumPy, pandas, enumerations and subclasses of `str`. Each stands for a plain value of
Python, and that is what requests, journals and pickles hold. Nothing is imported for it: the types are known by
what they can do.
"""

import operator
import re
import unicodedata
from enum import Enum
from typing import Any, cast

from qwen_notebook.errors import Charge, InvalidRequest
from qwen_notebook.reapi.formatting import shown

_TRUTH_TYPES = ("bool", "bool_")  # NumPy 2 and 1
_LINE_END = re.compile(r"\r\n?")


def plain(value: object) -> Any:
    """A value without what a subclass or a library put around it; what has no plain form stays as it is.

    Returns
    -------
    object
        A `str`, `bool`, `int` or `float` where the value is an enumeration's member, a subclass of one of these, or a
        scalar of NumPy or Arrow; a `datetime` or `timedelta` for those of NumPy. A missing one of Arrow, or a NaT of
        NumPy, is None.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.float32(0.1)), plain(np.int64(7)), plain(np.bool_(True))
    (0.1, 7, True)
    """
    while isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or type(value) in (bool, int, float):
        return value
    if (yes := truth(value)) is not None:
        return yes
    if isinstance(value, float):
        return float(value)
    if is_masked(value):
        return value
    source = cast("Any", value)
    try:
        if callable(getattr(source, "as_py", None)):
            return plain(source.as_py())
        if getattr(source, "shape", None) == () and callable(getattr(source, "item", None)):
            return _plain_scalar(source)
    except Exception:
        return value
    return value if (whole := whole_number(value)) is None else whole


def _plain_scalar(value: Any) -> Any:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "f":
        return float(str(value))  # its own digits: a 32-bit 0.1 is no 0.10000000149011612 to anybody
    item = value.item()
    if kind in ("M", "m") and isinstance(item, int):  # of nanoseconds: a bare number would tell nothing
        return value.astype("datetime64[us]" if kind == "M" else "timedelta64[us]").item()
    return item if getattr(item, "shape", None) == () else plain(item)


def is_masked(value: Any) -> bool:
    """Whether this is a masked scalar of NumPy: there is a number under the mask, which nobody means."""
    try:
        return getattr(value, "shape", None) == () and bool(getattr(value, "mask", False))
    except Exception:
        return False


def whole_number(value: object) -> int | None:
    """A whole number as an `int`; None for what is none, such as ``7.0``, ``"7"``, or True."""
    while isinstance(value, Enum):
        value = value.value
    if truth(value) is not None or is_masked(value):
        return None
    try:
        return operator.index(cast("int", value))  # NumPy's integers are welcome, floats are not
    except Exception:
        return None


def truth(value: object) -> bool | None:
    """True or False as a `bool`, NumPy's ones included; None for everything else, such as ``1`` or ``"no"``."""
    while isinstance(value, Enum):
        value = value.value
    kind = type(value)
    if kind is bool or (kind.__name__ in _TRUTH_TYPES and kind.__module__ == "numpy"):
        return bool(value)
    return None


def checked_truth(field: str, value: object) -> bool:
    """Check a setting that is True or False.

    Raises
    ------
    InvalidRequest
        For anything else: a text such as ``"no"`` would count as yes.
    """
    yes = truth(value)
    if yes is None:
        raise InvalidRequest(f"{field} is {shown(value)}.", "Give True or False.", field=field)
    return yes


def checked_whole(field: str, value: object, *, least: int = 1) -> int:
    """Check a setting that is a whole number.

    Raises
    ------
    InvalidRequest
        If it is none, or less than `least`.
    """
    number = whole_number(value)
    if number is None or number < least:
        raise InvalidRequest(f"{field} is {shown(value)}.", f"Give a whole number from {least}.", field=field)
    return number


def normal_text(text: str) -> str:
    r"""A text in the one form that texts are compared in: composed (NFC), as a plain `str`.

    Examples
    --------
    >>> normal_text("cafe\u0301") == "caf\u00e9"
    True
    """
    return unicodedata.normalize("NFC", str.__str__(text))


def normal_prompt(prompt: str) -> str:
    r"""A prompt in the form that it is sent and compared in.

    It is composed (`normal_text`), its lines end as a browser's text box ends them, and line ends and empty lines after
    the last word are no part of it: so a prompt is the same request from a file, from a cell and from the panel.

    Examples
    --------
    >>> normal_prompt("a red fox\r\nat night\r\n")
    'a red fox\nat night'
    """
    text = _LINE_END.sub("\n", normal_text(prompt))
    words = text.rstrip(" \t\n")
    return words + text[len(words) :].partition("\n")[0]  # blanks behind the last word make another request


def is_normal_prompt(prompt: str) -> bool:
    """Whether a prompt is in that form already; quick, as it is asked of every job of a folder."""
    if "\r" in prompt or not (prompt.isascii() or unicodedata.is_normalized("NFC", prompt)):
        return False
    return prompt[-1:] not in (" ", "\t", "\n") or normal_prompt(prompt) == prompt


def folded(text: str) -> str:
    """A text as it is searched for: in one form, and in one case."""
    return normal_text(normal_text(text).casefold())


def has_half_character(text: str) -> bool:
    """Whether a text has half of a character in it (a lone surrogate), which no file or service can take."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def refuse_half_characters(text: str, what: str, field: str, charge: Charge | None = None) -> None:
    """Refuse a text with half of a character in it.

    Parameters
    ----------
    text
        What was given.
    what
        How it is called in the sentence, as in ``The prompt``.
    field, charge
        Of the error.

    Raises
    ------
    InvalidRequest
        If it has.
    """
    if has_half_character(text):
        raise InvalidRequest(
            f"{what} has half of a character in it (a lone surrogate).",
            "Type it again.",
            field=field,
            charge=charge,
        )
