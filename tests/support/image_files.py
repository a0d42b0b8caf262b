"""Image files made byte by byte, whole or damaged in one place."""

import io
import random
import zlib

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [
    (depth, colour)
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items()
    for depth in depths
]
"""Every bit depth and colour type that a PNG file may have."""
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def wrong(name: bytes, data: bytes) -> bytes:
    """A chunk whose checksum is wrong."""
    good = chunk(name, data)
    return good[:-1] + bytes((good[-1] ^ 1,))


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: bool = False) -> bytes:
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return chunk(b"IHDR", size + bytes((depth, colour, 0, 0, interlaced)))


def rows(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: bool = False) -> list[bytes]:
    """Rows of noise, each with its filter byte, as they stand in the file before compression."""
    rng = random.Random(7)
    bits = depth * CHANNELS[colour]
    passes = _PASSES if interlaced else ((0, 1, 0, 1),)
    made: list[bytes] = []
    for column, columns, row, steps in passes:
        across = len(range(column, width, columns))
        if across:
            made += [b"\0" + rng.randbytes((across * bits + 7) // 8) for _ in range(row, height, steps)]
    return made


def png(
    width: int = 33,
    height: int = 21,
    depth: int = 8,
    colour: int = 2,
    *,
    interlaced: bool = False,
    before: bytes = b"",
    pixels: bytes | None = None,
    after: bytes = b"",
    end: bytes = chunk(b"IEND", b""),
) -> bytes:
    """A PNG file of noise; `pixels` stands in place of its IDAT chunk."""
    palette = chunk(b"PLTE", random.Random(3).randbytes(3 << depth)) if colour == 3 else b""
    if pixels is None:
        pixels = chunk(b"IDAT", zlib.compress(b"".join(rows(width, height, depth, colour, interlaced))))
    head = SIGNATURE + header(width, height, depth, colour, interlaced)
    return head + palette + before + pixels + after + end


def jpeg(mode: str = "RGB", size: tuple[int, int] = (90, 61), **params: object) -> bytes:
    out = io.BytesIO()
    noise = Image.merge("CMYK", [Image.effect_noise(size, 40 + 9 * n) for n in range(4)])
    source = noise if mode == "CMYK" else Image.merge("RGB", noise.split()[:3]).convert(mode)
    source.save(out, "JPEG", quality=90, **params)
    return out.getvalue()
