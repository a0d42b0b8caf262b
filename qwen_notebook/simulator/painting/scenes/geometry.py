"""Shapes on a grid, after the Bauhaus."""

import math

from qwen_notebook.simulator.painting.canvas import Point
from qwen_notebook.simulator.painting.colour import Colour
from qwen_notebook.simulator.painting.stage import Stage


def paint(stage: Stage) -> None:
    """Paint the scene.

    Parameters
    ----------
    stage
        What to paint with.
    """
    canvas, palette, draw = stage.canvas, stage.palette, stage.random
    canvas.gradient((palette.paper, palette.paper))
    # The grid that fits the shape best, for no tile may be cut off.
    columns = min(
        range(5, 13), key=lambda count: abs((side := stage.height * count / stage.width) - round(side))
    )
    rows = max(1, round(stage.height * columns / stage.width))
    cell = max(stage.width / columns, stage.height / rows)
    inks = (palette.land[0], palette.land[1], palette.light, palette.ink, palette.accent, palette.land[2])
    previous: Colour | None = None
    for row in range(rows):
        for column in range(columns):
            ground = draw.choice([ink for ink in (palette.paper, palette.paper, *inks) if ink != previous])
            figure = draw.choice([ink for ink in (*inks, palette.paper) if ink != ground])
            _tile(stage, (column * cell, row * cell), cell, ground, figure)
            previous = ground
    _hero(stage, cell)


def _tile(stage: Stage, at: Point, cell: float, ground: Colour, figure: Colour) -> None:
    """Draw one square of the grid."""
    canvas, draw = stage.canvas, stage.random
    x, y = at
    canvas.polygon([(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)], ground)
    right, down = draw.random() < 0.5, draw.random() < 0.5
    corner = (x + cell * right, y + cell * down)
    match draw.randrange(8):
        case 0:
            canvas.polygon(_sector(corner, cell, right, down), figure)
        case 1:
            canvas.polygon(_sector(corner, cell, right, down), figure)
            canvas.polygon(_sector(corner, cell * 0.66, right, down), ground)
            canvas.polygon(_sector(corner, cell * 0.33, right, down), figure)
        case 2:
            canvas.disc((x + cell / 2, y + cell / 2), cell * 0.36, figure)
        case 3:
            canvas.polygon(
                [
                    corner,
                    (x + cell * (not right), y + cell * down),
                    (x + cell * right, y + cell * (not down)),
                ],
                figure,
            )
        case 4:
            for stripe in range(4):
                top = y + cell * (stripe * 2 + 1) / 9
                canvas.polygon(
                    [(x, top), (x + cell, top), (x + cell, top + cell / 9), (x, top + cell / 9)], figure
                )
        case 5:
            for side in (0, 1):
                centre = (x + cell / 2, y + cell * side)
                arc = [math.pi * step / 40 * (-1 if side else 1) for step in range(41)]
                canvas.polygon(
                    [(centre[0] + cell / 2 * math.cos(a), centre[1] + cell / 2 * math.sin(a)) for a in arc],
                    figure,
                )
        case 6:
            canvas.disc((x + cell / 2, y + cell / 2), cell * 0.4, figure)
            canvas.disc((x + cell / 2, y + cell / 2), cell * 0.2, ground)
        case _:
            pass


def _hero(stage: Stage, cell: float) -> None:
    """Lay one great circle and a bar over the grid, so that it has a middle."""
    palette, draw = stage.palette, stage.random
    x, y = round(stage.focus[0] / cell) * cell, round(stage.focus[1] / cell + 0.4) * cell
    stage.canvas.disc((x, y), cell * 1.5, palette.land[draw.choice((0, 1))])
    half = [
        (x + cell * 1.5 * math.cos(a), y + cell * 1.5 * math.sin(a))
        for a in (math.pi * (step / 60 + 0.5) for step in range(61))
    ]
    stage.canvas.polygon(half, palette.light)
    stage.canvas.disc((x, y), cell * 0.75, palette.ink)
    stage.canvas.disc((x, y), cell * 0.3, palette.paper)


def _sector(corner: Point, radius: float, right: bool, down: bool) -> list[Point]:
    start = {(False, False): 0.0, (True, False): 0.5, (True, True): 1.0, (False, True): 1.5}[
        right, down
    ] * math.pi
    arc = [start + math.pi / 2 * step / 40 for step in range(41)]
    return [corner, *((corner[0] + radius * math.cos(a), corner[1] + radius * math.sin(a)) for a in arc)]
