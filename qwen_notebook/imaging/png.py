"""PNG files, read by their own structure: the pixels decide whether one is whole, not what stands around them.

Source: PNG 3rd edition, 5 (chunks), 11 (which there are) and 8.1 (interlacing).
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from PIL import Image

from qwen_notebook.imaging import codec
from qwen_notebook.imaging.png_extras import ANIMATION, Extras, is_animation_sound

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CREDENTIALS = b"caBX"
_MODES = {
    # bit depth and colour type: Pillow's mode, its raw mode, bits of a pixel
    (1, 0): ("1", "1", 1),
    (2, 0): ("L", "L;2", 2),
    (4, 0): ("L", "L;4", 4),
    (8, 0): ("L", "L", 8),
    (16, 0): ("I;16", "I;16B", 16),
    (8, 2): ("RGB", "RGB", 24),
    (16, 2): ("RGB", "RGB;16B", 48),
    (1, 3): ("P", "P;1", 1),
    (2, 3): ("P", "P;2", 2),
    (4, 3): ("P", "P;4", 4),
    (8, 3): ("P", "P", 8),
    (8, 4): ("LA", "LA", 16),
    (16, 4): ("RGBA", "LA;16B", 32),
    (8, 6): ("RGBA", "RGBA", 32),
    (16, 6): ("RGBA", "RGBA;16B", 64),
}
_UNLIKELY = {
    "1": 255,
    "L": 3,
    "P": 253,
    "I;16": 515,
    "LA": (3, 5),
    "RGB": (1, 254, 3),
    "RGBA": (1, 254, 3, 5),
}
"""Colours that hardly a picture has all along its last row."""
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))
"""Of an interlaced image: first column and step, first row and step."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk.

    Attributes
    ----------
    whole
        The chunk with its length, name and checksum, as far as it is there.
    is_cut
        Whether the file ends within it.
    """

    name: bytes
    data: memoryview
    whole: memoryview
    is_cut: bool

    @property
    def is_sound(self) -> bool:
        """Whether it is all there and fits its checksum."""
        return not self.is_cut and zlib.crc32(self.whole[4:-4]).to_bytes(4, "big") == bytes(self.whole[-4:])


@dataclass(frozen=True, slots=True)
class Header:
    """What a PNG file says of its pixels."""

    width: int
    height: int
    mode: str
    raw_mode: str
    bits: int
    interlaced: bool

    @property
    def raw_bytes(self) -> int:
        """How many bytes the pixels take before compression, with a byte for each row's filter."""
        passes = _PASSES if self.interlaced else ((0, 1, 0, 1),)
        total = 0
        for column, columns, row, rows in passes:
            width, height = -((column - self.width) // columns), -((row - self.height) // rows)
            total += height * (1 + (width * self.bits + 7) // 8) if width else 0
        return total


def chunks(content: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG file, as far as its structure can be followed."""
    view, at = memoryview(content), len(SIGNATURE)
    while at + 8 <= len(content):
        name = content[at + 4 : at + 8]
        if not name.isalpha():
            return
        data_end = at + 8 + int.from_bytes(view[at : at + 4], "big")
        yield Chunk(
            name=name,
            data=view[at + 8 : data_end],
            whole=view[at : data_end + 4],
            is_cut=data_end + 4 > len(content),
        )
        at = data_end + 4


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk as it stands in a file."""
    body = name + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, before anything is decoded.

    Raises
    ------
    ValueError
        If the header is damaged.
    """
    header = _header(next(chunks(content), None))
    return header.width, header.height


def read(content: bytes) -> tuple[Image.Image, bytes]:
    """Decode a PNG file to its last pixel.

    Parameters
    ----------
    content
        The file. Of an animation it is the picture that is shown where nothing moves.

    Returns
    -------
    image : Image.Image
        The pixels; `info` has the text, the colour profile and the like.
    clean : bytes
        The file as any reader takes it: the same, or without what is damaged around the pixels. A file that carries
        C2PA is always the same.

    Raises
    ------
    ValueError
        If not every pixel is there.
    """
    found = list(chunks(content))
    header = _header(found[0] if found else None)
    first = next((at for at, c in enumerate(found) if c.name == b"IDAT"), len(found))
    idats = list(takewhile(lambda c: c.name == b"IDAT", found[first:]))
    if not idats:
        raise ValueError("it has no pixels")
    image, mended = _pixels(header, idats)
    palette = next((c for c in found[:first] if c.name == b"PLTE"), None)
    if header.mode == "P":
        if (
            palette is None
            or not palette.is_sound
            or len(palette.data) % 3
            or not 3 <= len(palette.data) <= 768
        ):
            raise ValueError("its palette is damaged")
        image.putpalette(bytes(palette.data), "RGB")
    after = list(takewhile(lambda c: c.name != b"IEND", found[first + len(idats) :]))
    moves = is_animation_sound((c.name, c.data, c.is_sound) for c in found if c.name in ANIMATION)
    extras = Extras(header.mode, header.bits)
    head, tail = _kept(found[:first], extras, moves=moves), _kept(after, extras, moves=moves)
    image.info.update(extras.info)
    image.format = "PNG"
    has_end = any(c.name == b"IEND" and c.is_sound for c in found)
    is_clean = has_end and mended is None and len(head) == first and len(tail) == len(after)
    if is_clean or any(c.name == CREDENTIALS for c in found):
        return image, content
    pixels = [c.whole for c in idats] if mended is None else [chunk(b"IDAT", mended)]
    parts = (*(c.whole for c in head), *pixels, *(c.whole for c in tail), chunk(b"IEND", b""))
    return image, b"".join((SIGNATURE, *parts))


def _header(found: Chunk | None) -> Header:
    if found is None or found.name != b"IHDR" or len(found.data) != 13 or not found.is_sound:
        raise ValueError("its header is damaged")
    width, height = int.from_bytes(found.data[:4], "big"), int.from_bytes(found.data[4:8], "big")
    depth, colour, compression, filters, interlace = found.data[8:]
    modes = _MODES.get((depth, colour))
    if modes is None or compression or filters or interlace > 1 or not width or not height:
        raise ValueError("its header makes no sense")
    return Header(width, height, *modes, interlaced=bool(interlace))


def _pixels(header: Header, idats: Sequence[Chunk]) -> tuple[Image.Image, bytes | None]:
    """The image, and its compressed pixels anew where a reader would stumble over the chunks that they came in."""
    image = Image.new(header.mode, (header.width, header.height))
    image.paste(_UNLIKELY[header.mode], (0, header.height - 1, header.width, header.height))
    unlikely = codec.last_row(image)
    codec.decode(image, (c.data for c in idats), "zip", header.raw_mode, int(header.interlaced))
    if all(c.is_sound for c in idats):
        # The decoder takes a stream for whole that ends between two rows. They come in order, so where the last one
        # was written all were; where that cannot be told, what is in the stream is counted.
        is_written = not header.interlaced and codec.last_row(image) != unlikely
        if not is_written and not _is_long_enough(_joined(idats), header.raw_bytes):
            raise codec.EndsTooEarly("its last rows are missing")
        return image, None
    # A checksum is wrong or cut off. The stream has one of its own, over the pixels before compression.
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(_joined(idats), header.raw_bytes)
        if len(raw) < header.raw_bytes:
            raise codec.EndsTooEarly("its last rows are missing")
        stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error as error:
        raise codec.Undecodable(f"its pixels cannot be decoded: {error}") from None
    if not stream.eof and not all(c.is_sound or c.is_cut for c in idats):
        raise codec.Undecodable("its pixels do not fit their checksum")
    return image, zlib.compress(raw)


def _joined(idats: Sequence[Chunk]) -> bytes:
    return b"".join(c.data for c in idats)


def _is_long_enough(data: bytes, raw_bytes: int) -> bool:
    """Whether a stream has all rows, counted without keeping them."""
    stream, length = zlib.decompressobj(), 0
    while length < raw_bytes:
        part = stream.decompress(data, 1 << 20)
        if not part:
            return False
        length += len(part)
        data = stream.unconsumed_tail
    return True


def _kept(found: Sequence[Chunk], extras: Extras, *, moves: bool) -> list[Chunk]:
    """The chunks beside the pixels that no reader stumbles over."""
    kept: list[Chunk] = []
    for c in found:
        is_known = c.name[:1].islower() or c.name in (b"IHDR", b"PLTE")
        if c.is_sound and is_known and (moves or c.name not in ANIMATION):
            with suppress(ValueError):
                extras.take(c.name, bytes(c.data))
                kept.append(c)
    return kept


def write(image: Image.Image) -> bytes:
    """A PNG file of a grey or RGB image, with its colour profile."""
    colour = {"L": 0, "RGB": 2}[image.mode]
    size = image.width.to_bytes(4, "big") + image.height.to_bytes(4, "big")
    profile = image.info.get("icc_profile")
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", size + bytes((8, colour, 0, 0, 0))),
            chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)) if profile else b"",
            chunk(b"IDAT", codec.encode(image, "zip", image.mode)),
            chunk(b"IEND", b""),
        )
    )
