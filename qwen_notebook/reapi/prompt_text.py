"""The text of a prompt: how long it is as the service counts it, and which words it asks to see in the image."""

import re


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
