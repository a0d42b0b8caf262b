"""Peaks over a lake or a meadow, with pines in front."""

from qwen_notebook.simulator.painting import buildings, plants, sky, skyline, terrain
from qwen_notebook.simulator.painting.canvas import Point
from qwen_notebook.simulator.painting.colour import mix
from qwen_notebook.simulator.painting.stage import Stage


def paint(stage: Stage) -> None:
    """Paint the scene.

    Parameters
    ----------
    stage
        What to paint with.
    """
    canvas, palette, draw, unit = stage.canvas, stage.palette, stage.random, stage.unit
    canvas.gradient(palette.sky, 0, stage.height * 0.8)
    if palette.dark:
        sky.stars(stage, stage.height * 0.5, 0.7)
    _lights(stage)
    sky.clouds(stage, stage.height * 0.2, stage.height * 0.5, 3, 0.35)

    mist = palette.sky[-1]
    level = stage.height * (0.7 if stage.is_wide else 0.74)
    count = 6 if stage.is_wide else 4
    far = _range(stage, level - unit * 8, unit * 16, count)
    tone = mix(palette.land[0], mist, 0.5)
    terrain.peaks(canvas, draw, far, lit=tone, shade=mix(tone, palette.land[1], 0.45), mist=mist)
    main = _range(stage, level, unit * (34 if stage.is_wide else 36), count - 2)
    lit = mix(palette.land[1], palette.light, 0.12)
    terrain.peaks(canvas, draw, main, lit=lit, shade=palette.land[3], mist=mist)
    if palette.name not in ("mars", "desert", "autumn") or stage.names("snow", "winter", "ski"):
        snow = mix(palette.paper, palette.light, 0.3)
        terrain.snowcaps(canvas, draw, main, snow, mix(snow, palette.land[1], 0.5))

    for index, height in enumerate((0.79, 0.87)):
        line = skyline.rolling(draw, stage.width, stage.height * height, unit * 4.5, 1.4 + index)
        terrain.ground(canvas, line, palette.land[index + 1], palette.land[index + 2])
        _trees(
            stage,
            line,
            unit * (5.5 + 3 * index),
            mix(palette.land[index + 2], palette.land[index + 3 - 1], 0.5),
        )
    front = skyline.rolling(draw, stage.width, stage.height * 0.965, unit * 4, 1.2)
    terrain.ground(canvas, front, palette.land[3], palette.land[4])
    if "cabin" in stage.reading.counts or draw.random() < 0.4:
        buildings.cabin(stage, (stage.width * draw.uniform(0.55, 0.7), stage.height * 0.93), unit * 11)
    _frame(stage, front)


def _range(stage: Stage, base: float, rise: float, peaks: int) -> list[Point]:
    line = skyline.craggy(stage.random, stage.width, base, rise, peaks)
    return line if stage.title is None else skyline.lowered(line, base, rise, stage.title)


def _lights(stage: Stage) -> None:
    if stage.palette.dark and stage.palette.name not in ("sunset", "mars"):
        sky.moon(stage, stage.focus, stage.unit * 10)
    else:
        sky.sun(stage, stage.focus, stage.unit * 11)


def _trees(
    stage: Stage, line: list[tuple[float, float]], height: float, colour: tuple[int, int, int]
) -> None:
    """Set clumps of pines along a hill."""
    draw = stage.random
    shapes: list[list[tuple[float, float]]] = []
    dense = draw.uniform(0, 6.28)
    for x, y in line:
        if draw.random() < 0.55 and (draw.random() + ((x / stage.width * 3 + dense) % 1.0)) > 0.75:
            tall = height * draw.uniform(0.55, 1.1)
            shapes.append(plants.pine((x, y + height * 0.12), tall, 0.2))
    if shapes:
        stage.canvas.polygons(shapes, colour)


def _frame(stage: Stage, line: list[tuple[float, float]]) -> None:
    """Let tall pines stand at the sides, as a stage has wings."""
    draw, unit = stage.random, stage.unit
    shapes: list[list[tuple[float, float]]] = []
    for side in (0, 1):
        for index in range(5):
            inward = (index * 5.2 + draw.uniform(-1.5, 1.5)) * unit
            x = inward if side == 0 else stage.width - inward
            shapes.append(
                plants.pine((x, stage.height * 1.01), unit * draw.uniform(34, 40) * (1 - index * 0.17), 0.19)
            )
    stage.canvas.polygons(shapes, (stage.palette.land[4], stage.palette.ink))
