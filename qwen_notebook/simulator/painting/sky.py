"""What hangs above: stars, a sun, moons, clouds."""

import math

from .canvas import Point
from .colour import Colour, mix
from .stage import Stage


def stars(stage: Stage, bottom: float, amount: float = 1.0) -> None:
    """Scatter stars over the upper sky.

    Parameters
    ----------
    stage
        Where.
    bottom
        How far down, in pixels.
    amount
        Factor on their number.
    """
    draw = stage.random
    area = stage.width * bottom / stage.unit**2
    for _ in range(round(area * 0.011 * amount)):
        x, t = draw.uniform(0, stage.width), draw.random() ** 1.5
        radius = stage.unit * draw.choice((0.09, 0.11, 0.13, 0.2))
        stage.canvas.disc((x, bottom * t), radius, stage.palette.paper, (1 - t) * draw.uniform(0.45, 0.95))


def sun(stage: Stage, centre: Point, radius: float) -> None:
    """Draw a sun with rings of light around it.

    Parameters
    ----------
    stage
        Where.
    centre, radius
        The disc.
    """
    canvas, light = stage.canvas, stage.palette.light
    canvas.glow(centre, radius * 4.2, light, 0.55)
    for ring, opacity in ((2.1, 0.1), (1.68, 0.14), (1.3, 0.22)):
        canvas.disc(centre, radius * ring, light, opacity)
    canvas.disc(centre, radius, (mix(light, (255, 255, 255), 0.35), light))


def moon(stage: Stage, centre: Point, radius: float, *, cratered: bool = True) -> None:
    """Draw a moon with craters and a dark limb.

    Parameters
    ----------
    stage
        Where.
    centre, radius
        The disc.
    cratered
        Whether it is near enough for craters.
    """
    canvas, draw = stage.canvas, stage.random
    light = stage.palette.light
    night = stage.palette.sky[1]
    canvas.glow(centre, radius * 2.8, light, 0.32)
    canvas.disc(centre, radius, (mix(light, (255, 255, 255), 0.25), mix(light, night, 0.1)))
    if cratered:
        for _ in range(9):
            angle, distance = draw.uniform(0, math.tau), radius * 0.78 * math.sqrt(draw.random())
            size = radius * draw.choice((0.05, 0.08, 0.12, 0.17)) * (1.1 - distance / radius * 0.5)
            spot = (centre[0] + distance * math.cos(angle), centre[1] + distance * math.sin(angle))
            canvas.disc(spot, size, mix(light, night, 0.24))
            canvas.disc((spot[0] - size * 0.12, spot[1] - size * 0.12), size * 0.82, mix(light, night, 0.15))
    canvas.polygon(limb(centre, radius, 0.62), mix(light, night, 0.75), 0.36)


def ringed_planet(stage: Stage, centre: Point, radius: float, body: tuple[Colour, ...]) -> None:
    """Draw a banded planet in a tilted ring.

    Parameters
    ----------
    stage
        Where.
    centre, radius
        The disc.
    body
        Its bands.
    """
    canvas = stage.canvas
    tilt = stage.random.choice((-0.32, 0.32))
    canvas.glow(centre, radius * 2.6, body[0], 0.3)
    for near in (False, True):
        if near:
            canvas.disc(centre, radius, body)
            canvas.polygon(limb(centre, radius, 0.5), stage.palette.ink, 0.32)
        for outer, inner, opacity in ((2.05, 1.72, 0.55), (1.66, 1.4, 0.9)):
            canvas.polygon(
                _half_ring(centre, radius, outer, inner, tilt=tilt, near=near), stage.palette.light, opacity
            )


def limb(centre: Point, radius: float, width: float) -> list[Point]:
    """The crescent of a disc that lies in shadow, at its lower right.

    Parameters
    ----------
    centre, radius
        The disc.
    width
        Its greatest width, in radii.

    Returns
    -------
    list of Point
        The crescent.
    """

    def turned(x: float, y: float) -> Point:
        c, s = math.cos(0.6), math.sin(0.6)
        return centre[0] + radius * (x * c - y * s), centre[1] + radius * (x * s + y * c)

    angles = [math.pi * (step / 40 - 0.5) for step in range(41)]
    outer = [turned(math.cos(a), math.sin(a)) for a in angles]
    inner = [turned((1 - width) * math.cos(a), math.sin(a)) for a in reversed(angles)]
    return [*outer, *inner]


def clouds(stage: Stage, top: float, bottom: float, number: int, opacity: float) -> None:
    """Lay long flat clouds across the sky, none of them through a title.

    Parameters
    ----------
    stage
        Where.
    top, bottom
        The band they lie in, in pixels.
    number
        How many.
    opacity
        Theirs.
    """
    draw, unit = stage.random, stage.unit
    for _ in range(number):
        x, y = draw.uniform(0, stage.width), draw.uniform(top, bottom)
        for index in range(draw.randint(2, 4)):
            length, thickness = unit * draw.uniform(12, 34), unit * draw.uniform(0.7, 1.5)
            left = x + unit * draw.uniform(-14, 14)
            level = y + index * unit * 1.5
            if not stage.is_title(left, left + length, level):
                stage.canvas.polygon(bar((left, level), length, thickness), stage.palette.paper, opacity)


def bar(at: Point, length: float, thickness: float) -> list[Point]:
    """A bar with round ends.

    Parameters
    ----------
    at
        Middle of its left end.
    length, thickness
        Its measures.

    Returns
    -------
    list of Point
        The outline.
    """
    radius = thickness / 2
    right = [math.pi * (step / 12 - 0.5) for step in range(13)]
    return [
        *((at[0] + length + radius * math.cos(a), at[1] + radius * math.sin(a)) for a in right),
        *((at[0] - radius * math.cos(a), at[1] - radius * math.sin(a)) for a in right),
    ]


def birds(stage: Stage, centre: Point, number: int, colour: Colour) -> None:
    """Let a few birds fly.

    Parameters
    ----------
    stage
        Where.
    centre
        The middle of the flock.
    number
        How many.
    colour
        Theirs.
    """
    draw, unit = stage.random, stage.unit
    for _ in range(number):
        x, y = centre[0] + unit * draw.uniform(-9, 9), centre[1] + unit * draw.uniform(-4, 4)
        span = unit * draw.uniform(1.0, 1.9)
        stage.canvas.polygon(
            [
                (x - span, y - span * 0.35),
                (x - span * 0.5, y - span * 0.42),
                (x, y),
                (x + span * 0.5, y - span * 0.42),
                (x + span, y - span * 0.35),
                (x + span * 0.45, y - span * 0.24),
                (x, y + span * 0.2),
                (x - span * 0.45, y - span * 0.24),
            ],
            colour,
        )


def _half_ring(
    centre: Point, radius: float, outer: float, inner: float, *, tilt: float, near: bool
) -> list[Point]:
    c, s = math.cos(tilt), math.sin(tilt)
    start = 0.0 if near else math.pi

    def at(size: float, angle: float) -> Point:
        x, y = radius * size * math.cos(angle), radius * size * 0.26 * math.sin(angle)
        return centre[0] + x * c - y * s, centre[1] + x * s + y * c

    angles = [start + math.pi * step / 60 for step in range(61)]
    return [*(at(outer, a) for a in angles), *(at(inner, a) for a in reversed(angles))]
