"""What one image is made from: validated, immutable, hashable."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Self, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.models import (
    DEFAULT_SIZE,
    QWEN_IMAGE_2,
    ImageSize,
    ModelSpec,
    OutputFormat,
    model_named,
)
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request_key import key_of
from qwen_notebook.reapi.urls import check_source_url
from qwen_notebook.reapi.values import (
    checked_truth,
    has_half_character,
    is_normal_prompt,
    normal_prompt,
    plain,
    refuse_half_characters,
    truth,
    whole_number,
)


@always_printable
@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    r"""One request to the service; the fields carry the contract's own names.

    Whatever stands for a plain value is taken, and held as one: NumPy's numbers, subclasses of `str`, members of
    enumerations.

    Parameters
    ----------
    prompt
        1 to 800 characters; an emoji counts as two. It is held in one normal form: composed (NFC), with ``\n`` for
        each line end and none after the last word, so that the same words are the same request.
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
    image_size: ImageSize = DEFAULT_SIZE
    output_format: OutputFormat = "png"
    seed: int | None = None
    nsfw_checker: bool = False
    model: ClassVar[str] = QWEN_IMAGE_2.name
    """The name of the model that makes it; see `ModelRequest`."""

    def __post_init__(self) -> None:
        spec = self.spec
        self._set("prompt", _checked_prompt(self.prompt, spec))
        if self.image_url is not None:
            self._set("image_url", check_source_url(self.image_url, loopback_service=True))
        self._set("image_size", _checked_size(self.image_size, spec, edit=self.is_edit))
        formats = spec.output_formats
        self._set("output_format", _checked_choice("output_format", self.output_format, formats))
        self._set("seed", _checked_seed(self.seed, spec))
        self._set("nsfw_checker", checked_truth("nsfw_checker", self.nsfw_checker))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        # A pickle of an earlier version may hold a prompt in another form, and the key of that.
        for one in fields(self):
            if one.name in state:
                self._set(one.name, state[one.name])
        self.__post_init__()

    @classmethod
    def from_fields(cls, given: Mapping[str, Any]) -> Self:
        """Make a request from a mapping that may hold anything.

        Raises
        ------
        InvalidRequest
            Also for a name that is not a field.
        """
        refuse_unknown((name for name in given if name not in _KNOWN), FIELD_NAMES)
        if "prompt" not in given:
            raise InvalidRequest("There is no prompt.", "Describe the image.", field="prompt")
        chosen: dict[str, Any] = dict(given)
        model = plain(chosen.pop("model", QWEN_IMAGE_2.name))
        if isinstance(model, str) and model == QWEN_IMAGE_2.name:
            return cls(**chosen)
        return cast("Self", ModelRequest(**chosen, model=model))

    @classmethod
    def recorded(cls, given: Mapping[str, Any]) -> "GenerationRequest":
        """A request as a journal has it. Names of a newer version are passed over.

        One of another model than the default one is taken as it stands: that model may not be registered here, or have
        other limits by now, and its picture is found and shown all the same.

        Raises
        ------
        InvalidRequest
            If it cannot have been one.
        """
        known = {name: value for name, value in given.items() if name in _KNOWN}
        if known.get("model", QWEN_IMAGE_2.name) == QWEN_IMAGE_2.name:
            return _as_recorded(known) or cls.from_fields(known)
        request = object.__new__(ModelRequest)
        for one in fields(ModelRequest):
            request._set(one.name, known.get(one.name, one.default))
        request._set("prompt", normal_prompt(request.prompt))
        if request.image_url is not None:
            check_source_url(request.image_url, loopback_service=True)
        return request

    @property
    def spec(self) -> ModelSpec:
        """What its model takes and makes.

        Raises
        ------
        InvalidRequest
            If that is not registered here.
        """
        return model_named(self.model)

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
        return {"model": self.spec.name} | {k: v for k, v in self.to_fields().items() if v is not None}

    @cached_property
    def key(self) -> str:
        """The request's identity: equal requests, and only they, have equal keys (32 hex digits).

        A key is the same in every version: see `qwen_notebook.reapi.request_key`.
        """
        return key_of(self)


def _as_recorded(given: Mapping[str, Any]) -> GenerationRequest | None:
    """A request whose fields are as a request holds them, as nearly all in a journal are; None for any other.

    It is the one that `GenerationRequest.from_fields` makes, in a tenth of the time: of a hundred thousand that counts.
    """
    values = {name: given.get(name, default) for name, default in _DEFAULTS.items()}
    prompt, seed = values["prompt"], values["seed"]
    if (
        type(prompt) is str
        and 0 < len(prompt) <= _SURELY_SHORT
        and is_normal_prompt(prompt)
        and not prompt.isspace()
        and not has_half_character(prompt)
        and values["image_url"] is None
        and type(values["image_size"]) is str
        and values["image_size"] in _TEXT_SIZES
        and type(values["output_format"]) is str
        and values["output_format"] in QWEN_IMAGE_2.output_formats
        and (seed is None or (type(seed) is int and 0 <= seed <= QWEN_IMAGE_2.seed_max))
        and type(values["nsfw_checker"]) is bool
    ):
        request = object.__new__(GenerationRequest)
        request.__dict__.update(values)
        return request
    return None


_DEFAULTS = {one.name: one.default for one in fields(GenerationRequest)}
_TEXT_SIZES = frozenset(QWEN_IMAGE_2.text_sizes)
_SURELY_SHORT = QWEN_IMAGE_2.prompt_limit // 2
"""Characters of a prompt that is short enough, whatever it is written in."""
FIELD_NAMES = tuple(one.name for one in fields(GenerationRequest))
"""What may be asked of every model."""
_KNOWN = frozenset({*FIELD_NAMES, "model"})


@always_printable
@dataclass(frozen=True, kw_only=True)
class ModelRequest(GenerationRequest):
    """A request to another model than the default one. Made by `GenerationRequest.from_fields`.

    Only here is the model one of the fields: what was asked of the default model keeps the key, and stands in journals
    and files, as it did when there was no other.
    """

    image_size: Any = None
    """None for that model's default."""
    model: str = field()  # pyright: ignore[reportIncompatibleVariableOverride]

    def __post_init__(self) -> None:
        if self.image_size is None:
            self._set("image_size", self.spec.default_size)
        super().__post_init__()

    def to_fields(self) -> dict[str, Any]:
        """All fields by name, the model among them, as JSON can hold them."""
        return super().to_fields() | {"model": self.model}


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


def _checked_prompt(given: object, spec: ModelSpec) -> str:
    prompt = plain(given)
    if not isinstance(prompt, str):
        raise InvalidRequest(
            f"The prompt is a {type(given).__name__}, not text.", "Describe the image.", field="prompt"
        )
    if not prompt.strip():
        raise InvalidRequest("The prompt is empty.", "Describe the image.", field="prompt")
    refuse_half_characters(prompt, "The prompt", "prompt")
    normal = normal_prompt(prompt)
    units, limit = spec.prompt_units(normal), spec.prompt_limit
    if units <= limit:
        return normal
    if spec.prompt_units(prompt) <= limit:
        return (
            prompt  # a few letters are longer when composed, and that makes no prompt too long that was not
        )
    over = units - limit
    counted = " (an emoji counts as two)" if spec.prompt_units("🚀") == 2 else ""
    raise InvalidRequest(
        f"The prompt is {over} character{'s' if over > 1 else ''} too long: {units} of {limit}{counted}.",
        "Shorten it.",
        field="prompt",
    )


def _checked_size(given: object, spec: ModelSpec, *, edit: bool) -> str:
    if edit and not spec.edit_pixels:
        raise InvalidRequest(
            f"{spec.label} edits no images.",
            "Leave out image_url, or choose another model.",
            field="image_url",
        )
    size = _checked_choice("image_size", given, spec.image_sizes)
    if edit and size not in spec.edit_pixels:
        raise InvalidRequest(
            f"image_size {size!r} is for new images only.",
            f"Choose one of {_listed(spec.edit_pixels)}.",
            field="image_size",
        )
    if not edit and size not in spec.text_pixels:
        raise InvalidRequest(
            f"image_size {size!r} is for edits only.",
            f"Give an image_url to edit, or choose one of {_listed(spec.text_sizes)}.",
            field="image_size",
        )
    return size


def _checked_choice(name: str, given: object, choices: tuple[str, ...]) -> str:
    choice = plain(given)
    if not isinstance(choice, str) or choice not in choices:
        raise InvalidRequest(f"{name} is {shown(given)}.", f"Choose one of {_listed(choices)}.", field=name)
    return choice


def _checked_seed(seed: object, spec: ModelSpec) -> int | None:
    if seed is None:
        return None
    todo = f"Give a whole number from 0 to {spec.seed_max}, or none."
    number = whole_number(seed)
    if number is None:
        what = "." if truth(seed) is not None else ", which is not a whole number."
        raise InvalidRequest(f"The seed is {shown(seed)}{what}", todo, field="seed")
    if not 0 <= number <= spec.seed_max:
        raise InvalidRequest("The seed is out of range.", todo, field="seed")
    return number


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
