"""Whether what arrived is an image that may be opened, found out before it is called saved."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from qwen_notebook.errors import BadImage
from qwen_notebook.studio.provenance import JPEG_SIGNATURE, PNG_SIGNATURE

MAX_PIXELS = 64_000_000
"""Some sixteen times the largest picture that the model makes; more is taken for a decompression bomb."""
PREVIEW_SIDE = 384


@dataclass(frozen=True)
class Inspected:
    """An image that was decoded to its last pixel.

    Attributes
    ----------
    preview
        A JPEG with a long side of 384 pixels.
    """

    format: str
    width: int
    height: int
    sha256: str
    preview: bytes


def inspect(content: bytes) -> Inspected:
    """Decode an image file whole and make its preview.

    Parameters
    ----------
    content
        What was downloaded.

    Raises
    ------
    BadImage
        If it is no PNG or JPEG, is damaged, or is larger than may be opened.
    """
    if not content.startswith((PNG_SIGNATURE, JPEG_SIGNATURE)):
        raise _bad(f"What arrived is not a PNG or JPEG image ({_looks_like(content)}).")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _bad(f"The image claims {width}×{height} pixels, which is more than may be opened.")
            image.load()
            file_format = "jpeg" if image.format == "JPEG" else "png"
            return Inspected(file_format, width, height, hashlib.sha256(content).hexdigest(), _preview(image))
    except Image.DecompressionBombError:
        raise _bad("The image claims more pixels than may be opened.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise _bad(f"The image is damaged ({error}).") from None


def _preview(image: Image.Image) -> bytes:
    small = image.convert("RGBA") if image.mode in ("P", "LA", "PA") else image
    small = small.copy() if small is image else small
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=3.0)
    if "A" in small.mode:
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    out = io.BytesIO()
    small.convert("RGB").save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _bad(what: str) -> BadImage:
    return BadImage(what, "It is fetched again while that can help; the task id is kept.")


def _looks_like(content: bytes) -> str:
    if not content:
        return "it is empty"
    if content.lstrip()[:1] == b"<":
        return "it looks like a web page"
    return f"it begins with {content[:8]!r}"
