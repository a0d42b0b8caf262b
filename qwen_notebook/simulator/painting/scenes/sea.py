"""The sea: a low sun, its path on the water, waves, and a sail or a lighthouse."""

import math

from qwen_notebook.simulator.painting import buildings, plants, sky, skyline, vehicles
from qwen_notebook.simulator.painting.colour import Colour, mix
from qwen_notebook.simulator.painting.stage import Stage


def paint(stage: Stage) -> None:
    """Paint the scene.

    Parameters
    ----------
    stage
        What to paint with.
    """
    canvas, palette, draw, unit = stage.canvas, stage.palette, stage.random, stage.unit
    horizon = stage.height * (0.58 if stage.is_wide else 0.62)
    canvas.gradient(palette.sky, 0, horizon)
    things = stage.reading.counts
    house = "lighthouse" in things or ("boat" not in things and draw.random() < 0.3)
    x = stage.width * 0.63 if house and stage.is_wide else stage.focus[0]
    centre = (x, min(stage.focus[1], horizon - unit * 6))
    if palette.dark:
        sky.stars(stage, horizon * 0.8, 0.7)
    if palette.name in ("night", "noir"):
        sky.moon(stage, centre, unit * 11)
    else:
        sky.sun(stage, centre, unit * 12.5)
    sky.clouds(stage, horizon * 0.35, horizon * 0.9, 4, 0.45)

    island = skyline.rolling(draw, stage.width * 0.5, horizon, unit * 4, 1.2)
    offset = -stage.width * 0.08 if house or centre[0] > stage.width / 2 else stage.width * 0.58
    line = [(x + offset, min(horizon, y - unit * 2)) for x, y in island]
    canvas.polygon(
        [(line[0][0] - unit * 6, horizon), *line, (line[-1][0] + unit * 6, horizon)],
        mix(palette.land[1], palette.sky[-1], 0.35),
    )

    canvas.gradient(palette.land, horizon)
    _path(stage, centre[0], horizon)
    rows = 7
    boats = things.get("boat", 0 if house else 1)
    for row in range(rows):
        t = (row + 1) / rows
        level = horizon + (stage.height - horizon) * t**1.35 * 0.96
        tone = mix(palette.land[min(4, row * 5 // rows)], palette.land[min(4, row * 5 // rows + 1)], 0.5)
        _waves(stage, level, unit * (4 + 15 * t), unit * (0.5 + 2.1 * t), tone)
        if row == 2:
            for number in range(boats):
                share = (0.26 if centre[0] > stage.width / 2 else 0.64) + 0.22 * number
                x = stage.width * (share if share < 0.9 else share - 0.72)
                vehicles.sailboat(
                    stage, (x, level + unit * (1 - 2.2 * (number % 2))), unit * (19 - 4 * min(number, 3))
                )
    if house:
        _headland(stage)
    else:
        sky.birds(
            stage, (stage.width * 0.5, horizon * 0.62), 5, palette.ink if not palette.dark else palette.paper
        )
    if stage.names("palm", "tropical", "beach", "island"):
        plants.palm(stage, (stage.width * 0.9, stage.height * 1.02), unit * 62)


def _path(stage: Stage, x: float, horizon: float) -> None:
    """Lay the light's broken reflection on the water."""
    draw, unit = stage.random, stage.unit
    level, row = horizon + unit * 0.7, 0
    while level < stage.height * 0.97:
        t = (level - horizon) / (stage.height - horizon)
        length = unit * (17 - 7 * t) * draw.uniform(0.45, 1.0) * (1 + t)
        left = x - length / 2 + unit * draw.uniform(-3, 3)
        stage.canvas.polygon(
            sky.bar((left, level), length, unit * (0.5 + 0.8 * t)), stage.palette.light, 0.85 - 0.45 * t
        )
        level += unit * (1.5 + 3.2 * t)
        row += 1


def _waves(stage: Stage, level: float, length: float, height: float, colour: Colour) -> None:
    """Draw a row of scalloped waves, each with a line of foam."""
    draw, palette = stage.random, stage.palette
    start = -draw.random() * length * 2
    crest: list[tuple[float, float]] = []
    while start < stage.width + length * 2:
        # Each wave rises slowly and breaks at once, which is how a print shows the wind.
        crest += [
            (start + length * t, level - height * math.sin(math.pi * t**1.7) - height * 0.25 * t)
            for t in (s / 14 for s in range(15))
        ]
        start += length
    foam = [*crest, *((px, py + height * 0.2) for px, py in reversed(crest))]
    foot = level + height * 2.6
    stage.canvas.polygon([*crest, (crest[-1][0], foot), (crest[0][0], foot)], colour, 0.55)
    stage.canvas.polygon(foam, mix(palette.paper, colour, 0.25), 0.7)


def _headland(stage: Stage) -> None:
    """Raise a cliff with a lighthouse, on the side where no title stands."""
    draw, unit, palette = stage.random, stage.unit, stage.palette
    left = not stage.is_wide and stage.focus[0] > stage.width / 2
    reach = unit * (52 if stage.is_wide else 40)
    top = stage.height * (0.66 if stage.is_wide else 0.7)
    points = [
        (-unit, top - unit * 2),
        (reach * 0.3, top - unit * 1.5),
        (reach * 0.62, top),
        (reach * 0.7, top + unit * 4),
    ]
    edge = points[-1]
    while edge[1] < stage.height + unit * 6:
        edge = (edge[0] + unit * draw.uniform(0.4, 5), edge[1] + unit * draw.uniform(4, 8))
        points.append(edge)
    points.append((-unit, stage.height + unit * 6))
    shown = points if left else [(stage.width - x, y) for x, y in points]
    stage.canvas.polygon(shown, (palette.land[3], palette.ink))
    x = reach * 0.36
    buildings.lighthouse(stage, (x if left else stage.width - x, top), unit * 34)
