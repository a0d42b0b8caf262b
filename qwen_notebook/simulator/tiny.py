"""Pictures that cost next to nothing, for runs of thousands of jobs."""

import hashlib
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from .painter import PaintRequest


def paint_tiny(request: "PaintRequest") -> Image.Image:
    """Paint a blur of colours that no other request has.

    Parameters
    ----------
    request
        What to paint.

    Returns
    -------
    PIL.Image.Image
        The picture, in the size of the request.
    """
    digest = hashlib.sha384(repr(request).encode("utf-8", "surrogatepass")).digest()
    return Image.frombytes("RGB", (4, 4), digest).resize(request.size, Image.Resampling.BICUBIC)
