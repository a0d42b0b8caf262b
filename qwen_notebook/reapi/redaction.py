"""What looks like the key is taken out of what the service, or a proxy, says."""

import base64
import html
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from qwen_notebook.reapi.credentials import ApiKey

_LONGEST = 4000
"""Characters of a text that are looked at, and kept."""
_PART = 6
"""So many characters in a row that stand in the key too are a part of it."""
_PART_ENCODED = 12
_FOR_ALL = re.compile(r"rk_(?:live_|test_)?", re.IGNORECASE)
_LOOKS_LIKE_A_KEY = re.compile(
    r"(?P<scheme>\bbearer[\s:=+]{0,3})[^\s\"'<>,;]+|(?<![a-z0-9])rk[_-][^\s\"'<>,;)}\]]*", re.IGNORECASE
)


def redacted(text: str, key: ApiKey | None = None) -> str:
    """A text with ``…`` in place of the key, of parts of it, and of what has the form of a key.

    Parameters
    ----------
    text
        Of it the first 4000 characters are kept.
    key
        The key that was sent. It is found in upper case and in the encodings of URLs and pages too.
    """
    text = text[:_LONGEST]
    plain = text
    for _ in range(3):  # encoded, and encoded once more
        plain = html.unescape(unquote(plain, errors="replace"))
    if plain != text and (clean := _without(plain, key)) != plain:
        return clean
    return _without(text, key)


def holds_key(text: str, key: ApiKey) -> bool:
    """Whether the whole key stands in a text, encoded or not."""
    whole = key.reveal().lower()
    return whole in text.lower() or whole in unquote(unquote(text)).lower()


def _without(text: str, key: ApiKey | None) -> str:
    text = _LOOKS_LIKE_A_KEY.sub(lambda found: f"{found['scheme'] or ''}…", text)
    if key is None:
        return text
    low = "".join(letter.lower() if letter.isascii() else letter for letter in text)
    hidden = bytearray(len(text))
    for size, parts in _parts(key):
        for start in range(len(low) - size + 1):
            if low[start : start + size] in parts:
                hidden[start : start + size] = b"\1" * size
    kept = (letter if not hide else "\0" for letter, hide in zip(text, hidden, strict=True))
    return re.sub("\0+", "…", "".join(kept))


def _parts(key: ApiKey) -> Iterator[tuple[int, set[str]]]:
    """The parts of a key, in lower case, by their length; what all keys begin with gives none of it away."""
    own = _FOR_ALL.sub("", key.reveal(), count=1)
    yield _PART, _runs(own, _PART) | _runs(quote(own, safe=""), _PART)
    raw = key.reveal().encode()
    encoded = {raw.hex(), *(base64.b64encode(b"\0" * shift + raw).decode()[4:-4] for shift in range(3))}
    yield _PART_ENCODED, {run for text in encoded for run in _runs(text, _PART_ENCODED)}


def _runs(text: str, size: int) -> set[str]:
    low = text.lower()
    return {low[start : start + size] for start in range(len(low) - size + 1)}
