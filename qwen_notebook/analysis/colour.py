"""Pixels as perception orders them: CIE L*a*b*, in which equal distances look about equally large."""

from typing import Any

import numpy as np
from PIL import Image

# sRGB primaries to XYZ under D65 (IEC 61966-2-1), and that white.
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.089])
_KNEE, _SLOPE, _OFFSET = 216 / 24389, 841 / 108, 4 / 29


def lab_of(image: Image.Image) -> Any:
    """The pixels of an image in CIE L*a*b*, as a float array of height × width × 3; L* runs from 0 to 100."""
    rgb = np.asarray(image.convert("RGB"), dtype=np.float64) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > _KNEE, np.cbrt(xyz), _SLOPE * xyz + _OFFSET)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
