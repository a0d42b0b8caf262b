"""What one image is made from: validated, immutable, hashable."""

import difflib
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.address import check_source_url
from qwen_notebook.reapi.contract import ImageSize, OutputFormat
from qwen_notebook.reapi.request_key import key_of
from qwen_notebook.reapi.words import shown


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """One request to the service; the fields carry the contract's own names.

    Parameters
    ----------
    prompt
        1 to 800 UTF-16 code units.
    image_url
        A public https URL of the image to edit; None makes a new image.
    image_size
        An aspect ratio; ``2:3``, ``3:2`` and ``21:9`` only with `image_url`.
    output_format
        ``png`` or ``jpeg``.
    seed
        0 to 2147483647; None leaves it open.
    nsfw_checker
        Whether the service moderates the content.

    Raises
    ------
    InvalidRequest
        Naming the field, before anything is sent.

    Examples
    --------
    >>> GenerationRequest(prompt="a poster that reads VISIT MARS", seed=7).is_edit
    False
    """

    prompt: str
    image_url: str | None = None
    image_size: ImageSize = contract.DEFAULT_SIZE
    output_format: OutputFormat = "png"
    seed: int | None = None
    nsfw_checker: bool = False

    def __post_init__(self) -> None:
        _check_prompt(self.prompt)
        if self.image_url is not None:
            check_source_url(self.image_url, loopback_service=True)
        _check_choice("image_size", self.image_size, contract.IMAGE_SIZES)
        if self.image_url is None and self.image_size in contract.EDIT_ONLY_SIZES:
            raise InvalidRequest(
                f"image_size {self.image_size!r} is for edits only.",
                f"Give an image_url to edit, or choose one of {_listed(contract.TEXT_SIZES)}.",
                field="image_size",
            )
        _check_choice("output_format", self.output_format, contract.OUTPUT_FORMATS)
        object.__setattr__(self, "seed", _checked_seed(self.seed))
        if not isinstance(cast("object", self.nsfw_checker), bool):
            raise InvalidRequest(
                f"nsfw_checker is {shown(self.nsfw_checker)}.",
                "Give True or False.",
                field="nsfw_checker",
            )

    @classmethod
    def from_fields(cls, given: Mapping[str, Any]) -> Self:
        """Make a request from a mapping that may hold anything.

        Raises
        ------
        InvalidRequest
            Also for a name that is no field.
        """
        refuse_unknown((name for name in given if name not in _FIELDS), FIELD_NAMES)
        if "prompt" not in given:
            raise InvalidRequest("There is no prompt.", "Describe the image.", field="prompt")
        return cls(**given)

    @property
    def is_edit(self) -> bool:
        """Whether this edits a source image."""
        return self.image_url is not None

    def with_seed(self, seed: int) -> Self:
        """Return the same request with another seed."""
        return replace(self, seed=seed)

    def to_fields(self) -> dict[str, Any]:
        """All fields by name, as JSON can hold them."""
        return {name: getattr(self, name) for name in FIELD_NAMES}

    def body(self) -> dict[str, Any]:
        """The JSON body for the service: what is set, and the model."""
        return {"model": contract.MODEL} | {k: v for k, v in self.to_fields().items() if v is not None}

    @cached_property
    def key(self) -> str:
        """The request's identity: equal requests, and only they, have equal keys (32 hex digits).

        A key is the same in every version: see `qwen_notebook.reapi.request_key`.
        """
        return key_of(self)


_FIELDS = {field.name for field in fields(GenerationRequest)}
FIELD_NAMES = tuple(field.name for field in fields(GenerationRequest))


def refuse_unknown(unknown: Iterable[str], known: Iterable[str]) -> None:
    """Raise `InvalidRequest` for a keyword that is none, with the nearest that is one.

    Where the keywords come with their values, those are dropped first: one may be a key, and a traceback shows them.
    """
    if isinstance(unknown, dict):
        values = cast("dict[str, object]", unknown)
        unknown = list(values)
        values.clear()
    for name in unknown:
        text = str(name)[:60] if isinstance(name, str) else shown(name)  # pyright: ignore[reportUnnecessaryIsInstance]
        near = difflib.get_close_matches(text, list(known), n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]!r}?" if near else f"Choose from {_listed(known)}."
        raise InvalidRequest(f"There is no setting {text!r}.", hint, field=text)


def _check_prompt(prompt: object) -> None:
    if not isinstance(prompt, str):
        raise InvalidRequest(
            f"The prompt is a {type(prompt).__name__}, not text.", "Describe the image.", field="prompt"
        )
    if not prompt.strip():
        raise InvalidRequest("The prompt is empty.", "Describe the image.", field="prompt")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(
            "The prompt has half of a character in it (a lone surrogate).", "Type it again.", field="prompt"
        ) from None
    units = contract.prompt_units(prompt)
    if units > contract.PROMPT_LIMIT:
        over = units - contract.PROMPT_LIMIT
        raise InvalidRequest(
            f"The prompt is {over} too long: {units} of {contract.PROMPT_LIMIT} units (an emoji counts two).",
            "Shorten it.",
            field="prompt",
        )


def _check_choice(name: str, given: object, choices: tuple[str, ...]) -> None:
    if not isinstance(given, str) or given not in choices:
        raise InvalidRequest(f"{name} is {shown(given)}.", f"Choose one of {_listed(choices)}.", field=name)


def _checked_seed(seed: object) -> int | None:
    if seed is None:
        return None
    todo = f"Give a whole number from 0 to {contract.SEED_MAX}, or none."
    if isinstance(seed, bool):
        raise InvalidRequest(f"The seed is {seed!r}.", todo, field="seed")
    try:
        number = operator.index(cast("int", seed))  # numpy's integers are welcome, floats are not
    except Exception:
        raise InvalidRequest(
            f"The seed is {shown(seed)}, which is no whole number.", todo, field="seed"
        ) from None
    if not 0 <= number <= contract.SEED_MAX:
        raise InvalidRequest("The seed is out of range.", todo, field="seed")
    return number


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
