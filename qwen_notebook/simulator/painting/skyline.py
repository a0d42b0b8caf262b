"""The lines that ground makes against the sky: soft hills, and rock."""

import itertools
import math
import random

from .canvas import Point
from .typesetting import Box

_STEPS = 160


def rolling(random_: random.Random, width: float, base: float, swing: float, waves: float) -> list[Point]:
    """Draw the line of soft hills.

    Parameters
    ----------
    random_
        Decides their place.
    width
        From 0 to here.
    base
        Mean height of the line, in pixels from the top.
    swing
        How far it goes up and down.
    waves
        How many hills, about.

    Returns
    -------
    list of Point
        From left to right.
    """
    parts = [
        (weight, waves * factor * random_.uniform(0.8, 1.25), random_.uniform(0, math.tau))
        for weight, factor in ((0.62, 1.0), (0.27, 2.1), (0.11, 4.3))
    ]
    return [
        (
            width * step / _STEPS,
            base + swing * sum(w * math.sin(math.tau * f * step / _STEPS + p) for w, f, p in parts),
        )
        for step in range(-2, _STEPS + 3)
    ]


def craggy(random_: random.Random, width: float, base: float, rise: float, peaks: int) -> list[Point]:
    """Draw the line of rocky mountains.

    Parameters
    ----------
    random_
        Decides their place.
    width
        From 0 to here.
    base
        Height of the valleys, in pixels from the top.
    rise
        Height of the highest peak above them.
    peaks
        How many.

    Returns
    -------
    list of Point
        From left to right.
    """
    line: list[Point] = []
    span = width / peaks
    heights = [rise * random_.uniform(0.5, 0.85) for _ in range(peaks + 2)]
    heights[random_.randint(1, peaks)] = rise
    for index, height in enumerate(heights):
        x = (index - 0.5 + random_.uniform(-0.22, 0.22)) * span
        line.append((x, base - height))
        line.append((x + span * random_.uniform(0.42, 0.58), base - height * random_.uniform(0.18, 0.42)))
    for roughness in (0.16, 0.11, 0.07):
        line = _broken(random_, line, roughness)
    return line


def lowered(line: list[Point], base: float, rise: float, box: Box) -> list[Point]:
    """Make mountains lower where they would stand behind a title.

    Parameters
    ----------
    line
        From left to right.
    base, rise
        Height of the valleys, in pixels from the top, and of the highest peak above them.
    box
        Where the title stands: left, top, right, bottom.

    Returns
    -------
    list of Point
        As high as before where there is no title.
    """
    left, _, right, bottom = box
    share = min(1.0, max(0.0, base - bottom) / rise)
    slope = (right - left) * 0.25

    def height(x: float) -> float:
        outside = max(left - x, x - right, 0.0)
        return share + (1 - share) * min(1.0, outside / slope)

    return [(x, base - (base - y) * height(x)) for x, y in line]


def _broken(random_: random.Random, line: list[Point], roughness: float) -> list[Point]:
    broken = [line[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        reach = math.hypot(x1 - x0, y1 - y0) * roughness
        t = random_.uniform(0.35, 0.65)
        broken.append((x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + random_.uniform(-reach, reach)))
        broken.append((x1, y1))
    return broken
