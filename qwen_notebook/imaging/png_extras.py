"""What stands around the pixels of a PNG file: text, colour profile, resolution, animation.

None of it decides whether a picture is whole. What a reader could stumble over is told apart here from what is sound,
with limits of our own, so that it can be left out of the file that is kept.

Source: PNG 3rd edition, 11.3 (ancillary chunks).
"""

import re
import zlib
from collections.abc import Iterable
from typing import Any

ANIMATION = (b"acTL", b"fcTL", b"fdAT")
_MAX_INFLATED = 1 << 20
"""Bytes that one compressed text or profile may become: no more than Pillow takes by default."""
_MAX_TEXTS = 16 << 20
_LEAST = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"acTL": 8, b"fcTL": 26, b"fdAT": 4}
"""Bytes without which a reader refuses the whole file."""
_ONE_CLEAR_COLOUR = re.compile(rb"\xff*\0\xff*")


class Extras:
    """What the chunks around the pixels say, in the words of Pillow's `Image.info`.

    Parameters
    ----------
    mode
        Pillow's mode of the image.
    bits
        Of one pixel in the file.
    """

    def __init__(self, mode: str, bits: int) -> None:
        self.info: dict[str, Any] = {}
        self._mode = mode
        self._bits = bits
        self._text_bytes = 0

    def take(self, name: bytes, data: bytes) -> None:
        """Take in a chunk.

        Raises
        ------
        ValueError
            If it is damaged, or becomes larger than may be opened.
        """
        if len(data) < _LEAST.get(name, 0):
            raise ValueError("It is too short.")
        match name:
            case b"tRNS":
                self.info["transparency"] = self._transparency(data)
            case b"iCCP":
                _, _, rest = data.partition(b"\0")
                self.info["icc_profile"] = _inflated(rest)
            case b"gAMA":
                self.info["gamma"] = int.from_bytes(data[:4], "big") / 100_000
            case b"sRGB":
                self.info["srgb"] = data[0]
            case b"eXIf":
                self.info["exif"] = b"Exif\0\0" + data
            case b"pHYs" if data[8] == 1:
                x, y = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
                self.info["dpi"] = (x * 0.0254, y * 0.0254)
            case b"tEXt" | b"zTXt" | b"iTXt":
                keyword, text = _text(name, data)
                self._text_bytes += len(text)
                if self._text_bytes > _MAX_TEXTS:
                    raise ValueError("There is too much text.")
                self.info[keyword] = text
            case _:
                pass

    def _transparency(self, data: bytes) -> Any:
        if self._mode == "P":
            return data.index(0) if _ONE_CLEAR_COLOUR.fullmatch(data) else data
        values = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]
        if self._mode == "RGB" and len(values) >= 3:
            return tuple(value >> (8 if self._bits == 48 else 0) & 255 for value in values[:3])
        if self._mode in ("1", "L", "I;16") and values:
            return values[0] * (255 // (2**self._bits - 1)) if self._bits < 8 else values[0]
        raise ValueError("It has nothing to do with these pixels.")


def is_animation_sound(found: Iterable[tuple[bytes, memoryview, bool]]) -> bool:
    """Whether name, data and soundness of all chunks of an animation make one that can be shown."""
    number = 0
    for name, buffer, is_sound in found:
        data = bytes(buffer)
        if not is_sound or len(data) < _LEAST[name]:
            return False
        if name != b"acTL":
            if int.from_bytes(data[:4], "big") != number:
                return False
            number += 1
    return True


def _text(name: bytes, data: bytes) -> tuple[str, str]:
    keyword, _, rest = data.partition(b"\0")
    if name == b"tEXt":
        return keyword.decode("latin-1"), rest.decode("latin-1")
    if name == b"zTXt":
        return keyword.decode("latin-1"), _inflated(rest).decode("latin-1")
    flag, rest = rest[:1], rest[1:]
    parts = rest[1:].split(b"\0", 2)
    if len(parts) < 3:
        raise ValueError("It is too short.")
    text = _inflated(rest[:1] + parts[2]) if flag != b"\0" else parts[2]
    return keyword.decode("latin-1"), text.decode("utf-8")


def _inflated(data: bytes) -> bytes:
    """What stands compressed after the byte that names the method."""
    if data[:1] != b"\0":
        raise ValueError("It is compressed in an unknown way.")
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data[1:], _MAX_INFLATED)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError("It is cut off, or becomes too large.")
    return inflated
