"""How sharp a picture is."""

import numpy as np
from PIL import Image

_SIDE = 1024


def sharpness(image: Image.Image) -> float:
    """Measure the fine detail of a picture: the variance of the Laplacian of its lightness.

    The picture is scaled to one size first, so that pictures of different sizes can be compared. It is a figure for
    comparing pictures of one kind: grain counts as detail, and a plain sky as none.

    Parameters
    ----------
    image
        Any PIL image.

    Returns
    -------
    float
        From 0 for a plain surface; in squared grey levels of 0 to 255.

    Examples
    --------
    >>> sharpness(Image.new("RGB", (64, 64), "navy"))
    0.0
    """
    scale = _SIDE / max(image.size)
    size = (max(3, round(image.width * scale)), max(3, round(image.height * scale)))
    grey = np.asarray(image.convert("L").resize(size, Image.Resampling.LANCZOS), dtype=np.float64)
    centre = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    return float(laplacian.var())
