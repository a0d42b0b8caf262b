"""A forest in layers of mist, with a light behind it."""

from qwen_notebook.simulator.painting import buildings, plants, sky, skyline, terrain
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
    canvas.gradient(palette.sky, 0, stage.height * 0.85)
    if palette.dark:
        sky.stars(stage, stage.height * 0.5, 0.8)
    if palette.name in ("night", "noir", "wine", "neon"):
        sky.moon(stage, stage.focus, unit * 12)
    else:
        sky.sun(stage, stage.focus, unit * 13)
    sky.birds(
        stage,
        (stage.focus[0] - unit * 24, stage.focus[1] + unit * 6),
        4,
        mix(palette.land[3], palette.sky[1], 0.2),
    )

    hills = skyline.craggy(draw, stage.width, stage.height * 0.62, unit * 14, 4)
    tone = mix(palette.land[0], palette.sky[-1], 0.55)
    terrain.ground(canvas, hills, tone, palette.sky[-1])

    layers = 5
    for index in range(layers):
        t = index / (layers - 1)
        level = stage.height * (0.64 + 0.36 * t)
        line = skyline.rolling(draw, stage.width, level, unit * 3.5, 1.5)
        colour = mix(palette.land[index], palette.sky[-1], 0.32 * (1 - t))
        height = unit * (9 + 26 * t**1.4)
        shapes: list[list[tuple[float, float]]] = []
        x = -height * 0.2
        while x < stage.width + height * 0.2:
            # The middle of the near rows stays low: that is where the eye walks in.
            clearing = 1 - 0.62 * t * max(0.0, 1 - abs(x / stage.width - 0.5) * 2.7)
            y = min(line, key=lambda point: abs(point[0] - x))[1]
            shapes.append(
                plants.pine(
                    (x, y + unit * 2), height * clearing * draw.uniform(0.72, 1.15), draw.uniform(0.17, 0.22)
                )
            )
            x += height * draw.uniform(0.1, 0.3)
        foot = mix(colour, palette.sky[-1], 0.42 * (1 - t))
        canvas.polygons(shapes, (colour, foot))
        terrain.ground(canvas, line, foot, foot)
        if index == layers - 2:
            _guest(stage, level)


def _guest(stage: Stage, level: float) -> None:
    """Camp in the clearing, in some of the forests."""
    place = (stage.width * 0.5 + stage.unit * stage.random.uniform(-8, 8), level + stage.unit * 5)
    chance = stage.random.random()
    if stage.names("cabin", "house", "home") or chance < 0.3:
        buildings.cabin(stage, place, stage.unit * 11)
    elif stage.names("tent", "camp", "camping") or chance < 0.75:
        buildings.tent(stage, place, stage.unit * 10)
