"""The typefaces: those in the box, those of the machine for Chinese, Japanese and Korean, and who covers what."""

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_BOX: Final = Path(__file__).parents[1] / "fonts"

GEOMETRIC: Final = _BOX / "Jost-Bold.ttf"
CONDENSED: Final = _BOX / "LeagueGothic-Regular.ttf"
ROMANTIC: Final = _BOX / "AbrilFatface-Regular.ttf"
WIDE_COVERAGE: Final = _BOX / "SofiaSansExtraCondensed-ExtraBold.ttf"
TEXT: Final = _BOX / "Jost-Medium.ttf"

_CJK_PLACES: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/ヒラギノ角ゴシック W6.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
    "C:/Windows/Fonts/msyhbd.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/meiryob.ttc",
    "C:/Windows/Fonts/YuGothB.ttc",
    "C:/Windows/Fonts/malgunbd.ttf",
)
_NOT_A_CHARACTER: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Setting:
    """A text and the face that can set it; ``missing`` is what no face here has, and ``text`` lacks it."""

    text: str
    face: Path
    missing: str


@functools.lru_cache(maxsize=64)
def font(face: Path, size: int) -> ImageFont.FreeTypeFont:
    """Load a face.

    Parameters
    ----------
    face
        Its file.
    size
        Pixels to the em.

    Returns
    -------
    ImageFont.FreeTypeFont
        The font.
    """
    return ImageFont.truetype(str(face), size)


def choose(text: str, preferred: Sequence[Path]) -> Setting:
    """Find the face for a text.

    Parameters
    ----------
    text
        What to set.
    preferred
        The faces to try first, best first.

    Returns
    -------
    Setting
        The first face with every character; else the one with most, and what it lacks.
    """
    text = unicodedata.normalize("NFC", text)
    best: Setting | None = None
    for face in _candidates(preferred):
        missing = "".join(character for character in text if not _has(face, character))
        if best is None or len(missing) < len(best.missing):
            best = Setting("".join(c for c in text if c not in missing).strip(), face, missing)
        if not missing:
            break
    assert best is not None
    return best


def is_cjk(character: str) -> bool:
    """Tell a character that Latin faces never have: Han, kana, hangul and their punctuation.

    Parameters
    ----------
    character
        The character.
    """
    point = ord(character)
    return (
        0x2E80 <= point <= 0x9FFF
        or 0xAC00 <= point <= 0xD7AF
        or 0xF900 <= point <= 0xFAFF
        or (0xFF00 <= point <= 0xFFEF or 0x20000 <= point <= 0x3FFFF)
    )


def apology(missing: str) -> str:
    """Say what could not be set, instead of drawing boxes.

    Parameters
    ----------
    missing
        The characters.

    Returns
    -------
    str
        A sentence; empty where nothing is missing.
    """
    if not missing:
        return ""
    cjk = sum(map(is_cjk, missing))
    count, kind = (cjk, "CJK character") if cjk else (len(missing), "character")
    plural = "s" if count > 1 else ""
    return f"{count} {kind}{plural}: no {'CJK font' if cjk else 'font for it'} on this machine"


def _candidates(preferred: Sequence[Path]) -> Iterator[Path]:
    yield from preferred
    yield from (WIDE_COVERAGE, TEXT)
    yield from _cjk_faces()


@functools.cache
def _cjk_faces() -> tuple[Path, ...]:
    return tuple(path for path in map(Path, _CJK_PLACES) if path.exists())


@functools.lru_cache(maxsize=4096)
def _has(face: Path, character: str) -> bool:
    """Compare a glyph with the one for "not defined", which is all that Pillow shows of a face's coverage."""
    return character.isspace() or _look(face, character) != _look(face, _NOT_A_CHARACTER)


def _look(face: Path, character: str) -> tuple[float, bytes]:
    sample = font(face, 24)
    image = Image.new("L", (48, 48))
    ImageDraw.Draw(image).text((8, 8), character, fill=255, font=sample)
    return sample.getlength(character), image.tobytes()
