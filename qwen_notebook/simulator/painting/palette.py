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


def _palette(name: str, sky: str, light: str, land: str, accent: str, paper: str, ink: str) -> Palette:
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
            "241838 5b2440 a63a37 dd6f3f f2ac62",
            "f7dfb0",
            "c9573a a23c30 78282b 511a25 2f101c",
            "7fd1c4",
            "fbeed3",
            "2f101c",
        ),
        _palette(
            "sunset",
            "2a2457 6b3370 c04f6c ee8263 f9c078",
            "ffe7b3",
            "b04a6d 7f3567 57285c 37204c 1f1537",
            "ffd166",
            "fff1d6",
            "1f1537",
        ),
        _palette(
            "night",
            "060a20 0d1a3f 1b3263 33588a 6088a8",
            "f6ecd0",
            "2d5078 1f3c63 152c4d 0d1d38 070f22",
            "f2b84b",
            "f4ead2",
            "070f22",
        ),
        _palette(
            "sea",
            "156a84 3f99a3 8ec9b9 dbe6c4 faedcb",
            "f7b955",
            "4aa0a8 2b7f92 196378 0f485f 083044",
            "e8573f",
            "fdf3dc",
            "083044",
        ),
        _palette(
            "forest",
            "5f9a8f 94bd9f c9d8ab f0e5b8 f8edcc",
            "f6c65b",
            "93b58c 5f9170 396f59 1f4e45 0f302f",
            "d9542b",
            "fbf2da",
            "0f302f",
        ),
        _palette(
            "snow",
            "4a7aa8 7ba6c7 b3cfdd e3e9e6 f9ece0",
            "fff8e6",
            "a9c4d8 7d9fc0 5579a3 355784 1c3558",
            "d8432f",
            "fdf8ef",
            "1c3558",
        ),
        _palette(
            "desert",
            "2f8790 71b3a9 c5d6b0 f5dca3 f8c47e",
            "fff2cf",
            "e8ad66 d38848 b0622f 86432a 572a23",
            "1f6f78",
            "fdf2da",
            "572a23",
        ),
        _palette(
            "meadow",
            "6cb2c4 a5d0c5 dbe6c0 f6ecc5 fbf2d6",
            "f8c94e",
            "a9c77b 7dac62 518a52 2f6747 184338",
            "e4503a",
            "fdf6e0",
            "184338",
        ),
        _palette(
            "autumn",
            "5d7f8c 9fae9c dccf9f f3c67a f0a55a",
            "fff0c4",
            "d98a44 bd6434 93452e 642f2a 3b1f22",
            "efc04a",
            "fcf0d4",
            "3b1f22",
        ),
        _palette(
            "rose",
            "c97a8c e3a3a1 f2c9b4 f9e2c8 fcefdc",
            "fff6e2",
            "d98b92 b9647a 8f4766 633150 3b1e3a",
            "2f7f79",
            "fdf3e4",
            "3b1e3a",
        ),
        _palette(
            "wine",
            "22102a 4b1838 822543 bd4550 e98a63",
            "fbe0b4",
            "8e2a4a 6c1f42 4b1739 310f2c 1b081c",
            "e9b44c",
            "fcecd4",
            "1b081c",
        ),
        _palette(
            "neon",
            "0b0826 201150 4b1d86 96309c f0588f",
            "ffd3a5",
            "4a2a8c 351d71 241356 160b3b 0b0524",
            "35e0d4",
            "fdeefc",
            "0b0524",
        ),
        _palette(
            "noir",
            "141414 2b2a29 4d4a47 817b73 b9b0a2",
            "f3ead8",
            "6f6a63 524e49 383532 22201f 100f0f",
            "d8412f",
            "f5eddc",
            "100f0f",
        ),
        _palette(
            "gold",
            "e3c27a eccf8d f3dca5 f8e7bf fbf0d6",
            "fffaea",
            "c99a45 a5782f 7b5626 4f381f 2b2018",
            "b23a2e",
            "fdf6e3",
            "2b2018",
        ),
        _palette(
            "bauhaus",
            "f2e6cf f4e9d4 f5ebd8 f6eddc f7efe0",
            "f0b429",
            "d9432f 1f5aa6 f0b429 1d1d1f 2f7f6f",
            "d9432f",
            "f7efe0",
            "1d1d1f",
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
