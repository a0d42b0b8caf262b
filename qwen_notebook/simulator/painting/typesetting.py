"""Setting words in real type: broken evenly, spaced, aligned by the ink and not by the box."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw

from .canvas import Canvas
from .colour import Colour
from .faces import font, is_cjk

Align = Literal["left", "centre"]
Box = tuple[float, float, float, float]

_SAMPLE = 200
_GAP = 0.2
"""Between the ink of two lines, in ems."""
_FLUSH_EXTRA = 0.1
"""Most that a line of capitals may be spaced out to end where the longest does, in ems."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size. ``ascent`` and ``descent`` are those of the ink, in ems, as are the ``widths``."""

    lines: tuple[str, ...]
    widths: tuple[float, ...]
    face: Path
    size: int
    tracking: float
    ascent: float
    descent: float

    @property
    def height(self) -> float:
        """From the top of the first line's ink to the bottom of the last one's."""
        return (len(self.lines) * (self.ascent + self.descent + _GAP) - _GAP) * self.size

    @property
    def width(self) -> float:
        """The longest line."""
        return max(self.widths) * self.size


def fit(text: str, face: Path, room: tuple[float, float], tracking: float, largest: float) -> Block:
    """Break a text so that it can be set as large as possible.

    Parameters
    ----------
    text
        The words.
    face
        Their face.
    room
        Width and height that there are.
    tracking
        Space added between letters, in ems.
    largest
        Upper bound of the size, in pixels to the em.

    Returns
    -------
    Block
        The lines and their size.
    """
    words, joint = (list(text.replace(" ", "")), "") if any(map(is_cjk, text)) else (text.split(), " ")
    candidates = (
        _sized(tuple(lines), face, room, tracking, largest)
        for count in range(1, min(len(words), 7) + 1)
        for lines in [_balanced(words, joint, count, face, tracking)]
    )
    return max(candidates, key=lambda block: (block.size, -len(block.lines)))


def draw(
    canvas: Canvas, block: Block, box: Box, align: Align, *, colour: Colour, opacity: float = 1.0
) -> None:
    """Set a block in the middle of the height of a box.

    Parameters
    ----------
    canvas
        Where.
    block
        What.
    box
        Left, top, right, bottom.
    align
        To the left, or to the middle.
    colour, opacity
        The ink.
    """
    left, top, right, bottom = box
    baseline = (top + bottom - block.height) / 2 + block.ascent * block.size
    pitch = (block.ascent + block.descent + _GAP) * block.size
    mask = Image.new("L", canvas.image.size)
    pen = ImageDraw.Draw(mask)
    for index, line in enumerate(block.lines):
        tracking = _flush(block, index)
        width = _width(line, block.face, tracking) * block.size
        x = left if align == "left" else (left + right - width) / 2
        _draw_line(pen, (x, baseline + index * pitch), line, block, tracking)
    if opacity < 1:
        mask = mask.point([round(value * opacity) for value in range(256)])
    canvas.image.paste(colour, (0, 0), mask)


def _balanced(words: list[str], joint: str, count: int, face: Path, tracking: float) -> list[str]:
    """Break words into a number of lines, the longest of which is as short as can be."""
    best: dict[tuple[int, int], tuple[float, list[str]]] = {(0, 0): (0.0, [])}
    for end in range(1, len(words) + 1):
        for lines in range(1, count + 1):
            options: list[tuple[float, list[str]]] = []
            for start in range(max(lines - 1, end - 14), end):
                before = best.get((start, lines - 1))
                if before is not None:
                    line = joint.join(words[start:end])
                    options.append((max(before[0], _width(line, face, tracking)), [*before[1], line]))
            if options:
                best[end, lines] = min(options, key=lambda option: option[0])
    fallback = (0.0, [joint.join(words)])
    return best.get((len(words), count), fallback)[1]


def _sized(
    lines: tuple[str, ...], face: Path, room: tuple[float, float], tracking: float, largest: float
) -> Block:
    sample = font(face, _SAMPLE)
    boxes = [sample.getbbox(line, anchor="ls") for line in lines]
    ascent = max(-box[1] for box in boxes) / _SAMPLE
    descent = max(0.0, *(box[3] for box in boxes)) / _SAMPLE
    widths = tuple(_width(line, face, tracking) for line in lines)
    tallest = room[1] / (len(lines) * (ascent + descent + _GAP) - _GAP)
    size = max(6, int(min(room[0] / max(widths), tallest, largest)))
    return Block(lines, widths, face, size, tracking, ascent, descent)


def _flush(block: Block, index: int) -> float:
    """Space a nearly full line out, so that the block has two straight sides."""
    gaps = len(block.lines[index]) - 1
    if gaps < 2:
        return block.tracking
    extra = (max(block.widths) - block.widths[index]) / gaps
    bound = _FLUSH_EXTRA if block.lines[index].isupper() else _FLUSH_EXTRA / 4
    return block.tracking + extra if extra <= bound else block.tracking


def _width(line: str, face: Path, tracking: float) -> float:
    """From the first ink to the last, in ems."""
    advance = font(face, _SAMPLE).getlength(line) / _SAMPLE
    return max(
        0.01,
        advance + tracking * (len(line) - 1) - _bearings(face, line[0])[0] - _bearings(face, line[-1])[1],
    )


@functools.lru_cache(maxsize=1024)
def _bearings(face: Path, character: str) -> tuple[float, float]:
    """The white at the left and at the right of a letter, in ems; Pillow's own boxes include it."""
    sample = font(face, _SAMPLE)
    image = Image.new("L", (_SAMPLE * 3, _SAMPLE * 3))
    ImageDraw.Draw(image).text((_SAMPLE, _SAMPLE * 2), character, fill=255, font=sample, anchor="ls")
    ink = image.getbbox()
    if ink is None:
        return 0.0, 0.0
    left, right = ink[0] - _SAMPLE, ink[2] - _SAMPLE
    return left / _SAMPLE, (sample.getlength(character) - right) / _SAMPLE


def _draw_line(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], line: str, block: Block, tracking: float
) -> None:
    type_ = font(block.face, block.size)
    x = at[0] - _bearings(block.face, line[0])[0] * block.size
    for index, character in enumerate(line):
        # The length of the text so far, less the letter's own, has the kerning between the two before it.
        shift = type_.getlength(line[: index + 1]) - type_.getlength(character)
        pen.text(
            (x + shift + index * tracking * block.size, at[1]), character, fill=255, font=type_, anchor="ls"
        )
