"""The colours of a poster, each set with a mood of its own."""

import random
from dataclasses import dataclass, replace

from .colour import Colour, rgb, turn


@dataclass(frozen=True, slots=True)
class Palette:
    """The inks of one poster.

    ``sky`` runs from the top to the horizon and ``land`` from far to near; ``light`` is the sun or moon,
    ``accent`` the small thing that the eye is to find, ``paper`` and ``ink`` the two colours of type.
    """

    name: str
    sky: tuple[Colour, ...]
    light: Colour
    land: tuple[Colour, ...]
    accent: Colour
    paper: Colour
    ink: Colour
    dark: bool = False


def _palette(name: str, *, sky: str, light: str, land: str, accent: str, paper: str, ink: str) -> Palette:
    return Palette(
        name=name,
        sky=tuple(map(rgb, sky.split())),
        light=rgb(light),
        land=tuple(map(rgb, land.split())),
        accent=rgb(accent),
        paper=rgb(paper),
        ink=rgb(ink),
        dark=name in {"mars", "sunset", "night", "neon", "noir", "wine"},
    )


PALETTES = {
    palette.name: palette
    for palette in (
        _palette(
            "mars",
            sky="241838 5b2440 a63a37 dd6f3f f2ac62",
            light="f7dfb0",
            land="c9573a a23c30 78282b 511a25 2f101c",
            accent="7fd1c4",
            paper="fbeed3",
            ink="2f101c",
        ),
        _palette(
            "sunset",
            sky="2a2457 6b3370 c04f6c ee8263 f9c078",
            light="ffe7b3",
            land="b04a6d 7f3567 57285c 37204c 1f1537",
            accent="ffd166",
            paper="fff1d6",
            ink="1f1537",
        ),
        _palette(
            "night",
            sky="060a20 0d1a3f 1b3263 33588a 6088a8",
            light="f6ecd0",
            land="2d5078 1f3c63 152c4d 0d1d38 070f22",
            accent="f2b84b",
            paper="f4ead2",
            ink="070f22",
        ),
        _palette(
            "sea",
            sky="156a84 3f99a3 8ec9b9 dbe6c4 faedcb",
            light="f7b955",
            land="4aa0a8 2b7f92 196378 0f485f 083044",
            accent="e8573f",
            paper="fdf3dc",
            ink="083044",
        ),
        _palette(
            "forest",
            sky="5f9a8f 94bd9f c9d8ab f0e5b8 f8edcc",
            light="f6c65b",
            land="93b58c 5f9170 396f59 1f4e45 0f302f",
            accent="d9542b",
            paper="fbf2da",
            ink="0f302f",
        ),
        _palette(
            "snow",
            sky="4a7aa8 7ba6c7 b3cfdd e3e9e6 f9ece0",
            light="fff8e6",
            land="a9c4d8 7d9fc0 5579a3 355784 1c3558",
            accent="d8432f",
            paper="fdf8ef",
            ink="1c3558",
        ),
        _palette(
            "desert",
            sky="2f8790 71b3a9 c5d6b0 f5dca3 f8c47e",
            light="fff2cf",
            land="e8ad66 d38848 b0622f 86432a 572a23",
            accent="1f6f78",
            paper="fdf2da",
            ink="572a23",
        ),
        _palette(
            "meadow",
            sky="6cb2c4 a5d0c5 dbe6c0 f6ecc5 fbf2d6",
            light="f8c94e",
            land="a9c77b 7dac62 518a52 2f6747 184338",
            accent="e4503a",
            paper="fdf6e0",
            ink="184338",
        ),
        _palette(
            "autumn",
            sky="5d7f8c 9fae9c dccf9f f3c67a f0a55a",
            light="fff0c4",
            land="d98a44 bd6434 93452e 642f2a 3b1f22",
            accent="efc04a",
            paper="fcf0d4",
            ink="3b1f22",
        ),
        _palette(
            "rose",
            sky="c97a8c e3a3a1 f2c9b4 f9e2c8 fcefdc",
            light="fff6e2",
            land="d98b92 b9647a 8f4766 633150 3b1e3a",
            accent="2f7f79",
            paper="fdf3e4",
            ink="3b1e3a",
        ),
        _palette(
            "wine",
            sky="22102a 4b1838 822543 bd4550 e98a63",
            light="fbe0b4",
            land="8e2a4a 6c1f42 4b1739 310f2c 1b081c",
            accent="e9b44c",
            paper="fcecd4",
            ink="1b081c",
        ),
        _palette(
            "neon",
            sky="0b0826 201150 4b1d86 96309c f0588f",
            light="ffd3a5",
            land="4a2a8c 351d71 241356 160b3b 0b0524",
            accent="35e0d4",
            paper="fdeefc",
            ink="0b0524",
        ),
        _palette(
            "noir",
            sky="141414 2b2a29 4d4a47 817b73 b9b0a2",
            light="f3ead8",
            land="6f6a63 524e49 383532 22201f 100f0f",
            accent="d8412f",
            paper="f5eddc",
            ink="100f0f",
        ),
        _palette(
            "gold",
            sky="e3c27a eccf8d f3dca5 f8e7bf fbf0d6",
            light="fffaea",
            land="c99a45 a5782f 7b5626 4f381f 2b2018",
            accent="b23a2e",
            paper="fdf6e3",
            ink="2b2018",
        ),
        _palette(
            "bauhaus",
            sky="f2e6cf f4e9d4 f5ebd8 f6eddc f7efe0",
            light="f0b429",
            land="d9432f 1f5aa6 f0b429 1d1d1f 2f7f6f",
            accent="d9432f",
            paper="f7efe0",
            ink="1d1d1f",
        ),
    )
}


def tinted(palette: Palette, random_: random.Random) -> Palette:
    """Shift a palette a little, so that two seeds differ in colour too.

    Parameters
    ----------
    palette
        The palette.
    random_
        Decides how.

    Returns
    -------
    Palette
        Its relative.
    """
    hue = random_.uniform(-0.018, 0.018)
    strength = random_.uniform(0.92, 1.06)
    return replace(
        palette,
        sky=tuple(turn(colour, hue, strength) for colour in palette.sky),
        land=tuple(turn(colour, hue, strength) for colour in palette.land),
    )
