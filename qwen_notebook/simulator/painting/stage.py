"""What a scene is given to paint with."""

import random
from dataclasses import dataclass

from .canvas import Canvas, Point
from .palette import Palette
from .reading import Reading
from .typesetting import Box


@dataclass(frozen=True, slots=True)
class Stage:
    """A canvas, its inks, and where the eye is to go.

    ``focus`` is the place of the sun, moon or planet, clear of the type; ``title`` is where type will stand in the
    sky, if it will; ``random`` decides all that the prompt leaves open.
    """

    canvas: Canvas
    palette: Palette
    random: random.Random
    reading: Reading
    focus: Point
    title: Box | None = None

    @property
    def width(self) -> int:
        """Of the canvas, in pixels."""
        return self.canvas.width

    @property
    def height(self) -> int:
        """Of the canvas, in pixels."""
        return self.canvas.height

    @property
    def unit(self) -> float:
        """A hundredth of the canvas's short side."""
        return self.canvas.unit

    @property
    def is_wide(self) -> bool:
        """Whether it is a landscape."""
        return self.width > self.height

    def is_title(self, left: float, right: float, y: float) -> bool:
        """Tell whether something so wide, at this height, would lie behind the title.

        Parameters
        ----------
        left, right
            Its ends, in pixels.
        y
            Its height, in pixels from the top.
        """
        box = self.title
        return box is not None and box[1] <= y <= box[3] and left <= box[2] and right >= box[0]

    def names(self, *words: str) -> bool:
        """Tell whether the prompt has one of some words.

        Parameters
        ----------
        *words
            The words, singular.
        """
        return not self.reading.words.isdisjoint(words)
