"""What an edit changed of its source."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from .colour import lab_of

_SIDE = 1024
NOTICEABLE = 5.0
"""A distance in CIE L*a*b* that anyone sees; about 2 is the least that can be seen side by side."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two pictures, as distances in CIE L*a*b* (ΔE*ab: 0 is equal, 100 is black from white).

    Attributes
    ----------
    mean
        Over all pixels.
    changed
        Share of the area, 0 to 1, whose distance is noticeable (above 5).
    map
        The distance of each pixel, a float array of height × width.
    """

    mean: float
    changed: float
    map: Any = field(repr=False)

    def image(self) -> Image.Image:
        """The map as a grey image: black where nothing changed, white from a distance of 50."""
        return Image.fromarray(np.clip(self.map * (255 / 50), 0, 255).astype(np.uint8))


def difference(edit: Image.Image, source: Image.Image) -> Difference:
    """Compare an edit with its source, pixel by pixel.

    Parameters
    ----------
    edit, source
        Any PIL images. Both are scaled to the edit's shape, long side 1024 at most; where the shapes differ the source
        is cropped around its middle.

    Returns
    -------
    Difference
        How far apart they are, and where.

    Examples
    --------
    >>> black, white = Image.new("RGB", (8, 8), "black"), Image.new("RGB", (8, 8), "white")
    >>> round(difference(white, black).mean)
    100
    """
    scale = min(1.0, _SIDE / max(edit.size))
    size = (max(1, round(edit.width * scale)), max(1, round(edit.height * scale)))
    ours = edit.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    theirs = _cropped(source.convert("RGB"), size[0] / size[1]).resize(size, Image.Resampling.LANCZOS)
    distance = np.linalg.norm(lab_of(ours) - lab_of(theirs), axis=-1)
    return Difference(float(distance.mean()), float((distance > NOTICEABLE).mean()), distance)


def _cropped(image: Image.Image, ratio: float) -> Image.Image:
    """The middle of an image in another ratio of width to height."""
    width, height = image.size
    if width / height > ratio:
        cut = max(1, round(height * ratio))
        left = (width - cut) // 2
        return image.crop((left, 0, left + cut, height))
    cut = max(1, round(width / ratio))
    top = (height - cut) // 2
    return image.crop((0, top, width, top + cut))
