"""Colours, and what the eye makes of them."""

import colorsys
from collections.abc import Sequence
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]


def rgb(code: str) -> Colour:
    """Read a colour.

    Parameters
    ----------
    code
        Six hexadecimal digits.

    Returns
    -------
    Colour
        Red, green, blue.
    """
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Blend two colours.

    Parameters
    ----------
    a, b
        The colours.
    share
        How much of ``b``, 0 to 1.

    Returns
    -------
    Colour
        The blend.
    """
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def middle(colours: Sequence[Colour]) -> Colour:
    """Find the colour that is neither lighter nor darker than most of some colours.

    Parameters
    ----------
    colours
        At least one.

    Returns
    -------
    Colour
        One of them.
    """
    return sorted(colours, key=luminance)[len(colours) // 2]


def along(stops: tuple[Colour, ...], position: float) -> Colour:
    """Find a colour on a gradient.

    Parameters
    ----------
    stops
        Colours at equal distances.
    position
        Where, 0 to 1.

    Returns
    -------
    Colour
        The colour there.
    """
    place = min(max(position, 0.0), 1.0) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return mix(stops[index], stops[index + 1], place - index)


def turn(colour: Colour, hue: float, saturation: float = 1.0) -> Colour:
    """Shift a colour on the wheel.

    Parameters
    ----------
    colour
        The colour.
    hue
        How far, in turns.
    saturation
        Factor on its saturation.

    Returns
    -------
    Colour
        The shifted colour, as light as before.
    """
    h, lightness, s = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    r, g, b = colorsys.hls_to_rgb((h + hue) % 1, lightness, min(1.0, s * saturation))
    return round(r * 255), round(g * 255), round(b * 255)


def luminance(colour: Colour) -> float:
    """Relative luminance as WCAG has it.

    Parameters
    ----------
    colour
        The colour.

    Returns
    -------
    float
        From 0, black, to 1, white.
    """
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: Colour, b: Colour) -> float:
    """Contrast ratio as WCAG has it.

    Parameters
    ----------
    a, b
        The colours.

    Returns
    -------
    float
        From 1, none, to 21.
    """
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)
