"""Drawing with clean edges: every shape is a mask, drawn large, reduced and poured full of colour."""

import math
import random
from collections.abc import Sequence
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw

from .colour import Colour, along

Point: TypeAlias = tuple[float, float]
Fill: TypeAlias = Colour | tuple[Colour, ...]

_OVERSAMPLE = 3
_GRAIN_SIDE = 320


class Canvas:
    """A picture under the brush. Lengths are pixels; ``unit`` is a hundredth of the short side.

    Parameters
    ----------
    size
        Width and height.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.width, self.height = size
        self.unit = min(size) / 100
        self.image = Image.new("RGB", size)

    def gradient(self, stops: tuple[Colour, ...], top: float = 0, bottom: float | None = None) -> None:
        """Cover a band of the canvas, from edge to edge.

        Parameters
        ----------
        stops
            Colours from top to bottom.
        top, bottom
            The band; the whole height unless given.
        """
        bottom = self.height if bottom is None else bottom
        y0, y1 = max(0, round(top)), min(self.height, math.ceil(bottom))
        if y1 > y0:
            self.image.paste(_column(stops, (self.width, y1 - y0)), (0, y0))

    def polygon(self, points: Sequence[Point], fill: Fill, opacity: float = 1.0) -> None:
        """Draw a closed shape.

        Parameters
        ----------
        points
            Its corners.
        fill
            A colour, or several for a gradient from its top to its bottom.
        opacity
            0 to 1.
        """
        self.polygons([points], fill, opacity)

    def polygons(self, shapes: Sequence[Sequence[Point]], fill: Fill, opacity: float = 1.0) -> None:
        """Draw several closed shapes as one.

        Parameters
        ----------
        shapes
            Their corners.
        fill
            A colour, or several for a gradient from the top to the bottom of all.
        opacity
            0 to 1.
        """
        xs = [x for points in shapes for x, _ in points]
        ys = [y for points in shapes for _, y in points]
        brush = _Brush(self, (min(xs), min(ys), max(xs), max(ys)))
        for points in shapes:
            brush.polygon(points)
        brush.pour(fill, opacity)

    def disc(self, centre: Point, radius: float, fill: Fill, opacity: float = 1.0) -> None:
        """Draw a disc.

        Parameters
        ----------
        centre, radius
            Where, and how large.
        fill
            A colour, or several for a gradient from its top to its bottom.
        opacity
            0 to 1.
        """
        self.ellipse(centre, (radius, radius), fill, opacity)

    def ellipse(self, centre: Point, radii: Point, fill: Fill, opacity: float = 1.0) -> None:
        """Draw an upright ellipse.

        Parameters
        ----------
        centre, radii
            Where, and how large.
        fill
            A colour, or several for a gradient from its top to its bottom.
        opacity
            0 to 1.
        """
        (x, y), (a, b) = centre, radii
        brush = _Brush(self, (x - a, y - b, x + a, y + b))
        brush.ellipse(centre, radii)
        brush.pour(fill, opacity)

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float) -> None:
        """Let light fade out around a point.

        Parameters
        ----------
        centre, radius
            Where, and how far it reaches.
        colour
            The light.
        strength
            Its opacity at the centre.
        """
        side = round(radius * 2)
        # Pillow's gradient is 255 in the corners; the light has to end where the circle touches the edges.
        fade = [round(255 * strength * max(0.0, 1 - level / 180) ** 2) for level in range(256)]
        falloff = Image.radial_gradient("L").point(fade).resize((side, side), Image.Resampling.BICUBIC)
        self.image.paste(colour, (round(centre[0] - radius), round(centre[1] - radius)), falloff)

    def grain(self, random_: random.Random, strength: float) -> None:
        """Give the surface the tooth of printed paper, which also hides the steps of a gradient.

        Parameters
        ----------
        random_
            Decides where.
        strength
            Standard deviation in levels.
        """
        # Sums of four dice are near enough to a bell curve; a table turns random bytes into levels at once.
        bell = [sum(divmod(v, 16)) + sum(divmod(v * 7 % 256, 16)) - 30 for v in range(256)]
        table = bytes(min(255, max(0, round(16 + value * strength / 9))) for value in bell)
        noise = random_.randbytes(_GRAIN_SIDE**2).translate(table)
        tile = Image.frombytes("L", (_GRAIN_SIDE, _GRAIN_SIDE), noise)
        sheet = Image.new("L", self.image.size)
        for y in range(0, self.height, _GRAIN_SIDE):
            # Each row of tiles starts elsewhere, or the eye would find the seams.
            for x in range(-random_.randrange(_GRAIN_SIDE), self.width, _GRAIN_SIDE):
                sheet.paste(tile, (x, y))
        self.image = ImageChops.add(self.image, Image.merge("RGB", (sheet, sheet, sheet)), 1, -16)


def steps(number: int) -> list[float]:
    """Divide a way.

    Parameters
    ----------
    number
        Into how many parts.

    Returns
    -------
    list of float
        From 0 to 1, both included.
    """
    return [step / number for step in range(number + 1)]


class _Brush:
    """The mask of one shape, in the part of the canvas that it covers."""

    def __init__(self, canvas: Canvas, box: tuple[float, float, float, float]) -> None:
        self._canvas = canvas
        self._extent = (box[1], box[3])
        self._left = max(0, math.floor(box[0]))
        self._top = max(0, math.floor(box[1]))
        right = min(canvas.width, math.ceil(box[2]) + 1)
        bottom = min(canvas.height, math.ceil(box[3]) + 1)
        self._size = (max(0, right - self._left), max(0, bottom - self._top))
        self._mask = Image.new("L", (self._size[0] * _OVERSAMPLE, self._size[1] * _OVERSAMPLE))
        self._draw = ImageDraw.Draw(self._mask)

    def polygon(self, points: Sequence[Point]) -> None:
        if self._size[0] and self._size[1]:
            self._draw.polygon([self._scaled(point) for point in points], fill=255)

    def ellipse(self, centre: Point, radii: Point) -> None:
        if self._size[0] and self._size[1]:
            (x, y), (a, b) = centre, radii
            self._draw.ellipse([self._scaled((x - a, y - b)), self._scaled((x + a, y + b))], fill=255)

    def pour(self, fill: Fill, opacity: float) -> None:
        if not (self._size[0] and self._size[1]):
            return
        mask = self._mask.reduce(_OVERSAMPLE)
        if opacity < 1:
            mask = mask.point([round(value * opacity) for value in range(256)])
        place = (self._left, self._top)
        if isinstance(fill[0], int):
            self._canvas.image.paste(fill, place, mask)  # pyright: ignore[reportArgumentType]
        else:
            top, bottom = self._extent
            height = max(1.0, bottom - top)
            start = (self._top - top) / height
            end = (self._top + self._size[1] - top) / height
            self._canvas.image.paste(_column(fill, self._size, start, end), place, mask)  # pyright: ignore

    def _scaled(self, point: Point) -> Point:
        return (point[0] - self._left) * _OVERSAMPLE, (point[1] - self._top) * _OVERSAMPLE


def _column(
    stops: tuple[Colour, ...], size: tuple[int, int], start: float = 0, end: float = 1
) -> Image.Image:
    """Make a vertical gradient, of which the part from ``start`` to ``end`` is seen."""
    _width, height = size
    rows = (along(stops, start + (end - start) * (y + 0.5) / height) for y in range(height))
    strip = Image.frombytes("RGB", (1, height), bytes(channel for colour in rows for channel in colour))
    return strip.resize(size, Image.Resampling.NEAREST)
