"""A plate from a herbal: stems, leaves and flowers on paper."""

import math

from qwen_notebook.simulator.painting import plants
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
    canvas, palette, draw, unit = stage.canvas, stage.palette, stage.random, stage.unit
    ground = mix(palette.sky[-1], palette.paper, 0.4)
    canvas.gradient((mix(palette.sky[-2], ground, 0.4), ground))
    centre = (stage.width / 2, stage.height * 0.5)
    canvas.disc(centre, unit * 36, palette.light, 0.55)
    canvas.disc(centre, unit * 33, mix(palette.light, palette.accent, 0.12), 0.35)
    number = max(1, min(7, stage.reading.counts.get("flower", 5 if stage.is_wide else 3)))
    scale = 1.0 if number > 2 else 1.35
    spread = min(stage.width * 0.66, unit * 26 * number)
    places = sorted(range(number), key=lambda index: -abs(index - (number - 1) / 2))
    for index in places:
        share = 0.0 if number == 1 else index / (number - 1) - 0.5
        foot = (stage.width / 2 + share * spread * 0.62, stage.height + unit * 4)
        tip = (
            stage.width / 2 + share * spread + unit * draw.uniform(-2, 2),
            stage.height * (0.24 + 0.5 * abs(share)) + unit * draw.uniform(-4, 4),
        )
        _plant(stage, foot, tip, index, scale)


def _plant(stage: Stage, foot: Point, tip: Point, index: int, scale: float) -> None:
    draw, unit, palette = stage.random, stage.unit, stage.palette
    green = mix(palette.land[3], (46, 96, 70), 0.45)
    bend = unit * draw.uniform(-7, 7)
    stem = [
        (foot[0] + (tip[0] - foot[0]) * t + bend * math.sin(math.pi * t), foot[1] + (tip[1] - foot[1]) * t)
        for t in (step / 40 for step in range(41))
    ]
    half = unit * 0.42 * scale
    stage.canvas.polygon(
        [*((x - half, y) for x, y in stem), *((x + half, y) for x, y in reversed(stem))], green
    )
    for step in range(7, 36, 5):
        x, y = stem[step]
        side = -1 if step // 5 % 2 else 1
        length = unit * scale * (19 - 0.3 * step) * draw.uniform(0.85, 1.15)
        angle = draw.uniform(0.35, 0.75)
        end = (x + side * length * math.cos(angle), y - length * math.sin(angle))
        tone = mix(green, palette.land[0], draw.uniform(0.0, 0.45))
        stage.canvas.polygon(plants.leaf((x, y), end, 0.21, sag=-0.1 * side), tone)
        stage.canvas.polygon(_half_leaf((x, y), end, -0.1 * side), mix(tone, palette.ink, 0.3), 0.6)
    kind = (index + stage.random.randrange(3)) % 3
    size = unit * scale * draw.uniform(8.5, 11.5)
    bloom = (
        palette.accent,
        mix(palette.land[1], palette.accent, 0.35),
        mix(palette.land[0], palette.light, 0.35),
    )[index % 3]
    (_daisy, _tulip, _poppy)[kind](stage, stem[-1], size, bloom)


def _half_leaf(start: Point, tip: Point, sag: float) -> list[Point]:
    outline = plants.leaf(start, tip, 0.21, sag)
    spine = plants.leaf(start, tip, 0.0, sag)
    half = len(outline) // 2
    return [*outline[:half], *spine[half:]]


def _daisy(stage: Stage, at: Point, size: float, colour: Colour) -> None:
    petals = 12
    for ring, (reach, tone) in enumerate(((1.0, mix(colour, stage.palette.ink, 0.18)), (0.78, colour))):
        shapes: list[list[Point]] = []
        for petal in range(petals):
            angle = math.tau * (petal + 0.5 * ring) / petals
            tip = (at[0] + size * reach * math.cos(angle), at[1] + size * reach * math.sin(angle))
            shapes.append(plants.leaf(at, tip, 0.2))
        stage.canvas.polygons(shapes, tone)
    stage.canvas.disc(at, size * 0.27, mix(stage.palette.light, (240, 176, 60), 0.6))
    stage.canvas.disc(at, size * 0.16, mix(stage.palette.ink, (160, 96, 40), 0.5))


def _tulip(stage: Stage, at: Point, size: float, colour: Colour) -> None:
    x, y = at
    for lean, tone in (
        (-0.55, mix(colour, stage.palette.ink, 0.22)),
        (0.55, mix(colour, stage.palette.ink, 0.32)),
        (0.0, colour),
    ):
        tip = (x + lean * size, y - size * 1.25)
        stage.canvas.polygon(
            plants.leaf(
                (x, y + size * 0.28), tip, 0.34, sag=0.18 * (1 if lean > 0 else -1 if lean < 0 else 0)
            ),
            tone,
        )


def _poppy(stage: Stage, at: Point, size: float, colour: Colour) -> None:
    x, y = at
    for angle, tone in ((-2.5, 0.25), (-0.6, 0.18), (1.4, 0.1), (3.4, 0.0), (0.5, 0.06)):
        place = (x + size * 0.42 * math.cos(angle), y + size * 0.36 * math.sin(angle))
        stage.canvas.ellipse(place, (size * 0.6, size * 0.52), mix(colour, stage.palette.ink, tone))
    stage.canvas.disc(at, size * 0.24, stage.palette.ink)
    for step in range(10):
        angle = math.tau * step / 10
        stage.canvas.disc(
            (x + size * 0.36 * math.cos(angle), y + size * 0.36 * math.sin(angle)),
            size * 0.05,
            stage.palette.ink,
        )
