"""What carries people: a rocket, a sailing boat, a balloon."""

import math

from .canvas import Point, steps
from .colour import mix
from .stage import Stage


def rocket(stage: Stage, foot: Point, height: float) -> None:
    """Stand a rocket on its fins, with a long shadow.

    Parameters
    ----------
    stage
        Where.
    foot
        The middle of its foot.
    height
        From foot to tip.
    """
    canvas, palette = stage.canvas, stage.palette
    x, y = foot
    h, w = height, height * 0.15
    canvas.polygon(
        [(x - w, y), (x + w, y), (x + h * 1.5, y + h * 0.16), (x + h * 1.25, y + h * 0.17)], palette.ink, 0.32
    )

    def hull(side: float) -> list[Point]:
        curve = [
            (x + side * w * math.sin(math.pi * (0.12 + 0.88 * t)) ** 0.8, y - h * (0.14 + 0.86 * t))
            for t in steps(24)
        ]
        return [(x, y - h * 0.14), *curve, (x, y - h)]

    canvas.polygon(
        [
            (x - w * 0.6, y - h * 0.42),
            (x - w * 2.3, y),
            (x - w * 1.5, y - h * 0.04),
            (x - w * 0.4, y - h * 0.12),
        ],
        palette.accent,
    )
    canvas.polygon(
        [
            (x + w * 0.6, y - h * 0.42),
            (x + w * 2.3, y),
            (x + w * 1.5, y - h * 0.04),
            (x + w * 0.4, y - h * 0.12),
        ],
        mix(palette.accent, palette.ink, 0.4),
    )
    canvas.polygon(hull(-1), palette.paper)
    canvas.polygon(hull(1), mix(palette.paper, palette.ink, 0.28))
    canvas.polygon(
        [
            (x - w * 0.16, y - h * 0.4),
            (x + w * 0.16, y - h * 0.4),
            (x + w * 0.1, y + h * 0.01),
            (x - w * 0.1, y + h * 0.01),
        ],
        palette.accent,
    )
    canvas.disc((x, y - h * 0.62), w * 0.36, palette.ink)
    canvas.disc((x, y - h * 0.62), w * 0.24, mix(palette.accent, palette.paper, 0.35))


def sailboat(stage: Stage, at: Point, height: float) -> None:
    """Set a boat under sail on the water.

    Parameters
    ----------
    stage
        Where.
    at
        The middle of its water line.
    height
        From water to mast top.
    """
    canvas, palette = stage.canvas, stage.palette
    x, y = at
    h = height
    canvas.polygon(_sail((x - h * 0.02, y - h), (x - h * 0.02, y - h * 0.14), -h * 0.36), palette.paper)
    canvas.polygon(
        _sail((x + h * 0.02, y - h * 0.94), (x + h * 0.02, y - h * 0.14), h * 0.28), palette.accent
    )
    canvas.polygon(
        [
            (x - h * 0.012, y - h * 1.03),
            (x + h * 0.012, y - h * 1.03),
            (x + h * 0.012, y - h * 0.08),
            (x - h * 0.012, y - h * 0.08),
        ],
        palette.ink,
    )
    canvas.polygon(
        [
            (x - h * 0.42, y - h * 0.12),
            (x + h * 0.42, y - h * 0.12),
            (x + h * 0.26, y + h * 0.02),
            (x - h * 0.3, y + h * 0.02),
        ],
        palette.ink,
    )
    canvas.polygon(
        [
            (x - h * 0.41, y - h * 0.12),
            (x + h * 0.42, y - h * 0.12),
            (x + h * 0.4, y - h * 0.09),
            (x - h * 0.39, y - h * 0.09),
        ],
        palette.paper,
    )
    for index in range(4):
        reach = h * (0.34 - index * 0.07)
        level = y + h * (0.07 + index * 0.07)
        canvas.polygon(
            [
                (x - reach, level),
                (x + reach * 0.8, level),
                (x + reach * 0.8, level + h * 0.018),
                (x - reach, level + h * 0.018),
            ],
            palette.paper,
            0.5 - index * 0.1,
        )


def balloon(stage: Stage, centre: Point, radius: float) -> None:
    """Hang a striped hot-air balloon in the sky.

    Parameters
    ----------
    stage
        Where.
    centre, radius
        Its envelope.
    """
    canvas, palette = stage.canvas, stage.palette
    x, y = centre

    def gore(share: float) -> list[Point]:
        points = [
            (x + share * radius * math.sin(math.pi * t), y - radius * math.cos(math.pi * t))
            for t in steps(20)
            if t < 0.68
        ]
        return [*points, (x + share * radius * 0.22, y + radius * 1.25)]

    shares = (-1.0, -0.62, -0.22, 0.22, 0.62, 1.0)
    colours = (palette.accent, palette.paper, palette.accent, palette.paper, palette.accent)
    for index, colour in enumerate(colours):
        tone = mix(colour, palette.ink, 0.09 * index)
        canvas.polygon([*gore(shares[index]), *reversed(gore(shares[index + 1]))], tone)
    basket = radius * 0.2
    top, bottom = y + radius * 1.5, y + radius * 1.78
    for side in (-1, 1):
        canvas.polygon(
            [
                (x + side * radius * 0.2, y + radius * 1.25),
                (x + side * radius * 0.23, y + radius * 1.25),
                (x + side * basket, top),
                (x + side * basket * 0.86, top),
            ],
            palette.ink,
        )
    canvas.polygon(
        [(x - basket, top), (x + basket, top), (x + basket * 0.8, bottom), (x - basket * 0.8, bottom)],
        palette.ink,
    )


def _sail(head: Point, tack: Point, belly: float) -> list[Point]:
    return [head, *((head[0] + belly * t**0.75, head[1] + (tack[1] - head[1]) * t) for t in steps(16)), tack]
