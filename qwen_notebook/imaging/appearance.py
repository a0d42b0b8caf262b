"""An image as viewers show it: turned the right way up, in the colours of a screen, eight bits, on white.

A file says more of its pixels than their numbers: which way up they are (EXIF), what colours the numbers mean (an ICC
profile, or the gamma of a PNG), what is clear. Whoever writes the pixels into another file has to do what a viewer
does, or write all that down again.

Sources: EXIF 2.32, 4.6.4 (orientation); ICC.1:2022, 7.2 (profile header); PNG 3rd edition, 11.3.2.2 (gAMA).
"""

from io import BytesIO
from typing import Any, Literal

from PIL import Image, ImageChops, ImageCms

from qwen_notebook.imaging import codec

_ORIENTATION = 0x0112
_BYTE_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SPACES = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK"}
"""The colour spaces that a profile may be of, and Pillow's mode of each."""
_SCREEN_GAMMA = 2.2
_SAME_GAMMA = 0.05
"""Exponents nearer to 1 than this make no difference that anybody sees."""
_REDUCING_GAP = 1.5
"""How many times larger than asked for an image stays while whole blocks of pixels are averaged, before it is filtered.

Pillow calls 3 and more the same as a filter over all pixels. This takes half the time, and the difference is not to be
seen, in thin text either: `tests/bench/bench_bytes.py` has it in numbers. Less than this begins to show in thin lines.
"""


def as_shown(image: Image.Image, longest: int | None = None) -> Image.Image:
    """An image as viewers show it.

    Parameters
    ----------
    image
        As it was decoded, with what the file says of it in `info`.
    longest
        Its longer side at most, in pixels; None leaves the size.

    Returns
    -------
    Image.Image
        In RGB, on white where it is clear. What stays in `info` is the colour profile, where the colours could not be
        converted and mean nothing without it.
    """
    plain = _scalable(image)
    if longest is not None:
        scale = min(1.0, longest / max(image.size))
        width, height = (max(1, round(side * scale)) for side in image.size)
        plain = _resized(plain, (width, height))
    shown, profile = _in_screen_colours(plain, image.info)
    flat = _on_white(shown)
    turn = _TURNS.get(_orientation(image.info.get("exif")))
    turned = flat.transpose(turn) if turn is not None else flat
    turned.info = {"icc_profile": profile} if profile is not None else {}
    return turned


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.mode != "RGBA":
        return image.resize(size, reducing_gap=_REDUCING_GAP)
    # Pillow does the same, but for the gap.
    return image.convert("RGBa").resize(size, reducing_gap=_REDUCING_GAP).convert("RGBA")


def _scalable(image: Image.Image) -> Image.Image:
    """An image in a mode that can be scaled, and that its profile is for: L, RGB, RGBA or CMYK."""
    if image.mode == "I;16":
        return _eight_bits(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of sixteen bits in eight: Pillow would cut off what is brighter than 255."""
    raw = codec.encode(image, "raw", "I;16")
    high, low = (Image.new("L", image.size) for _ in range(2))
    codec.decode(high, [raw[1::2]], "raw", "L", 0, 1)
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return high
    codec.decode(low, [raw[0::2]], "raw", "L", 0, 1)
    differs = ImageChops.lighter(
        high.point([255 * (value != clear >> 8) for value in range(256)]),
        low.point([255 * (value != clear & 255) for value in range(256)]),
    )
    return Image.merge("RGBA", (high, high, high, differs))


def _in_screen_colours(image: Image.Image, info: dict[Any, Any]) -> tuple[Image.Image, bytes | None]:
    """An image in sRGB, and its profile where that is still needed."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    profile = info.get("icc_profile")
    kept: bytes | None = None
    if isinstance(profile, bytes) and _SPACES.get(profile[16:20]) == colours.mode:
        converted = _converted(colours, profile)
        if converted is None and colours.mode == "RGB":
            kept = profile
        colours = converted or colours
    elif profile is None:
        colours = _with_screen_gamma(colours, info)
    if colours.mode == "CMYK" or (alpha is not None and colours.mode != "RGB"):
        colours = colours.convert("RGB")
    if alpha is not None:
        colours = Image.merge("RGBA", (*colours.split(), alpha))
    return colours, kept


def _converted(colours: Image.Image, profile: bytes) -> Image.Image | None:
    """Colours of a profile in sRGB; None where the profile is damaged, or Pillow was built without LittleCMS."""
    try:
        cms: Any = ImageCms  # whose profiles have no type
        source, screen = cms.ImageCmsProfile(BytesIO(profile)), cms.createProfile("sRGB")
        return cms.profileToProfile(colours, source, screen, outputMode="RGB")
    except (ImportError, OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None


def _with_screen_gamma(colours: Image.Image, info: dict[Any, Any]) -> Image.Image:
    gamma = info.get("gamma")
    if not gamma or "srgb" in info or colours.mode not in ("L", "RGB"):
        return colours
    exponent = 1 / (_SCREEN_GAMMA * gamma)
    if abs(exponent - 1) < _SAME_GAMMA:
        return colours
    table = [round(255 * (value / 255) ** exponent) for value in range(256)]
    return colours.point(table * len(colours.getbands()))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image if image.mode == "RGB" else image.convert("RGB")
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _orientation(exif: object) -> int:
    """Which way up the pixels are, 1 to 8; 1, as they are, where nothing readable says otherwise."""
    block = exif.removeprefix(b"Exif\0\0") if isinstance(exif, bytes) else b""
    order = _BYTE_ORDERS.get(block[:4])
    if order is None:
        return 1
    first = int.from_bytes(block[4:8], order)
    for number in range(int.from_bytes(block[first : first + 2], order)):
        at = first + 2 + 12 * number
        if at + 12 > len(block):
            break
        if block[at : at + 2] == _ORIENTATION.to_bytes(2, order):
            return int.from_bytes(block[at + 8 : at + 10], order)
    return 1
