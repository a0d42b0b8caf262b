"""A handsome poster from a prompt and a seed, always the same for the same two."""

import io
import random
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from .painting import poster, retouch
from .painting.canvas import Canvas


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
        The file behind ``image_url``, where it is known; a stand-in is painted where it is not.
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
        The poster, RGB, in the size of the request.
    """
    if request.image_url is None and request.source is None:
        canvas = poster.make(request.prompt, request.seed, request.size)
        poster.mark(canvas)
    else:
        canvas = _edited(request)
        poster.mark(canvas, over=True)
    return canvas.image


def image_file(image: Image.Image, output_format: str) -> bytes:
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
        # Flat shapes and a repeating grain pack well at the fastest level but one.
        image.save(file, "PNG", compress_level=2)
    return file.getvalue()


def _edited(request: PaintRequest) -> Canvas:
    canvas = retouch.edit(_source(request), request.prompt, request.size)
    poster.add_titles(canvas, request.prompt, request.seed)
    canvas.grain(random.Random(request.seed), 2.6)
    return canvas


def _source(request: PaintRequest) -> Image.Image:
    if request.source is not None:
        try:
            return Image.open(io.BytesIO(request.source)).convert("RGB")
        except (UnidentifiedImageError, OSError):
            # A file that is not a picture is like a URL that cannot be known.
            pass
    return poster.make(request.image_url or "", 0, request.size).image
