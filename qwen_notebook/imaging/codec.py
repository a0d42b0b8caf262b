"""Pillow's own decoders and encoders, called directly.

`Image.open` and `Image.save` look at switches that anything in the process may have set: which formats are registered,
whether truncated files are allowed, how many pixels are too many, how large a block is. What was paid for must not
depend on them, and they are not ours to change. The compiled codecs below them look at none.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from PIL import Image

_core: Any = import_module("PIL._imaging")
_BLOCK = 1 << 20


class Undecodable(ValueError):
    """The pixels cannot be decoded."""


class EndsTooEarly(Undecodable):
    """The pixels end before the last of them."""


def decode(image: Image.Image, data: Iterable[bytes | memoryview], codec: str, *args: Any) -> None:
    """Decode pixels.

    Parameters
    ----------
    image
        Takes them: of their mode and size.
    data
        The compressed pixels, in one piece or for "zip" in any: a whole JPEG file, or what a PNG file has in its
        IDAT chunks.
    codec, *args
        ``"zip"`` with the raw mode and whether it is interlaced, or ``"jpeg"`` with the raw mode and ``""``.

    Raises
    ------
    EndsTooEarly
        If the decoder asks for more. The "zip" decoder does not notice a stream that ends between two rows.
    Undecodable
        If the data is broken.
    """
    decoder = getattr(_core, f"{codec}_decoder")(image.mode, *args)
    decoder.setimage(image.im, (0, 0, *image.size))
    for piece in data:
        consumed, error = decoder.decode(piece)
        if error:
            raise Undecodable("its pixels cannot be decoded")
        if consumed < 0:
            return
    raise EndsTooEarly("it ends too early")


def encode(image: Image.Image, codec: str, *args: Any) -> bytes:
    """Encode pixels.

    Parameters
    ----------
    image
        In the mode that is to be encoded.
    codec, *args
        ``"jpeg"`` with the raw mode and the quality, or ``"zip"`` with the raw mode.

    Raises
    ------
    ValueError
        If the encoder cannot.
    """
    return _encode(image, (0, 0, *image.size), codec, *args)


def last_row(image: Image.Image) -> bytes:
    """The last row of pixels, uncompressed. `Image.crop` asks a setting how large an image may be."""
    return _encode(image, (0, image.height - 1, *image.size), "raw", image.mode)


def _encode(image: Image.Image, box: tuple[int, int, int, int], codec: str, *args: Any) -> bytes:
    encoder = getattr(_core, f"{codec}_encoder")(image.mode, *args)
    encoder.setimage(image.im, box)
    parts: list[bytes] = []
    error = 0
    while not error:
        _, error, part = encoder.encode(max(_BLOCK, 4 * image.width))
        parts.append(part)
    if error < 0:
        raise ValueError("The pixels cannot be encoded.")
    return b"".join(parts)
