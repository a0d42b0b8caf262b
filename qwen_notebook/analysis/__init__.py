"""Numbers from pictures: PIL images in, plain numbers and arrays out. It imports nothing else of this package.

Needs numpy, which JupyterLab's users have (``pip install "qwen-notebook[lab]"``).

Examples
--------
>>> from qwen_notebook import analysis
>>> analysis.palette(picture.image, 5)  # doctest: +SKIP
>>> analysis.sharpness(picture.image)  # doctest: +SKIP
>>> analysis.difference(night.image, day.image).changed  # doctest: +SKIP
"""

from .difference import Difference, difference
from .palette import Swatch, palette
from .sharpness import sharpness

__all__ = ["Difference", "Swatch", "difference", "palette", "sharpness"]
