"""Ground under a line: dunes, slopes and snow."""

import math
import random

from .canvas import Canvas, Point, steps
from .colour import Colour, along, mix


def ground(canvas: Canvas, line: list[Point], top: Colour, bottom: Colour) -> None:
    """Fill everything under a line.

    Parameters
    ----------
    canvas
        Where.
    line
        From left to right.
    top, bottom
        Colour at the line's highest point and at the foot of the canvas.
    """
    foot = canvas.height + 2
    canvas.polygon([*line, (line[-1][0], foot), (line[0][0], foot)], (top, bottom))


def dunes(
    canvas: Canvas, random_: random.Random, line: list[Point], *, lit: Colour, shade: Colour, depth: float
) -> None:
    """Fill the ground under a soft line, with a shaded flank behind each crest.

    Parameters
    ----------
    canvas
        Where.
    random_
        Decides how the crests wind.
    line
        From left to right.
    lit, shade
        Colours of the two flanks.
    depth
        How far down a flank reaches, in pixels.
    """
    base = mix(lit, shade, 0.4)
    ground(canvas, line, lit, base)
    for index in range(1, len(line) - 1):
        if line[index - 1][1] >= line[index][1] < line[index + 1][1]:
            end = index
            while end < len(line) - 1 and line[end + 1][1] > line[end][1]:
                end += 1
            (x, y), (far_x, far_y) = line[index], line[end]
            reach = min(depth, (far_x - x) * 1.1)
            lean = random_.uniform(-0.35, 0.55) * reach
            wind = random_.uniform(0.16, 0.28) * reach
            crest = [
                (x + lean * t + wind * math.sin(math.tau * t) * (1 - t * 0.4), y + reach * t)
                for t in steps(24)
            ]
            foot = crest[-1]
            bow = (foot[0] + (far_x - foot[0]) * 0.35, max(far_y, y + reach * 0.8))
            slip = [_bezier((far_x, far_y), bow, foot, t) for t in steps(24)]
            canvas.polygon([*line[index : end + 1], *slip, *reversed(crest)], (shade, mix(base, shade, 0.3)))


def peaks(
    canvas: Canvas, random_: random.Random, line: list[Point], *, lit: Colour, shade: Colour, mist: Colour
) -> None:
    """Fill the ground under a rocky line, with a dark side to each peak and mist at its foot.

    Parameters
    ----------
    canvas
        Where.
    random_
        Decides the ridges.
    line
        From left to right.
    lit, shade
        Colours of the two sides.
    mist
        What both fade into.
    """
    top = min(y for _, y in line)
    foot = max(y for _, y in line) + 4 * canvas.unit
    body = (lit, mix(lit, mist, 0.25), mix(lit, mist, 0.8))
    canvas.polygon([*line, (line[-1][0], foot), (line[0][0], foot)], body)
    canvas.gradient((body[-1], body[-1]), foot)
    for left, apex, right in _summits(line):
        (x, y), end = line[apex], line[right]
        bottom = min(foot, end[1] + (end[1] - y) * 0.6)
        ridge = _zigzag(
            random_, (x, y), (x + (end[0] - line[left][0]) * random_.uniform(-0.03, 0.08), bottom), 10
        )
        # The dark side ends in the colour of the slope that it lies on, so that it has no lower edge.
        below = along(body, (bottom - top) / (foot - top))
        side = [*line[apex : right + 1], (end[0], bottom), *reversed(ridge)]
        canvas.polygon(side, (shade, mix(shade, below, 0.4), mix(shade, below, 0.8), below))


def snowcaps(
    canvas: Canvas, random_: random.Random, line: list[Point], colour: Colour, shade: Colour
) -> None:
    """Put snow on the peaks of a rocky line.

    Parameters
    ----------
    canvas
        Where.
    random_
        Decides the hem of the snow.
    line
        From left to right.
    colour, shade
        Of the snow, on the bright and on the dark side.
    """
    bright: list[list[Point]] = []
    dark: list[list[Point]] = []
    for left, apex, right in _summits(line):
        x, y = line[apex]
        depth = min(line[left][1], line[right][1]) - y
        reach = y + depth * random_.uniform(0.38, 0.52)
        upper_left = [p for p in line[left:apex] if p[1] < reach]
        upper_right = [p for p in line[apex + 1 : right + 1] if p[1] < reach]
        if not upper_left or not upper_right:
            continue
        a, b = upper_left[0], upper_right[-1]
        drop = depth * 0.16
        middle = (x + (b[0] - x) * 0.12, reach + drop * 0.6)
        bright.append([*upper_left, (x, y), *_hem(random_, middle, a, drop)])
        dark.append([(x, y), *upper_right, *_hem(random_, b, middle, drop)])
    if bright:
        canvas.polygons(bright, colour)
        canvas.polygons(dark, shade)


def _summits(line: list[Point]) -> list[tuple[int, int, int]]:
    """Find the peaks that stand out: indices of the valley before, the top, and the valley after."""
    window = 6
    found: list[tuple[int, int, int]] = []
    for index in range(1, len(line) - 1):
        near = line[max(0, index - window) : index + window + 1]
        if line[index][1] > min(y for _, y in near):
            continue
        left = right = index
        while left > 0 and line[left][1] <= max(y for _, y in line[max(0, left - 4) : left]):
            left -= 1
        while right < len(line) - 1 and line[right][1] <= max(y for _, y in line[right + 1 : right + 5]):
            right += 1
        if left < index < right:
            found.append((left, index, right))
    return found


def _zigzag(random_: random.Random, start: Point, end: Point, steps: int) -> list[Point]:
    """Wander from one point down to another."""
    (x0, y0), (x1, y1) = start, end
    reach = (y1 - y0) * 0.075
    points = [start]
    for step in range(1, steps):
        t = step / steps
        side = reach * t * (1 if step % 2 else -1) * random_.uniform(0.4, 1.1)
        points.append((x0 + (x1 - x0) * t + side, y0 + (y1 - y0) * t))
    return [*points, end]


def _hem(random_: random.Random, start: Point, end: Point, drop: float) -> list[Point]:
    """The ragged lower edge of snow: teeth between two points."""
    (x0, y0), (x1, y1) = start, end
    teeth = 5
    points = [start]
    for tooth in range(1, teeth * 2):
        t = tooth / (teeth * 2)
        down = drop * (random_.uniform(0.5, 1.2) if tooth % 2 else random_.uniform(-0.5, 0.0))
        points.append((x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + down))
    return [*points, end]


def _bezier(start: Point, control: Point, end: Point, t: float) -> Point:
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
    return a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]
