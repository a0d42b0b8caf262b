"""The prompts of a folder, each once, to be searched for words."""

from collections.abc import Iterable
from itertools import islice

from qwen_notebook.reapi.values import folded


class Prompts:
    """Texts of which many are equal. Whoever calls holds the journal's lock.

    Attributes
    ----------
    kept
        Called with a text, twice: gives that, or the equal one that was kept before.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._folded: list[str] = []
        self.kept = self._texts.setdefault

    def with_words(self, words: Iterable[str]) -> set[str]:
        """All texts in which each of these words stands; the words are folded already.

        The first search folds the texts, each later one those that have come since.
        """
        for text in islice(self._texts, len(self._folded), None):
            low = text.lower() if text.isascii() else folded(text)
            self._folded.append(text if low == text else low)
        found: Iterable[tuple[str, str]] = zip(self._texts, self._folded, strict=True)
        for word in sorted(words, key=len, reverse=True):  # the rarest first, as far as that can be told
            found = [(text, low) for text, low in found if word in low]
        return {text for text, _ in found}
