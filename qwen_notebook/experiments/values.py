"""The values of an axis, a table or a notebook's variable: one road from what is given to words in a prompt."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from types import EllipsisType, NotImplementedType
from typing import Any, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import is_masked, normal_text, plain, refuse_half_characters

MAX_CELLS = 100_000
"""The most cells of an experiment, and so the most values of an axis and rows of a table."""
_COUNTED_TO = 10**15
_LONGEST_NUMBER = 2000
"""Bits: of more digits than a prompt can hold, and soon more than Python writes."""
_HOLES = ("NAType", "NaTType")
"""The types of what pandas has in an empty cell."""
_OF_PYTHON_ITSELF = (EllipsisType, NotImplementedType, slice, BaseException)
"""They have a text of their own, which nobody means in a prompt."""


def is_hole(value: object) -> bool:
    """Whether a value stands for none: None, NaN, NaT, or what pandas has for an empty cell."""
    if value is None or type(value).__name__ in _HOLES or is_masked(value):
        return True
    try:
        return bool(value != value)  # noqa: PLR0124  (what NaN is, of any type)
    except Exception:
        return False


def known_by(value: Any) -> tuple[object, Any]:
    """What tells a value from others: 1, 1.0 and True are equal, and have another text each."""
    return cast("object", type(value)), value


def word_of(value: object, place: str, field: str | None = None) -> Any:
    """A value that is to be put into a prompt, as plain Python.

    Parameters
    ----------
    value
        What was given.
    place
        Where it stands, as a sentence begins: ``The axis animal, value 2,``.
    field
        Of the error.

    Returns
    -------
    object
        A text in its normal form, a number, True or False, a list of such; or what has a text of its own, as a date.

    Raises
    ------
    InvalidRequest
        If nobody would write it into a prompt: a hole, bytes, a set, a function.
    """
    word = plain(value)
    if isinstance(word, str):
        refuse_half_characters(word, place, field or "prompt")
        return normal_text(word)
    if is_hole(word):
        raise InvalidRequest(
            f"{place} is empty ({shown(value)}).", "Fill it in, or leave it out.", field=field
        )
    if isinstance(word, list | tuple):
        several = [word_of(one, place, field) for one in cast("Iterable[object]", word)]
        return several if isinstance(word, list) else tuple(several)
    if isinstance(word, float | bool) or (isinstance(word, int) and word.bit_length() <= _LONGEST_NUMBER):
        return word
    kind, todo = _trouble_of(word)
    if kind:
        raise InvalidRequest(f"{place} is {kind}.", todo, field=field)
    return word


def _trouble_of(value: object) -> tuple[str, str]:
    """Why a value is not words, and what to give; empty where it is. The value is not shown: it may tell of a path."""
    one, name = "Give a text or a number.", type(value).__name__
    if isinstance(value, int):
        return "a number of too many digits", "Give one that a prompt can hold."
    if isinstance(value, bytes | bytearray | memoryview):
        return "bytes and not text", "Give a text, as in value.decode()."
    if isinstance(value, AbstractSet):
        return "a set, which has no order", one
    if isinstance(value, Mapping):
        return "a dict", one
    if isinstance(value, Iterator):
        return "an iterator", one
    if callable(value):
        return "something to be called", "Give what it returns."
    if isinstance(value, _OF_PYTHON_ITSELF):
        return f"of the type {name}, and nobody writes one into a prompt", one
    if not _is_comparable(value):
        return f"of the type {name}, which stands for a value that is not known yet", one
    if hasattr(type(value), "__iter__"):
        return (
            f"of the type {name}, which holds several values",
            "Give each by itself, or join them into one text.",
        )
    if type(value).__str__ is object.__str__ and shown(value).startswith("<"):
        return f"of the type {name}, which has no words of its own", one
    return "", ""


def _is_comparable(value: object) -> bool:
    """Whether a value tells if it is itself: an expression to be worked out, or a signalling NaN, does not."""
    try:
        bool(value == value)  # noqa: PLR0124
    except Exception:
        return False
    return True


def values_of(name: str, given: object) -> list[Any]:
    """The values of an axis as they were given: one, or many.

    Parameters
    ----------
    name
        The axis.
    given
        One value, or what can be gone through; of what has no end, no more is taken than may be.

    Raises
    ------
    InvalidRequest
        If there are none or too many, or their order is nobody's.
    """
    todo = "Give a list of its values, in the order you want."
    values = each_of(given, f"The axis {name}", "values", name, todo)
    if not values:
        raise InvalidRequest(
            f"The axis {name!r} has no values, so there would be nothing to make.",
            "Give it one at least, or leave it out.",
            field=name,
        )
    return values


def choices_of(name: str, given: object) -> list[Any]:
    """What is looked for on an axis, in the form that its values have.

    Parameters
    ----------
    name
        The axis.
    given
        One value, or those that will do.

    Raises
    ------
    InvalidRequest
        If it is not a value and not several, or more than an axis can have.
    """
    what, todo = f"What is looked for on the axis {name}", "Give a value, or a list of those that will do."
    choices = [_normal(one) for one in each_of(given, what, "choices", name, todo, in_any_order=True)]
    odd = next((one for one in choices if not _is_comparable(one)), None)
    if odd is not None:
        raise InvalidRequest(
            f"{what} has a {type(odd).__name__} in it, which is not a value.", todo, field=name
        )
    return choices


def _normal(value: object) -> Any:
    """A value as `word_of` leaves it, with nothing refused."""
    word = plain(value)
    if isinstance(word, str):
        return normal_text(word)
    if isinstance(word, list | tuple):
        several = map(_normal, cast("Iterable[object]", word))
        return list(several) if isinstance(word, list) else tuple(several)
    return word


def each_of(
    given: object, what: str, things: str, field: str, todo: str, *, in_any_order: bool = False
) -> list[Any]:
    """What was given, each by itself: one thing, or several.

    Parameters
    ----------
    given
        One, or what can be gone through; of what has no end, no more is taken than an experiment can have.
    what, things, field, todo
        For the sentence: ``The axis seed``, ``values``, the parameter's name, and what to give.
    in_any_order
        Whether their order does not matter, so that a set will do.

    Raises
    ------
    InvalidRequest
        If there are too many, or it is a dict, a table or the like.
    """
    source = plain(given)
    if source is None or isinstance(source, str):
        return [source]
    kind = "" if in_any_order and isinstance(source, AbstractSet) else _unordered(source)
    if kind:
        raise InvalidRequest(f"{what} is {kind}.", todo, field=field)
    try:
        begun = iter(cast("Iterable[Any]", source))
    except TypeError:
        return [source]
    return limited(source, begun, what, things, field)


def _unordered(source: Any) -> str:
    if isinstance(source, bytes | bytearray | memoryview):
        return "bytes and not text"
    if isinstance(source, set | frozenset):
        return "a set, which has no order"
    if isinstance(source, Mapping):
        return "a dict"
    if is_unread(source):
        return "a table that is not read yet"
    return "a whole table" if is_frame(source) else ""


def is_frame(given: object) -> bool:
    """Whether this is a table of pandas, polars or Arrow, or another that makes a list of dicts of itself."""
    if isinstance(given, type) or is_unread(given):
        return False
    pandas_like = hasattr(given, "columns") and hasattr(given, "to_dict")
    arrow_like = hasattr(given, "column_names") and hasattr(given, "to_pylist")
    return pandas_like or arrow_like or hasattr(given, "to_dicts")


def looks_like_table(given: object) -> bool:
    """Whether a person means this as a table, whether it is one that can be read or not."""
    return is_frame(given) or hasattr(type(given), "columns")


def is_unread(given: object) -> bool:
    """Whether this is a table that has yet to be worked out, such as a LazyFrame of polars."""
    # The class is looked at: the columns may take long to find out, and one of a DataFrame may be called ``collect``.
    return all(hasattr(type(given), name) for name in ("columns", "collect", "lazy"))


def limited(source: Any, begun: Iterator[Any], what: str, things: str, field: str) -> list[Any]:
    """Everything that an iterator gives, where that is no more than an experiment can have.

    Parameters
    ----------
    source, begun
        What is gone through, and its iterator.
    what, things, field
        For the sentence: ``The axis seed``, ``values``, and the parameter's name.

    Raises
    ------
    InvalidRequest
        If there are more; no more than one over the limit is ever taken.
    """
    refuse_many(length_of(source), what, things, field)
    taken = list(islice(begun, MAX_CELLS + 1))
    if len(taken) > MAX_CELLS:
        refuse_many(None, what, things, field)
    return taken


def length_of(source: Any) -> int:
    """How many things there are, as far as can be known without going through them; else 0."""
    try:
        return len(source)
    except OverflowError:  # as of range(10**30)
        return _COUNTED_TO + 1
    except Exception:
        return 0


def refuse_many(
    count: int | None, what: str, things: str, field: str | None, *, most: int = MAX_CELLS
) -> None:
    """Refuse more of something than an experiment can have.

    Parameters
    ----------
    count
        How many there are; None for more than the limit, nobody knows how many.
    what, things, field
        For the sentence.
    most
        The limit.

    Raises
    ------
    InvalidRequest
        If there are more than `most`.
    """
    if count is not None and count <= most:
        return
    if count is None or count > _COUNTED_TO:
        amount, more = f"more than {most if count is None else _COUNTED_TO:,}", ""
    else:
        amount, more = f"{count:,}", " or more"
    cells = f", so there would be {amount} cells{more}" if things in ("values", "rows") else ""
    raise InvalidRequest(
        f"{what} has {amount} {things}{cells}, and {most:,} is the most.", "Give fewer.", field=field
    )
