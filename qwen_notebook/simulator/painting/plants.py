"""What grows: a cactus, a conifer, a palm, a leaf."""

import math

from .canvas import Canvas, Point, steps
from .colour import Colour
from .stage import Stage


def cactus(canvas: Canvas, foot: Point, height: float, colour: Colour, lit: Colour) -> None:
    """Grow a saguaro.

    Parameters
    ----------
    canvas
        Where.
    foot
        The middle of its foot.
    height
        From foot to tip.
    colour, lit
        Its body, and the side that the light falls on.
    """
    x, y = foot
    w = height * 0.085
    for tone, shift, slim in ((colour, 0.0, 1.0), (lit, -w * 0.45, 0.35)):
        canvas.polygon(_post((x + shift, y), height, w * slim), tone)
    for side, low, tall in ((-1, 0.34, 0.32), (1, 0.46, 0.3)):
        joint, out = y - height * low, x + side * w * 3.1
        canvas.polygon(
            [(x, joint - w * 0.8), (out, joint - w * 0.8), (out, joint + w * 0.8), (x, joint + w * 0.8)],
            colour,
        )
        canvas.disc((out, joint), w * 0.8, colour)
        canvas.polygon(_post((out, joint), height * tall, w * 0.8), colour)
        canvas.polygon(_post((out - w * 0.35, joint), height * tall * 0.96, w * 0.28), lit)


def pine(foot: Point, height: float, spread: float) -> list[Point]:
    """The outline of a conifer.

    Parameters
    ----------
    foot
        The middle of its foot.
    height
        From foot to tip.
    spread
        Half of its width, in heights.

    Returns
    -------
    list of Point
        The outline.
    """
    x, y = foot
    tiers = 7
    right: list[Point] = [(x, y - height)]
    for tier in range(1, tiers + 1):
        t = tier / tiers
        reach = height * spread * t**0.85
        level = y - height * (1 - t * 0.93)
        right += [(x + reach, level), (x + reach * 0.52, level - height * 0.018)]
    right[-1:] = [(x + height * 0.025, y - height * 0.07), (x + height * 0.025, y)]
    return [*right, *((2 * x - px, py) for px, py in reversed(right))]


def palm(stage: Stage, foot: Point, height: float) -> None:
    """Grow a leaning palm.

    Parameters
    ----------
    stage
        Where.
    foot
        The middle of its foot.
    height
        From foot to crown.
    """
    canvas, ink = stage.canvas, stage.palette.ink
    lean = stage.random.choice((-1, 1)) * height * 0.22
    trunk = [(foot[0] + lean * t * t, foot[1] - height * t) for t in steps(16)]
    width = height * 0.028
    canvas.polygon(
        [
            *((px - width * (1.4 - t), py) for (px, py), t in zip(trunk, steps(16), strict=True)),
            *(
                (px + width * (1.4 - t), py)
                for (px, py), t in reversed(list(zip(trunk, steps(16), strict=True)))
            ),
        ],
        ink,
    )
    crown = trunk[-1]
    for index in range(9):
        angle = math.pi * (1.08 - index / 8 * 1.16)
        length = height * stage.random.uniform(0.4, 0.52)
        tip = (
            crown[0] + length * math.cos(angle),
            crown[1] - length * math.sin(angle) * 0.75 + length * 0.42,
        )
        canvas.polygon(leaf(crown, tip, 0.22, sag=-0.28 if tip[0] < crown[0] else 0.28), ink)


def leaf(start: Point, tip: Point, width: float, sag: float = 0.0) -> list[Point]:
    """The outline of a leaf.

    Parameters
    ----------
    start, tip
        Its ends.
    width
        Half of its width, in lengths.
    sag
        How far its middle is off the straight line, in lengths.

    Returns
    -------
    list of Point
        The outline.
    """
    (x0, y0), (x1, y1) = start, tip
    dx, dy = x1 - x0, y1 - y0

    def edge(side: float) -> list[Point]:
        points: list[Point] = []
        for t in steps(18):
            off = side * width * math.sin(math.pi * t**0.8) + sag * math.sin(math.pi * t) * 0.6
            points.append((x0 + dx * t + dy * off, y0 + dy * t - dx * off))
        return points

    return [*edge(1), *reversed(edge(-1))]


def _post(foot: Point, height: float, radius: float) -> list[Point]:
    x, y = foot
    cap = [
        (x + radius * math.cos(math.pi * t), y - height + radius - radius * math.sin(math.pi * t))
        for t in steps(14)
    ]
    return [(x + radius, y), *cap, (x - radius, y)]
