"""The pixels of the pictures that were looked at last, so that looking at one again decodes nothing.

They are kept here and not in the pictures: of those a person may hold a thousand. Everybody gets a copy, since Pillow
changes images in place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_MOST_PIXELS = 16_000_000
"""Of all images that are kept: three or four that the model makes, some 60 MB."""
_FRESH_SECONDS = 0.1
"""A file that was written so lately may change again without its time doing so, and is not kept."""

_Stamp = tuple[str, int, int, int, int]
_kept: tuple[tuple[_Stamp, Image.Image], ...] = ()
"""Newest first. It is replaced as a whole, so that it needs no lock, which a fork could leave taken."""


def pixels_of(path: Path, read: Callable[[], Image.Image]) -> Image.Image:
    """The pixels of a file, decoded where they are not kept.

    Parameters
    ----------
    path
        The file; one that was changed is read again.
    read
        Reads and decodes it.

    Returns
    -------
    Image.Image
        The caller's own.
    """
    global _kept  # noqa: PLW0603
    stamp = _stamp_of(path)
    image = next((image for known, image in _kept if known == stamp), None)
    if image is None:
        image = read()
        if stamp is None or abs(time() - stamp[-1] / 1e9) < _FRESH_SECONDS or stamp != _stamp_of(path):
            return image
    assert stamp is not None
    kept, room = [(stamp, image)], _MOST_PIXELS - _area(image)
    if room < 0:
        return image
    for known, other in _kept:
        if known[0] != stamp[0] and (room := room - _area(other)) >= 0:
            kept.append((known, other))
    _kept = tuple(kept)
    own = image.copy()
    own.format = image.format
    return own


def _stamp_of(path: Path) -> _Stamp | None:
    """What a file is told from its earlier or later states by; None where it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_ino, status.st_size, status.st_ctime_ns, status.st_mtime_ns


def _area(image: Image.Image) -> int:
    return image.width * image.height
