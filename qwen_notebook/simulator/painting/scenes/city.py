"""A skyline before the sun or the moon, with lit windows."""

from qwen_notebook.simulator.painting import sky
from qwen_notebook.simulator.painting.canvas import Point
from qwen_notebook.simulator.painting.colour import Colour, mix
from qwen_notebook.simulator.painting.stage import Stage


def paint(stage: Stage) -> None:
    """Paint the scene.

    Parameters
    ----------
    stage
        What to paint with.
    """
    canvas, palette, unit = stage.canvas, stage.palette, stage.unit
    canvas.gradient(palette.sky, 0, stage.height * 0.9)
    if palette.dark:
        sky.stars(stage, stage.height * 0.5, 0.7)
    centre = (stage.focus[0], stage.focus[1] + unit * 8)
    if palette.name in ("night", "noir"):
        sky.moon(stage, centre, unit * 13)
    else:
        sky.sun(stage, centre, unit * 18)
    base = stage.height * 1.01
    tall = stage.height * (0.42 if stage.is_wide else 0.4)
    _row(stage, base, tall, mix(palette.land[0], palette.sky[-1], 0.5), lit=0.0)
    _row(stage, base, tall * 0.86, mix(palette.land[1], palette.sky[-1], 0.12), lit=0.12)
    _row(stage, base, tall * 0.64, palette.land[2], lit=0.3)
    _row(stage, base, tall * 0.38, palette.land[4], lit=0.35)


def _row(stage: Stage, base: float, tall: float, colour: Colour, lit: float) -> None:
    """Build one street front; the far ones are paler and have no windows."""
    draw, unit, palette = stage.random, stage.unit, stage.palette
    houses: list[list[Point]] = []
    sides: list[list[Point]] = []
    windows: list[list[Point]] = []
    x = -unit * draw.uniform(0, 6)
    while x < stage.width:
        width = unit * draw.uniform(5, 11)
        height = tall * draw.uniform(0.45, 1.0)
        houses += _house(stage, x, width, base, height)
        sides.append(
            [
                (x + width * 0.7, base),
                (x + width * 0.7, base - height),
                (x + width, base - height),
                (x + width, base),
            ]
        )
        if lit:
            windows += _windows(stage, x, width, base, height, lit=lit)
        x += width + unit * draw.choice((0, 0, 0.5, 1.5))
    foot = mix(colour, palette.sky[-1], 0.3)
    stage.canvas.polygons(houses, (colour, foot) if not lit else (colour, mix(colour, palette.ink, 0.3)))
    stage.canvas.polygons(sides, palette.ink, 0.16)
    if windows:
        stage.canvas.polygons(windows, mix(palette.light, palette.accent, 0.12), 0.92)


def _house(stage: Stage, x: float, width: float, base: float, height: float) -> list[list[Point]]:
    """A tower with one of a few roofs."""
    top, right = base - height, x + width
    middle = x + width / 2
    shapes = [[(x, base), (x, top), (right, top), (right, base)]]
    match stage.random.randrange(7):
        case 0:
            shapes.append([(x, top), (middle, top - width * 0.7), (right, top)])
        case 1:
            for step in (0.72, 0.44, 0.2):
                top -= width * 0.3
                shapes.append(
                    [
                        (middle - width * step / 2, top + width * 0.31),
                        (middle - width * step / 2, top),
                        (middle + width * step / 2, top),
                        (middle + width * step / 2, top + width * 0.31),
                    ]
                )
            shapes.append(
                [(middle - width * 0.03, top), (middle, top - width * 1.1), (middle + width * 0.03, top)]
            )
        case 2:
            shapes.append([(x, top), (right, top - width * 0.5), (right, top)])
        case 3:
            shapes.append(
                [
                    (middle - width * 0.025, top),
                    (middle - width * 0.025, top - width * 0.8),
                    (middle + width * 0.025, top - width * 0.8),
                    (middle + width * 0.025, top),
                ]
            )
        case 4:
            shapes.append(
                [
                    (x + width * 0.2, top),
                    (x + width * 0.2, top - width * 0.22),
                    (x + width * 0.6, top - width * 0.22),
                    (x + width * 0.6, top),
                ]
            )
        case _:
            pass
    return shapes


def _windows(
    stage: Stage, x: float, width: float, base: float, height: float, *, lit: float
) -> list[list[Point]]:
    draw, unit = stage.random, stage.unit
    columns = max(2, round(width / (unit * 1.7)))
    pitch = width / (columns + 0.5)
    shapes: list[list[Point]] = []
    level = base - height + unit * 1.6
    while level < base - unit * 2:
        for column in range(columns):
            if draw.random() < lit:
                left = x + pitch * (column + 0.5)
                shapes.append(
                    [
                        (left, level),
                        (left + pitch * 0.5, level),
                        (left + pitch * 0.5, level + unit * 1.0),
                        (left, level + unit * 1.0),
                    ]
                )
        level += unit * 2.0
    return shapes
