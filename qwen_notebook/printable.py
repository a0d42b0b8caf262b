"""Texts of somebody else, made fit for a terminal: no escape sequence, no character that acts instead of being seen."""

import re

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"  # colours, and moves of the cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,2000}(?:\x07|\x1b\\|\x9c)"  # titles, links, the clipboard
    r"|\x1b[ -/]{0,8}[0-~]"
)
# Controls of both sets; what turns the direction of reading; what is not seen at all. The joiners of emoji and of
# Persian stay.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def printable(text: str) -> str:
    r"""A text that does nothing to the terminal that it is printed on; its line breaks and tabs stay.

    Examples
    --------
    >>> printable("a \x1b[31mred\x1b[0m fox\x07")
    'a red fox'
    """
    if text.isascii() and text.isprintable():
        return text
    text = _BREAK.sub("\n", _SEQUENCE.sub("", text))
    # Half a character, as JSON can hold it, is something that no file or terminal takes.
    return _ACTING.sub("", text).encode("utf-8", "replace").decode()
