"""What people live in: a lighthouse, a cabin, a tent."""

from .canvas import Point
from .colour import mix
from .stage import Stage


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
