"""Edits: a picture seen in another light."""

import random
import re
from typing import Final

from PIL import Image, ImageChops, ImageEnhance, ImageOps

from .canvas import Canvas
from .colour import Colour, rgb

_MOODS: Final = {
    "night": "night midnight moonlit dark 夜",
    "winter": "winter snow snowy ice frozen cold 雪 冬",
    "sunset": "sunset dusk evening warm golden autumn fall 黄昏 秋",
    "sepia": "sepia old antique aged vintage retro 旧",
    "mono": "monochrome grayscale greyscale noir bw black 黑白",
    "neon": "neon cyberpunk synthwave vaporwave 霓虹",
    "spring": "spring green fresh summer lush 春 夏",
}
_TONES: Final[dict[str, tuple[Colour, Colour, Colour, float]]] = {
    # Shadows, middle, lights, and how much of them is laid over the colours that were there.
    "night": (rgb("04071a"), rgb("1c3566"), rgb("b9cfe0"), 0.82),
    "winter": (rgb("1d3a5c"), rgb("8fb4cf"), rgb("fbfdff"), 0.74),
    "sunset": (rgb("2b123a"), rgb("cf5a4b"), rgb("ffdf9e"), 0.7),
    "sepia": (rgb("2a1a10"), rgb("9a7449"), rgb("f6e8c9"), 0.92),
    "mono": (rgb("0c0c0d"), rgb("7d7b78"), rgb("f6f3ec"), 1.0),
    "neon": (rgb("0c0524"), rgb("c02a9c"), rgb("8af7ee"), 0.8),
    "spring": (rgb("163a2c"), rgb("7fb45f"), rgb("fdf3c8"), 0.66),
    "riso": (rgb("1f2a6b"), rgb("e8574a"), rgb("fdf0d2"), 0.86),
}


def edit(source: Image.Image, prompt: str, size: tuple[int, int]) -> Canvas:
    """Change a picture as a prompt says.

    Parameters
    ----------
    source
        The picture.
    prompt
        What to change. Without a word that is known here, the picture becomes a print in two inks.
    size
        Width and height of the result; the source is cropped to its shape.

    Returns
    -------
    Canvas
        The edited picture, without its mark.
    """
    canvas = Canvas(size)
    picture = ImageOps.fit(source.convert("RGB"), size, Image.Resampling.BICUBIC)
    mood = _mood(prompt)
    dark, middle, light, share = _TONES[mood]
    luma = ImageOps.autocontrast(picture.convert("L"), cutoff=1)
    if mood == "night":
        luma = luma.point([round(255 * (value / 255) ** 1.5 * 0.8) for value in range(256)])
    toned = ImageOps.colorize(luma, dark, light, middle)  # pyright: ignore[reportArgumentType]
    canvas.image = Image.blend(picture, toned, share)
    if mood == "riso":
        canvas.image = ImageEnhance.Contrast(canvas.image).enhance(1.12)
    if mood in ("night", "neon"):
        vignette = Image.radial_gradient("L").resize(size, Image.Resampling.BICUBIC)
        vignette = vignette.point([round(255 - 110 * (value / 255) ** 2) for value in range(256)])
        canvas.image = ImageChops.multiply(canvas.image, Image.merge("RGB", (vignette, vignette, vignette)))
    if mood == "winter":
        _let_it_snow(canvas, prompt)
    return canvas


def _let_it_snow(canvas: Canvas, prompt: str) -> None:
    draw = random.Random(prompt.encode("utf-8", "surrogatepass"))
    for _ in range(220):
        place = (draw.uniform(0, canvas.width), draw.uniform(0, canvas.height))
        canvas.disc(place, canvas.unit * draw.uniform(0.12, 0.6), (255, 255, 255), draw.uniform(0.35, 0.85))


def _mood(prompt: str) -> str:
    words = re.findall(r"[^\W\d_]+", prompt.lower())
    for mood, known in _MOODS.items():
        if any(word in words or (not word.isascii() and word in prompt) for word in known.split()):
            return mood
    return "riso"
