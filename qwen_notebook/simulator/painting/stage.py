"""What a scene is given to paint with."""

import random
from dataclasses import dataclass

from .canvas import Canvas, Point
from .palette import Palette
from .reading import Reading


@dataclass(frozen=True, slots=True)
class Stage:
    """A canvas, its inks, and where the eye is to go.

    ``focus`` is the place of the sun, moon or planet, clear of the type; ``random`` decides all that the
    prompt leaves open.
    """

    canvas: Canvas
    palette: Palette
    random: random.Random
    reading: Reading
    focus: Point

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

    def names(self, *words: str) -> bool:
        """Tell whether the prompt has one of some words.

        Parameters
        ----------
        *words
            The words, singular.
        """
        return not self.reading.words.isdisjoint(words)
