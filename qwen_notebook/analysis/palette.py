"""The colours that a picture lives of."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

_SAMPLE_SIDE = 256


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of a palette.

    Attributes
    ----------
    rgb
        Red, green and blue, 0 to 255.
    share
        Of the picture's area, 0 to 1.
    """

    rgb: tuple[int, int, int]
    share: float

    @property
    def hex(self) -> str:
        """As CSS writes it, as in ``#e4572e``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


def palette(image: Image.Image, colours: int = 6) -> list[Swatch]:
    """Find the main colours of a picture.

    The picture is reduced first, so that grain and compression do not count, and its colours are gathered by
    median cut and then settled by k-means.

    Parameters
    ----------
    image
        Any PIL image; transparency is ignored.
    colours
        How many at most, 1 to 256; a picture of fewer has fewer.

    Returns
    -------
    list of Swatch
        By share, largest first; the shares sum to 1.

    Raises
    ------
    ValueError
        If `colours` is out of range.

    Examples
    --------
    >>> [swatch.hex for swatch in palette(Image.new("RGB", (4, 4), "#e4572e"))]
    ['#e4572e']
    """
    if not 1 <= colours <= 256:
        raise ValueError(f"colours is {colours}; give 1 to 256.")
    small = image.convert("RGB")
    small.thumbnail((_SAMPLE_SIDE, _SAMPLE_SIDE), Image.Resampling.BOX)
    gathered = small.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    table = np.array(gathered.getpalette("RGB"), dtype=int).reshape(-1, 3)
    counts = np.bincount(np.asarray(gathered).ravel(), minlength=len(table))
    total = int(counts.sum())
    merged: dict[tuple[int, int, int], int] = {}
    for index in np.flatnonzero(counts):
        red, green, blue = (int(channel) for channel in table[index])
        merged[red, green, blue] = merged.get((red, green, blue), 0) + int(counts[index])
    ordered = sorted(merged.items(), key=lambda item: -item[1])
    return [Swatch(rgb, count / total) for rgb, count in ordered]
