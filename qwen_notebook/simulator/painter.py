"""A handsome poster from a prompt and a seed, always the same for the same two."""

import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintRequest:
    """What to paint.

    Parameters
    ----------
    prompt
        The prompt.
    seed
        The seed.
    size
        Width and height in pixels.
    image_url
        The source of an edit; None for a new picture.
    source
        The file behind ``image_url``, where it is known.
    """

    prompt: str
    seed: int
    size: tuple[int, int]
    image_url: str | None = None
    source: bytes | None = None


def paint(request: PaintRequest) -> Image.Image:
    """Paint a poster.

    Parameters
    ----------
    request
        What to paint.

    Returns
    -------
    PIL.Image.Image
        The poster, RGB.
    """
    from .tiny import paint_tiny

    return paint_tiny(request)


def encode(image: Image.Image, output_format: str) -> bytes:
    """Write a picture as a file.

    Parameters
    ----------
    image
        The picture.
    output_format
        ``"png"`` or ``"jpeg"``.

    Returns
    -------
    bytes
        The file.
    """
    file = io.BytesIO()
    if output_format == "jpeg":
        image.save(file, "JPEG", quality=92)
    else:
        image.save(file, "PNG", compress_level=1)
    return file.getvalue()
