"""The small things that a poster is remembered for: a rocket, a boat, a balloon, trees."""

import math

from .canvas import Canvas, Point
from .colour import Colour, mix
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
            for t in _steps(24)
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


def lighthouse(stage: Stage, foot: Point, height: float) -> None:
    """Build a striped lighthouse whose beams cross the sky.

    Parameters
    ----------
    stage
        Where.
    foot
        The middle of its foot.
    height
        From foot to roof.
    """
    canvas, palette = stage.canvas, stage.palette
    x, y = foot
    h = height
    top, wide, narrow = y - h * 0.82, h * 0.13, h * 0.085
    lamp = (x, y - h * 0.88)
    for side in (-1, 1):
        far = x + side * h * 2.6
        canvas.polygon([lamp, (far, lamp[1] - h * 0.34), (far, lamp[1] + h * 0.1)], palette.light, 0.3)
    canvas.glow(lamp, h * 0.4, palette.light, 0.8)
    for band in range(6):
        a, b = band / 6, (band + 1) / 6
        left, right = wide + (narrow - wide) * a, wide + (narrow - wide) * b
        low, high = y + (top - y) * a, y + (top - y) * b
        colour = palette.accent if band % 2 else palette.paper
        canvas.polygon([(x - left, low), (x + left, low), (x + right, high), (x - right, high)], colour)
        canvas.polygon(
            [(x + left * 0.2, low), (x + left, low), (x + right, high), (x + right * 0.2, high)],
            palette.ink,
            0.25,
        )
    canvas.polygon(
        [
            (x - h * 0.12, top),
            (x + h * 0.12, top),
            (x + h * 0.12, top - h * 0.02),
            (x - h * 0.12, top - h * 0.02),
        ],
        palette.ink,
    )
    canvas.polygon(
        [
            (x - h * 0.06, top - h * 0.02),
            (x + h * 0.06, top - h * 0.02),
            (x + h * 0.06, top - h * 0.11),
            (x - h * 0.06, top - h * 0.11),
        ],
        palette.light,
    )
    canvas.polygon(
        [(x - h * 0.085, top - h * 0.11), (x + h * 0.085, top - h * 0.11), (x, top - h * 0.2)], palette.ink
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
            for t in _steps(20)
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
    trunk = [(foot[0] + lean * t * t, foot[1] - height * t) for t in _steps(16)]
    width = height * 0.028
    canvas.polygon(
        [
            *((px - width * (1.4 - t), py) for (px, py), t in zip(trunk, _steps(16), strict=True)),
            *(
                (px + width * (1.4 - t), py)
                for (px, py), t in reversed(list(zip(trunk, _steps(16), strict=True)))
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


def cabin(stage: Stage, foot: Point, width: float) -> None:
    """Put up a cabin with a lit window.

    Parameters
    ----------
    stage
        Where.
    foot
        The middle of its foot.
    width
        Of its front.
    """
    canvas, palette = stage.canvas, stage.palette
    x, y = foot
    w = width
    wall = mix(palette.ink, palette.land[-2], 0.2)
    window = mix(palette.light, (255, 196, 92), 0.6)
    canvas.polygon(
        [
            (x - w * 0.5, y),
            (x + w * 0.5, y),
            (x + w * 0.5, y - w * 0.42),
            (x, y - w * 0.86),
            (x - w * 0.5, y - w * 0.42),
        ],
        wall,
    )
    canvas.polygon(
        [
            (x - w * 0.64, y - w * 0.34),
            (x, y - w * 0.94),
            (x + w * 0.64, y - w * 0.34),
            (x + w * 0.56, y - w * 0.28),
            (x, y - w * 0.78),
            (x - w * 0.56, y - w * 0.28),
        ],
        palette.accent,
    )
    canvas.glow((x + w * 0.2, y - w * 0.26), w * 0.7, window, 0.5)
    for left in (0.08, 0.22):
        canvas.polygon(
            [
                (x + w * left, y - w * 0.36),
                (x + w * (left + 0.12), y - w * 0.36),
                (x + w * (left + 0.12), y - w * 0.18),
                (x + w * left, y - w * 0.18),
            ],
            window,
        )
    canvas.polygon(
        [(x - w * 0.3, y), (x - w * 0.12, y), (x - w * 0.12, y - w * 0.34), (x - w * 0.3, y - w * 0.34)],
        palette.ink,
    )


def tent(stage: Stage, foot: Point, width: float) -> None:
    """Pitch a tent with a lamp inside.

    Parameters
    ----------
    stage
        Where.
    foot
        The middle of its foot.
    width
        Of its front.
    """
    canvas, palette = stage.canvas, stage.palette
    x, y = foot
    w = width
    lamp = mix(palette.light, (255, 190, 90), 0.6)
    canvas.glow((x, y - w * 0.2), w * 1.1, lamp, 0.45)
    canvas.polygon([(x - w * 0.55, y), (x + w * 0.55, y), (x, y - w * 0.7)], palette.accent)
    canvas.polygon(
        [(x, y - w * 0.7), (x + w * 0.55, y), (x + w * 0.8, y - w * 0.1), (x + w * 0.2, y - w * 0.7)],
        mix(palette.accent, palette.ink, 0.4),
    )
    canvas.polygon([(x - w * 0.16, y), (x + w * 0.16, y), (x, y - w * 0.62)], lamp)


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
        for t in _steps(18):
            off = side * width * math.sin(math.pi * t**0.8) + sag * math.sin(math.pi * t) * 0.6
            points.append((x0 + dx * t + dy * off, y0 + dy * t - dx * off))
        return points

    return [*edge(1), *reversed(edge(-1))]


def _steps(number: int) -> list[float]:
    return [step / number for step in range(number + 1)]


def _sail(head: Point, tack: Point, belly: float) -> list[Point]:
    return [head, *((head[0] + belly * t**0.75, head[1] + (tack[1] - head[1]) * t) for t in _steps(16)), tack]


def _post(foot: Point, height: float, radius: float) -> list[Point]:
    x, y = foot
    cap = [
        (x + radius * math.cos(math.pi * t), y - height + radius - radius * math.sin(math.pi * t))
        for t in _steps(14)
    ]
    return [(x + radius, y), *cap, (x - radius, y)]
