"""How wide a text is in a terminal, and as much of it as has room."""

from unicodedata import category, east_asian_width


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes: two for each wide character."""
    return sum(map(_columns_of, text))


def cut_to(text: str, columns: int) -> str:
    """The beginning of a text in so many columns of a terminal, with dots where more follows.

    Examples
    --------
    >>> cut_to("a fox in the snow", 8)
    'a fox i…'
    """
    if width_of(text) <= columns:
        return text
    kept, room = "", columns - 1
    for character in text:
        room -= _columns_of(character)
        if room < 0:
            break
        kept += character
    return f"{kept.rstrip()}…" if columns > 0 else ""


def broken_at(text: str, columns: int) -> list[str]:
    """A text in pieces that each have room, wherever that breaks it."""
    pieces = [""]
    for character in text:
        if pieces[-1] and width_of(pieces[-1]) + _columns_of(character) > columns:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _columns_of(character: str) -> int:
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
