"""A poster: a scene, its title, and the paper around them."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import faces, typesetting
from .canvas import Canvas, Point
from .colour import Colour, contrast, middle
from .palette import PALETTES, Palette, tinted
from .reading import Reading, read
from .scenes import SCENES
from .stage import Stage
from .typesetting import Align, Box

_ON_PAPER: Final = frozenset({"botanical", "geometry"})
"""Scenes that have no sky for a title to stand in."""

_FACES: Final[dict[str, tuple[Path, ...]]] = {
    "botanical": (faces.ROMANTIC, faces.ROMANTIC, faces.GEOMETRIC),
    "geometry": (faces.GEOMETRIC, faces.CONDENSED),
}
_ANY_FACE: Final = (faces.GEOMETRIC, faces.GEOMETRIC, faces.CONDENSED)
_TRACKING: Final = {faces.GEOMETRIC: 0.05, faces.CONDENSED: 0.045, faces.ROMANTIC: 0.015}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the picture and the title lie; ``focus`` is in shares of the picture."""

    picture: tuple[int, int, int, int]
    title: Box
    align: Align
    focus: Point
    on_paper: bool


def make(prompt: str, seed: int, size: tuple[int, int]) -> Canvas:
    """Make a poster.

    Parameters
    ----------
    prompt, seed
        What decides it.
    size
        Width and height in pixels.

    Returns
    -------
    Canvas
        The poster, without its mark.
    """
    reading = read(prompt)
    draw = random.Random(f"{prompt}|{seed}".encode("utf-8", "surrogatepass"))
    palette = tinted(PALETTES[reading.palette], draw)
    canvas = Canvas(size)
    layout = _layout(canvas, reading, draw)

    left, top, right, bottom = layout.picture
    picture = canvas if layout.picture == (0, 0, *size) else Canvas((right - left, bottom - top))
    focus = (picture.width * layout.focus[0], picture.height * layout.focus[1])
    title = layout.title if reading.titles and not layout.on_paper else None
    SCENES[reading.scene](Stage(picture, palette, draw, reading, focus, title))
    if picture is not canvas:
        canvas.gradient((palette.paper, palette.paper))
        canvas.image.paste(picture.image, (left, top))
    if reading.titles:
        _set_titles(canvas, reading, palette, layout, draw)
    canvas.grain(draw, 2.6)
    return canvas


def add_titles(canvas: Canvas, prompt: str, seed: int) -> None:
    """Set the words of a prompt over a picture that is already there.

    Parameters
    ----------
    canvas
        The picture.
    prompt, seed
        What decides them.
    """
    reading = read(prompt)
    draw = random.Random(f"{prompt}|{seed}|titles".encode("utf-8", "surrogatepass"))
    if reading.titles:
        size = (canvas.width, canvas.height)
        layout = _Layout((0, 0, *size), _sky_box(canvas), "left", (0.7, 0.3), on_paper=False)
        _set_titles(canvas, reading, PALETTES[reading.palette], layout, draw)


def mark(canvas: Canvas, *, over: bool = False) -> None:
    """Sign a picture as an offline preview, so that nobody takes it for the model's.

    Parameters
    ----------
    canvas
        The picture.
    over
        Whether to hide what is there: the source of an edit may bear a mark of its own.
    """
    unit = canvas.unit
    block = typesetting.fit("OFFLINE PREVIEW", faces.TEXT, (canvas.width, unit * 4), 0.14, unit * 1.75)
    right, bottom = canvas.width - unit * 2.4, canvas.height - unit * 1.9
    box = (right - block.width, bottom - block.height, right, bottom)
    if over:
        left, top, right, bottom = box[0] - unit, box[1] - unit, box[2] + unit, box[3] + unit
        ground = middle(_ground(canvas, (left, top, right, bottom)))
        canvas.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], ground)
    ink = _legible(canvas, box, (255, 250, 238), (24, 20, 24))
    typesetting.draw(canvas, block, box, "left", colour=ink, opacity=0.78)


def _layout(canvas: Canvas, reading: Reading, draw: random.Random) -> _Layout:
    """Choose between a picture that bleeds and one that is framed in paper with its title below."""
    width, height, unit = canvas.width, canvas.height, canvas.unit
    wide = width > height * 1.15
    letters = sum(map(len, reading.titles))
    framed = reading.scene in _ON_PAPER or draw.random() < 0.3
    side = draw.uniform(-0.03, 0.03)
    if framed:
        margin = round(unit * 4.6)
        band = 0
        if reading.titles:
            band = round(unit * min(36, 16 + letters * (0.28 if wide else 0.62)))
        picture = (margin, margin, width - margin, height - margin - band)
        title = (margin * 1.6, picture[3] + unit * 2.2, width - margin * 1.6, height - unit * 5.4)
        return _Layout(picture, title, "centre", (0.5 + side * 3, 0.36), on_paper=True)

    focus = (0.5 + side * 4, 0.34)
    if reading.titles:
        focus = (0.765 + side, 0.32) if wide else (0.5 + side * 3, 0.48)
    elif wide:
        focus = (draw.choice((0.34, 0.5, 0.66)) + side, 0.34)
    align: Align = "left" if wide else "centre"
    return _Layout((0, 0, width, height), _sky_box(canvas), align, focus, on_paper=False)


def _sky_box(canvas: Canvas) -> Box:
    width, height, unit = canvas.width, canvas.height, canvas.unit
    if width > height * 1.15:
        return (unit * 8, height * 0.1, width * 0.52, height * 0.53)
    return (width * 0.085, unit * 8, width * 0.915, height * (0.33 if height > width * 1.15 else 0.36))


def _set_titles(
    canvas: Canvas, reading: Reading, palette: Palette, layout: _Layout, draw: random.Random
) -> None:
    """Set the first words large and the others under them, and own up to what cannot be set."""
    preferred = draw.choice(_FACES.get(reading.scene, _ANY_FACE))
    first = faces.choose(reading.titles[0], [preferred])
    rest = faces.choose("  ·  ".join(reading.titles[1:]), [faces.GEOMETRIC])
    notes = [note for note in (faces.apology(first.missing), faces.apology(rest.missing)) if note]
    left, top, right, bottom = layout.title
    unit, width, height = canvas.unit, right - left, bottom - top
    ink = palette.ink if layout.on_paper else _legible(canvas, layout.title, palette.paper, palette.ink)
    if not layout.on_paper:
        _calm(canvas, layout.title, ink)

    blocks: list[typesetting.Block] = []
    if first.text:
        share = 0.78 if rest.text else 1.0
        tracking = _TRACKING.get(first.face, 0.03) if first.text.isupper() else 0.005
        largest = unit * (40 if layout.align == "left" or not layout.on_paper else 60)
        blocks.append(typesetting.fit(first.text, first.face, (width, height * share), tracking, largest))
    if rest.text:
        blocks.append(typesetting.fit(rest.text, rest.face, (width, height * 0.3), 0.12, unit * 5))
    blocks += [typesetting.fit(note, faces.TEXT, (width, height * 0.2), 0.04, unit * 2.6) for note in notes]

    gap = unit * 3
    total = sum(block.height for block in blocks) + gap * (len(blocks) - 1)
    y = (top + bottom - total) / 2
    for block in blocks:
        typesetting.draw(canvas, block, (left, y, right, y + block.height), layout.align, colour=ink)
        y += block.height + gap


def _legible(canvas: Canvas, box: Box, bright: Colour, dark: Colour) -> Colour:
    """Choose the ink that stands out against the least favourable part of a box."""
    ground = _ground(canvas, box)
    return max(
        (bright, dark), key=lambda ink: sorted(contrast(ink, spot) for spot in ground)[len(ground) // 8]
    )


def _calm(canvas: Canvas, box: Box, ink: Colour) -> None:
    """Push the ground behind a title away from the ink, where type would not stand out."""
    worst = sorted(contrast(ink, spot) for spot in _ground(canvas, box))
    lack = 4.5 - worst[len(worst) // 8]
    if lack > 0:
        left, top, right, bottom = box
        away = (8, 6, 20) if sum(ink) > 380 else (255, 250, 238)
        centre = ((left + right) / 2, (top + bottom) / 2)
        canvas.glow(centre, max(right - left, bottom - top) * 0.95, away, min(0.75, 0.3 + lack * 0.16))


def _ground(canvas: Canvas, box: Box) -> list[Colour]:
    left, top, right, bottom = (round(value) for value in box)
    patch = canvas.image.crop((left, top, max(left + 1, right), max(top + 1, bottom))).resize((8, 6))
    data = patch.tobytes()
    return [(data[i], data[i + 1], data[i + 2]) for i in range(0, len(data), 3)]
