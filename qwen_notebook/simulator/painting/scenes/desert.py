"""Dunes in the low sun, with cacti and far mesas."""

from qwen_notebook.simulator.painting import plants, sky, skyline, terrain, vehicles
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
    canvas.gradient(palette.sky, 0, stage.height * 0.82)
    if palette.dark:
        sky.stars(stage, stage.height * 0.5, 0.6)
    sky.sun(stage, stage.focus, unit * 14)
    sky.clouds(stage, stage.height * 0.3, stage.height * 0.55, 2, 0.4)
    _mesas(stage, stage.height * 0.72)
    for number in range(stage.reading.counts.get("balloon", 0)):
        place = (stage.width * draw.uniform(0.3, 0.8), stage.height * draw.uniform(0.3, 0.5))
        vehicles.balloon(stage, place, unit * (7 - number))

    levels = (0.74, 0.82, 0.92)
    for index, level in enumerate(levels):
        line = skyline.rolling(
            draw, stage.width, stage.height * level, unit * (4 + 2 * index), 1.1 + 0.4 * index
        )
        lit, shade = palette.land[index], palette.land[index + 2]
        terrain.dunes(canvas, draw, line, lit=lit, shade=shade, depth=unit * (16 + 8 * index))
    for number in range(stage.reading.counts.get("cactus", draw.choice((1, 2, 3)))):
        x = stage.width * (0.12 + 0.76 * ((number * 0.618 + draw.uniform(0, 0.2)) % 1))
        tall = unit * draw.uniform(13, 30 if number == 0 else 18)
        green = mix(palette.ink, (40, 84, 66), 0.5)
        plants.cactus(
            canvas, (x, stage.height * draw.uniform(0.93, 0.99)), tall, green, mix(green, palette.light, 0.3)
        )


def _mesas(stage: Stage, base: float) -> None:
    """Stand flat-topped rocks on the horizon."""
    draw, unit, palette = stage.random, stage.unit, stage.palette
    for tone, tall in ((0.55, 9), (0.25, 13)):
        colour = mix(palette.land[0], palette.sky[-1], tone)
        x = draw.uniform(-10, 20) * unit
        while x < stage.width:
            top, slope = unit * draw.uniform(10, 26), unit * draw.uniform(3, 6)
            high = base - unit * tall * draw.uniform(0.6, 1.15)
            ledge = high + (base - high) * 0.4
            outline = [
                (x - slope, base + unit * 8),
                (x, ledge),
                (x + slope * 0.4, ledge),
                (x + slope * 0.6, high),
                (x + top, high + unit * 0.4),
                (x + top + slope * 0.2, ledge),
                (x + top + slope * 0.6, ledge),
                (x + top + slope * 2, base + unit * 8),
            ]
            stage.canvas.polygon(outline, (colour, mix(colour, palette.sky[-1], 0.35)))
            shaded = [
                (x + top * 0.62, high + unit * 0.2),
                (x + top, high + unit * 0.4),
                (x + top + slope * 0.2, ledge),
                (x + top + slope * 2, base + unit * 8),
                (x + top * 0.74, base + unit * 8),
                (x + top * 0.7, ledge),
            ]
            stage.canvas.polygon(shaded, palette.land[2], 0.28)
            x += top + unit * draw.uniform(18, 60)
