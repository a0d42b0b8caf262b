"""The facts of the service: names, limits, shapes and prices, and nothing that does anything with them.

Facts marked *assumed* are stated by nobody; the code has to work whatever the truth turns out to be.
"""

import re
from typing import Final, Literal, get_args

MODEL: Final = "qwen-image-2"
BASE_URL: Final = "https://reapi.ai/api/v1"
API_PATH: Final = "/api/v1"
SUBMIT_PATH: Final = "/images/generations"
TASK_PATH: Final = "/tasks/"
BALANCE_PATH: Final = "/balance"

PROMPT_LIMIT: Final = 800
"""Longest prompt, in UTF-16 code units (the unit is assumed: the stricter reading)."""

SEED_MAX: Final = 2**31 - 1

TextSize = Literal["1:1", "3:4", "4:3", "9:16", "16:9"]
EditOnlySize = Literal["2:3", "3:2", "21:9"]
ImageSize = Literal["1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "21:9"]
OutputFormat = Literal["png", "jpeg"]

TEXT_SIZES: Final[tuple[str, ...]] = get_args(TextSize)
EDIT_ONLY_SIZES: Final[tuple[str, ...]] = get_args(EditOnlySize)
IMAGE_SIZES: Final[tuple[str, ...]] = get_args(ImageSize)
OUTPUT_FORMATS: Final[tuple[str, ...]] = get_args(OutputFormat)
DEFAULT_SIZE: Final[ImageSize] = "16:9"

LAST_SEEN_PRICE: Final = 31
"""Credits an image when last looked at (July 2026). A default for settings, never a constant in a formula."""

TEXT_PIXELS: Final[dict[str, tuple[int, int]]] = {
    "1:1": (2048, 2048),
    "3:4": (1728, 2368),
    "4:3": (2368, 1728),
    "9:16": (1536, 2688),
    "16:9": (2688, 1536),
}
"""Width and height in pixels that Alibaba recommends for text-to-image. Not exact ratios, and not promised."""

EDIT_PIXELS: Final[dict[str, tuple[int, int]]] = {
    "1:1": (1536, 1536),
    "3:4": (1080, 1440),
    "4:3": (1440, 1080),
    "9:16": (1080, 1920),
    "16:9": (1920, 1080),
    "2:3": (1024, 1536),
    "3:2": (1536, 1024),
    "21:9": (2048, 872),
}
"""The same for edits."""

CODE_NO_HEADER: Final = 10001
CODE_NOT_BEARER: Final = 10002
CODE_KEY_INVALID: Final = 10003
CODE_KEY_REVOKED: Final = 10004
CODE_MISSING_PARAMETER: Final = 20002
CODE_RATE_LIMIT: Final = 50001
CODE_SERVER_ERROR: Final = 60099
CODE_CONTENT_POLICY: Final = 80006

REFUSED_STATUSES: Final = frozenset({400, 401, 402, 403, 404, 422, 429})
"""Answers to a POST that certainly made no task. After any other failure it may have been billed."""


def prompt_units(prompt: str) -> int:
    """Length of a prompt as a JavaScript gateway counts it.

    Parameters
    ----------
    prompt
        Any text, lone surrogates included.

    Returns
    -------
    int
        UTF-16 code units: an emoji outside the basic plane counts 2, a line end as many as it is written with.

    Examples
    --------
    >>> prompt_units("MARS"), prompt_units("🚀"), prompt_units("火星")
    (4, 2, 2)
    """
    return len(prompt.encode("utf-16-le", "surrogatepass")) // 2


# Qwen draws the words that a prompt quotes or announces. A single quote opens only before, and closes only
# after, a word, so that apostrophes stay apostrophes. The panel has the same rules in literal-text.ts, and
# tests/messages/literal_text.json is read by the tests of both.
_QUOTED = re.compile(
    r"“([^”\n]+)”|\"([^\"\n]+)\"|„([^“”\n]+)[“”]|«([^»\n]+)»|「([^」\n]+)」|『([^』\n]+)』|《([^》\n]+)》"
    r"|(?<!\w)‘(\S(?:[^\n]*?\S)?)’(?!\w)|(?<!\w)'(\S(?:[^\n]*?\S)?)'(?!\w)"
)
_ANNOUNCED = re.compile(r"\b(?:reads?|reading|says?|saying|titled):?[ ]+([^\n]+)")


def _capitals(text: str) -> str:
    """Take the leading words of a text that have no small letter."""
    taken: list[str] = []
    for word in text.split():
        if word != word.upper():
            break
        taken.append(word)
        if word[-1] in ",;.":
            break
    shout = " ".join(taken).strip(",.;: ")
    return shout if len(re.findall(r"\w", shout)) > 1 or not shout.isascii() else ""


def literal_text(prompt: str) -> list[str]:
    """The words that a prompt asks to see in the image.

    Quoted text in Latin or CJK marks, or capitals after *reads*, *says* or *titled*; in the order of the
    prompt, each once.

    Parameters
    ----------
    prompt
        The prompt.

    Returns
    -------
    list of str
        The words, without their marks.

    Examples
    --------
    >>> literal_text("a vintage travel poster that reads VISIT MARS in bold retro type")
    ['VISIT MARS']
    """
    found: list[tuple[int, str]] = []
    quotes = list(_QUOTED.finditer(prompt))
    for match in quotes:
        words = next(group for group in match.groups() if group)
        found.append((match.start(), words.strip().removesuffix(",")))
    for match in _ANNOUNCED.finditer(prompt):
        rest = match.group(1)
        if not _QUOTED.match(rest):
            found.append((match.start(1), _capitals(rest)))
    return list(dict.fromkeys(words for _, words in sorted(found) if words))
