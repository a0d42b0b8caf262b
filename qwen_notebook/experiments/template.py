"""Prompts with holes: ``{name}`` for the value of an axis, ``{red|blue}`` for alternatives, ``{{`` for a brace."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.values import refuse_many, word_of
from qwen_notebook.reapi.formatting import one_line, shown
from qwen_notebook.reapi.values import normal_prompt, normal_text, plain, refuse_half_characters

MOST_TEXTS = 1000
"""The most pictures that one template may ask for where no plan is shown before."""
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
# A name is an identifier with a colon and a blank behind it: 12:30|13:00 and 3:4|16:9 are alternatives without one.
_NAMED = re.compile(r"\s*(\w*):(?=\s|$)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Hole:
    """What stands between two braces: a name, and the choices for it where the text itself offers some."""

    name: str
    choices: tuple[str, ...] = ()


class Template:
    """A prompt with holes.

    Parameters
    ----------
    text
        The prompt. ``{name}`` is filled with a value, ``{red|blue}`` offers alternatives, and ``{colour: red|blue}``
        offers them under a name. The same alternatives twice in it are one choice, made once, and so are all places
        with one name.

    Attributes
    ----------
    text
        The prompt in its normal form.
    is_changed
        Whether that is another than the one that was given.
    names
        What has to be filled in, each once, in order.
    alternatives
        The choices that the text itself offers, by their name, else by what stands between their braces.

    Raises
    ------
    InvalidRequest
        If a brace has no partner, there is nothing between two, or a name has two sets of alternatives.

    Examples
    --------
    >>> Template("a {red|blue} {animal}").names
    ('animal',)
    >>> [*Template("a {red|blue} {animal}").texts({"animal": "fox"})]
    ['a red fox', 'a blue fox']
    >>> Template("a {style: flat|woodcut} poster, {style}").alternatives
    {'style': ('flat', 'woodcut')}
    """

    def __init__(self, text: object) -> None:
        given = plain(text)
        if not isinstance(given, str):
            raise InvalidRequest(
                f"A prompt is {shown(text)}, not text.", "Describe the image.", field="prompt"
            )
        refuse_half_characters(given, "A prompt", "prompt")
        self.text = normal_prompt(given)
        self._given = given
        self.is_changed = self.text != given
        self._parts = tuple(_parts(self.text))
        self.alternatives: dict[str, tuple[str, ...]] = {}
        holes = [part for part in self._parts if isinstance(part, _Hole)]
        for hole in holes:
            if hole.choices and self.alternatives.setdefault(hole.name, hole.choices) != hole.choices:
                raise InvalidRequest(
                    f"The prompt {one_line(self.text)!r} offers two sets of alternatives under the name {hole.name!r}.",
                    f"Write them once, and {{{hole.name}}} in the other places; or give the second another name.",
                    field="prompt",
                )
        self.names = tuple(dict.fromkeys(hole.name for hole in holes if hole.name not in self.alternatives))

    @property
    def count(self) -> int:
        """How many prompts its own alternatives make."""
        return prod(map(len, self.alternatives.values()))

    def refuse_many(self, times: int = 1) -> None:
        """Refuse more pictures than may be asked for at once; nothing is made for it.

        Parameters
        ----------
        times
            How many are wanted of each of its prompts.

        Raises
        ------
        InvalidRequest
            With how many there are, and the most.
        """
        refuse_many(self.count * times, "The prompt", "pictures to make", "prompt", most=MOST_TEXTS)

    def fill(self, values: Mapping[str, object]) -> str:
        """The prompt with its holes filled.

        Parameters
        ----------
        values
            By name; alternatives without a name by what stands between their braces.

        Raises
        ------
        InvalidRequest
            If a value is none that anybody would write into a prompt; see `word_of`.
        """
        return "".join(
            str(word_of(values[part.name], f"The value of {{{part.name}}}", part.name))
            if isinstance(part, _Hole)
            else part
            for part in self._parts
        )

    def fill_as_given(self, values: Mapping[str, object], given: Mapping[str, str]) -> str:
        """Do as `fill` does, with every text as it was before it was put into its normal form.

        Parameters
        ----------
        values
            As for `fill`.
        given
            How the values were written that have another normal form, by that.
        """
        names = (part.name for part in self._parts if isinstance(part, _Hole))

        def word(hole: _Hole) -> object:
            value = values[next(names)]
            for choice in hole.choices:
                if normal_text(choice) == value:
                    return choice
            return given.get(value, value) if isinstance(value, str) else value

        parts = _parts(self._given)
        return "".join(str(word(part)) if isinstance(part, _Hole) else part for part in parts)

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


def name_of(text: str) -> str:
    """A name as it is looked for: without blanks around it, in its normal form; an identifier as Python reads it."""
    name = normal_text(text).strip()
    return unicodedata.normalize("NFKC", name) if name.isidentifier() else name


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
            yield _hole(inside, text)
    if at < len(text):
        yield text[at:]


def _hole(inside: str, text: str) -> _Hole:
    named = _NAMED.fullmatch(inside)
    if named is not None and (not named[1] or named[1].isidentifier()):
        if not named[1] or "|" not in named[2]:
            missing = "alternatives" if named[1] else "a name"
            raise InvalidRequest(
                f"The prompt {one_line(text)!r} has {{{one_line(inside)}}}, which lacks {missing}.",
                "Write {name: red|blue} for alternatives with a name, or {{ for a brace itself.",
                field="prompt",
            )
        return _Hole(name_of(named[1]), _choices(named[2]))
    return _Hole(inside, _choices(inside)) if "|" in inside else _Hole(name_of(inside))


def _choices(text: str) -> tuple[str, ...]:
    return tuple(choice.strip() for choice in text.split("|"))


def _as_given(name: str) -> str:
    return f"{name}=…" if name.isidentifier() else f"a column {name!r}"
