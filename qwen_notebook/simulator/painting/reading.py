"""What a prompt asks for, as far as a painter of posters understands it."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from qwen_notebook.reapi.prompt_text import literal_text

_SCENES: Final = {
    "space": "mars planet moon space rocket galaxy star astronaut saturn jupiter venus cosmos orbit alien "
    "spaceship nebula comet lunar 火星 月 星 宇宙 太空 火箭",
    "mountains": "mountain peak alps canyon hill valley volcano cliff summit hike park lake winter ski "
    "snow fox bear wolf deer eagle 山 雪 峰 湖 狐",
    "desert": "desert dune sahara cactus camel oasis mesa sand arizona pyramid 沙漠 沙",
    "sea": "sea ocean wave beach boat sailboat yacht regatta ship sail "
    "lighthouse island harbor harbour whale fish surf coast "
    "river shore tropical summer 海 船 波 岛 夏",
    "forest": "forest tree wood pine jungle camp cabin autumn fall owl trail redwood 森林 林 树 秋",
    "city": "city skyline street tokyo paris york london building tower neon cyberpunk downtown skyscraper "
    "jazz metropolis cat rain 城 市 街 东京",
    "botanical": "flower plant leaf leaves botanical garden rose tulip herb bloom floral spring tea fern "
    "butterfly bee blossom 花 叶 茶 春 植物",
    "geometry": "abstract geometric bauhaus shape circle pattern minimal modern swiss cubist logo "
    "constructivist music square triangle 抽象 几何",
}
_PALETTES: Final = {
    "mars": "mars red rust martian lava volcano fire crimson 火 红",
    "sunset": "sunset dusk evening twilight sunrise dawn 夕阳 黄昏 晚霞",
    "night": "night midnight moonlit moonlight starry dark blue navy astronaut galaxy 夜 蓝 宇宙",
    "sea": "sea ocean teal coast beach turquoise lighthouse boat aqua surf 海",
    "forest": "forest pine green jungle redwood cabin emerald 森林 绿",
    "snow": "snow winter ice ski frozen arctic cold glacier icy 雪 冬 冰",
    "desert": "desert dune sand sahara cactus canyon mesa ochre 沙漠",
    "meadow": "meadow spring park hill garden fresh summer lime 春 夏",
    "autumn": "autumn fall orange fox october harvest amber 秋 橙",
    "rose": "rose pink blossom cherry pastel flower love valentine soft tulip 花 粉 樱",
    "wine": "wine burgundy jazz opera romantic velvet purple maroon 紫",
    "neon": "neon cyberpunk synthwave retrowave vaporwave magenta futuristic club 霓虹",
    "noir": "noir monochrome black white film grey gray charcoal 黑 白",
    "gold": "gold golden honey yellow deco brass tea sepia bee 金 黄",
    "bauhaus": "bauhaus swiss constructivist primary cubist",
}
_STRONG: Final = frozenset(
    (
        "mar",
        "night",
        "midnight",
        "winter",
        "snow",
        "autumn",
        "sunset",
        "neon",
        "noir",
        "bauhau",
        "夜",
        "冬",
        "秋",
    )
)
"""Words, without their plural, that decide the mood over others: a forest in autumn is no green one."""
_SUITED: Final = {
    "space": ("mars", "night", "wine", "sunset"),
    "mountains": ("meadow", "sunset", "snow", "autumn", "night"),
    "desert": ("desert", "sunset", "mars"),
    "sea": ("sea", "sunset", "night"),
    "forest": ("forest", "autumn", "night"),
    "city": ("sunset", "neon", "noir", "night", "wine"),
    "botanical": ("rose", "meadow", "gold", "forest"),
    "geometry": ("bauhaus", "bauhaus", "rose", "gold"),
}
_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        ("no", "one single a an", "two twin both couple pair", "three", "four", "five", "six", "seven"), 0
    )
    for word in words.split()
}
_COUNTED: Final = {
    "moon": "moon",
    "planet": "moon",
    "boat": "boat",
    "sailboat": "boat",
    "ship": "boat",
    "rocket": "rocket",
    "balloon": "balloon",
    "flower": "flower",
    "cactu": "cactus",
    "lighthouse": "lighthouse",
    "cabin": "cabin",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt understood.

    ``titles`` are the words to set, ``counts`` how many there are to be of the things that can be drawn.
    """

    titles: tuple[str, ...]
    scene: str
    palette: str
    counts: dict[str, int]
    words: frozenset[str]


def read(prompt: str) -> Reading:
    """Understand a prompt.

    Parameters
    ----------
    prompt
        The prompt.

    Returns
    -------
    Reading
        What to paint. A prompt without a known word gets a scene and a palette of its own all the same.
    """
    written = re.findall(r"[^\W\d_]+|\d+", prompt.lower())
    words = [_singular(word) for word in written]
    digest = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest()
    scene = _most_named(_SCENES, words, prompt, frozenset()) or list(_SCENES)[digest[0] % len(_SCENES)]
    suited = _SUITED[scene]
    palette = _most_named(_PALETTES, words, prompt, _STRONG) or suited[digest[1] % len(suited)]
    return Reading(
        titles=tuple(literal_text(prompt)),
        scene=scene,
        palette=palette,
        counts=_counts(written),
        words=frozenset(words),
    )


def _most_named(table: dict[str, str], words: list[str], prompt: str, strong: frozenset[str]) -> str | None:
    """Find the entry with most words in the prompt, strong ones thrice; of equals, the one named first."""
    scores: dict[str, tuple[int, int]] = {}
    for name, known in table.items():
        stems = [_singular(word) for word in known.split()]
        found = {stem: words.index(stem) for stem in stems if stem in words}
        found |= {stem: prompt.index(stem) for stem in stems if not stem.isascii() and stem in prompt}
        if found:
            scores[name] = (-len(found) - 2 * len(strong & found.keys()), min(found.values()))
    return min(scores, key=lambda name: scores[name]) if scores else None


def _counts(written: list[str]) -> dict[str, int]:
    """Count the things that can be drawn; a plural without a number is a few."""
    counts: dict[str, int] = {}
    for index, word in enumerate(written):
        thing = _COUNTED.get(_singular(word))
        if thing:
            before = reversed(written[max(0, index - 2) : index])
            plain = 3 if word != _singular(word) else 1
            counts.setdefault(thing, next((_NUMBERS[w] for w in before if w in _NUMBERS), plain))
    return counts


def _singular(word: str) -> str:
    """Take the plural off a word, and as much off the words in the tables, so that the two agree."""
    if word == "cacti":
        word = "cactus"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
