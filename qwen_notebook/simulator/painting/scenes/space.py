"""Another world: a great moon over dunes, and somebody has landed."""

import math

from qwen_notebook.simulator.painting import sky, skyline, terrain, vehicles
from qwen_notebook.simulator.painting.colour import mix
from qwen_notebook.simulator.painting.stage import Stage


def paint(stage: Stage) -> None:
    """Paint the scene.

    Parameters
    ----------
    stage
        What to paint with.
    """
    canvas, palette, draw = stage.canvas, stage.palette, stage.random
    canvas.gradient(palette.sky, 0, stage.height * 0.86)
    sky.stars(stage, stage.height * 0.62)
    _bodies(stage)

    horizon = stage.height * (0.66 if stage.is_wide else 0.7)
    far = skyline.craggy(draw, stage.width, horizon, stage.unit * 13, 5 if stage.is_wide else 3)
    haze = mix(palette.land[0], palette.sky[-1], 0.45)
    terrain.peaks(canvas, draw, far, lit=haze, shade=mix(haze, palette.land[1], 0.5), mist=palette.sky[-1])

    landing = (
        stage.width * draw.uniform(0.58, 0.68) if stage.is_wide else stage.width * draw.uniform(0.3, 0.7)
    )
    for index, (level, swing) in enumerate(((0.745, 5.0), (0.83, 6.5), (0.93, 7.0))):
        line = skyline.rolling(draw, stage.width, stage.height * level, stage.unit * swing, 1.3 + index * 0.3)
        lit, shade = palette.land[index], palette.land[min(index + 2, len(palette.land) - 1)]
        terrain.dunes(canvas, draw, line, lit=lit, shade=shade, depth=stage.unit * (18 + 6 * index))
        if index == 1:
            for number in range(stage.reading.counts.get("rocket", 1)):
                height = stage.unit * (19 - 3.5 * number)
                x = landing + number * stage.unit * 13 * (-1 if number % 2 else 1)
                vehicles.rocket(stage, (x, _level(line, x) + stage.unit * 1.5), height)


def _bodies(stage: Stage) -> None:
    """Hang the great body where the eye goes, and the lesser ones at its sides."""
    draw, unit = stage.random, stage.unit
    number = stage.reading.counts.get("moon", draw.choice((1, 2, 2)))
    x, y = stage.focus
    if stage.names("saturn", "ring") or (number < 2 and draw.random() < 0.35):
        body = (
            mix(stage.palette.light, stage.palette.land[0], 0.25),
            stage.palette.land[0],
            stage.palette.land[1],
        )
        sky.ringed_planet(stage, (x, y), unit * 13, body)
        number -= 1
    elif number:
        sky.moon(stage, (x, y), unit * draw.uniform(15, 17.5))
        number -= 1
    for index in range(number):
        angle = math.pi * (0.9 - 0.62 * index) + draw.uniform(-0.15, 0.15)
        reach = unit * (27 + 3 * index)
        place = (x + reach * math.cos(angle), max(unit * 7, y + reach * 0.55 * math.sin(angle)))
        sky.moon(stage, place, unit * (5.4 - 0.7 * min(index, 4)), cratered=index == 0)


def _level(line: list[tuple[float, float]], x: float) -> float:
    return min(line, key=lambda point: abs(point[0] - x))[1]
