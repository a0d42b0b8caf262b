"""Only an image that was decoded to its last pixel is called one."""

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from qwen_notebook.errors import BadImage, Charge
from qwen_notebook.imaging.inspection import PREVIEW_SIDE, inspect


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (600, 300)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert(mode).save(out, kind)
    return out.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A tiny PNG file that says it is of this size."""
    chunks = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"")),
            (b"IEND", b""),
        )
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("kind", "mode"), [("png", "RGB"), ("png", "RGBA"), ("png", "P"), ("png", "L"), ("jpeg", "RGB")]
)
def test_a_whole_image_is_described_and_has_a_preview(kind: str, mode: str) -> None:
    content = encoded(kind, mode)
    seen = inspect(content)
    preview = Image.open(io.BytesIO(seen.preview))

    assert (seen.format, seen.width, seen.height) == (kind, 600, 300)
    assert seen.sha256 == hashlib.sha256(content).hexdigest()
    assert (preview.format, max(preview.size)) == ("JPEG", PREVIEW_SIDE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"<!doctype html><p>Bad gateway", "web page"),
        (b"GIF89a" + bytes(40), "not a PNG or JPEG"),
        (encoded("png")[:-4000], "damaged"),
        (encoded("jpeg")[:4000], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "damaged"),
        (claiming(50_000, 50_000), "pixels"),
        (claiming(9_000, 9_000), "pixels"),
    ],
    ids=["empty", "page", "gif", "cut-png", "cut-jpeg", "junk", "bomb", "large"],
)
def test_anything_else_is_a_bad_image_that_was_paid_for(content: bytes, words: str) -> None:
    with pytest.raises(BadImage, match=words) as caught:
        inspect(content)

    assert caught.value.charge is Charge.PAID
