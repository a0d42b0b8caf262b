"""Prompts with holes: ``{name}`` for the value of an axis, ``{red|blue}`` for alternatives, ``{{`` for a brace."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.words import one_line, shown

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class _Hole:
    name: str


class Template:
    """A prompt with holes.

    Parameters
    ----------
    text
        The prompt. The same alternatives twice in it are one choice, made once.

    Attributes
    ----------
    names
        What has to be filled in, each once, in order.
    alternatives
        The choices that the text itself offers, by what stands between their braces.

    Raises
    ------
    InvalidRequest
        If a brace has no partner, or there is nothing between two.

    Examples
    --------
    >>> Template("a {red|blue} {animal}").names
    ('animal',)
    >>> [*Template("a {red|blue} {animal}").texts({"animal": "fox"})]
    ['a red fox', 'a blue fox']
    """

    def __init__(self, text: object) -> None:
        if not isinstance(text, str):
            raise InvalidRequest(
                f"A prompt is {shown(text)}, not text.", "Describe the image.", field="prompt"
            )
        self.text = text
        self._parts = tuple(_parts(text))
        holes = dict.fromkeys(part.name for part in self._parts if isinstance(part, _Hole))
        self.names = tuple(name for name in holes if "|" not in name)
        self.alternatives = {
            name: tuple(choice.strip() for choice in name.split("|")) for name in holes if "|" in name
        }

    def fill(self, values: Mapping[str, object]) -> str:
        """The prompt with its holes filled.

        Parameters
        ----------
        values
            By name; alternatives by what stands between their braces.
        """
        return "".join(str(values[part.name]) if isinstance(part, _Hole) else part for part in self._parts)

    def texts(self, values: Mapping[str, object]) -> Iterator[str]:
        """The prompts that filling makes, one for each choice of alternatives."""
        for choice in product(*self.alternatives.values()):
            yield self.fill({**values, **dict(zip(self.alternatives, choice, strict=True))})

    def check(self, known: Iterable[str], *, kind: str) -> None:
        """Make sure that every hole can be filled.

        Parameters
        ----------
        known
            The names that there are.
        kind
            What such a name is called in the sentence, as in ``axis``.

        Raises
        ------
        InvalidRequest
            For the first that cannot, with the nearest name that can.
        """
        known = list(known)
        for name in self.names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
                hint = f"Did you mean {{{near[0]}}}?" if near else f"Give one: {_as_given(name)}."
                raise InvalidRequest(
                    f"The prompt {one_line(self.text)!r} has {{{name}}}, and there is no {kind} {name!r}.",
                    f"{hint} For a brace itself write {{{{.",
                    field="prompt",
                )


def _parts(text: str) -> Iterator[str | _Hole]:
    at = 0
    for token in _TOKEN.finditer(text):
        if at < token.start():
            yield text[at : token.start()]
        at = token.end()
        mark, inside = token.group(), token.group(1)
        if mark in ("{{", "}}"):
            yield mark[0]
        elif inside is None:
            raise InvalidRequest(
                f"The prompt {one_line(text)!r} has a {mark} without its partner.",
                f"For a brace itself write {mark * 2}.",
                field="prompt",
            )
        elif not inside.strip():
            raise InvalidRequest(
                f"The prompt {one_line(text)!r} has {{}} with no name in it.",
                "Write {name}, or {{}} for the braces themselves.",
                field="prompt",
            )
        else:
            yield _Hole(inside if "|" in inside else inside.strip())
    if at < len(text):
        yield text[at:]


def _as_given(name: str) -> str:
    return f"{name}=…" if name.isidentifier() else f"a column {name!r}"
