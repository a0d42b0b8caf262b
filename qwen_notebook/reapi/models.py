"""What is of a model: its name, its shapes, its limits and its price. A second model is one more `ModelSpec`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.prompt_text import prompt_units
from qwen_notebook.reapi.reprs import always_printable

ImageSize = Literal["1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "21:9"]
OutputFormat = Literal["png", "jpeg"]

MODEL_NAME = r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,99}"
SHAPE = r"[1-9][0-9]{0,3}:[1-9][0-9]{0,3}"
_MOST_PIXELS = 100_000
LONGEST_PROMPT = 20_000
LARGEST_SEED = 2**53 - 1
"""No model's seeds are larger: those not every part of a notebook can keep."""


@always_printable
@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """What one model takes and makes.

    Parameters
    ----------
    name
        As it is sent to the service, and as it stands in journals.
    label
        For people.
    text_pixels
        The aspect ratios of new images, with the width and height in pixels that each comes in.
    edit_pixels
        The same for edits; empty for a model that edits nothing.
    default_size
        The shape where none is asked for: one of `text_pixels`.
    output_formats
        ``png``, ``jpeg``, or both.
    prompt_limit
        Longest prompt, in the units that `prompt_units` counts.
    prompt_units
        The length of a prompt as the service counts it: UTF-16 code units unless told otherwise.
    seed_max
        Seeds go from 0 to this.
    price
        Credits an image when last looked at; None where that is not known.

    Raises
    ------
    InvalidRequest
        If the parts do not fit each other.

    Examples
    --------
    >>> ModelSpec(name="sketch-1", label="Sketch", text_pixels={"1:1": (512, 512)}, default_size="1:1").image_sizes
    ('1:1',)
    """

    name: str
    label: str
    text_pixels: Mapping[str, tuple[int, int]]
    edit_pixels: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    default_size: str
    output_formats: tuple[str, ...] = ("png", "jpeg")
    prompt_limit: int = 800
    prompt_units: Callable[[str], int] = prompt_units
    seed_max: int = 2**31 - 1
    price: int | None = None

    def __post_init__(self) -> None:
        for name in ("text_pixels", "edit_pixels"):
            object.__setattr__(self, name, dict(getattr(self, name)))
        object.__setattr__(self, "output_formats", tuple(self.output_formats))
        for part, fits, todo in (
            ("name", _is_like(MODEL_NAME, self.name), "Give it in letters, digits, dots and dashes."),
            (
                "text_pixels",
                _are_sizes(self.text_pixels),
                "Map each ratio, as in 16:9, to width and height in pixels.",
            ),
            (
                "edit_pixels",
                _are_sizes(self.edit_pixels),
                "Map each ratio, as in 16:9, to width and height in pixels.",
            ),
            ("default_size", self.default_size in self.text_pixels, "Give one of text_pixels."),
            (
                "output_formats",
                self.output_formats and {*self.output_formats} <= {"png", "jpeg"},
                "Give png, jpeg, or both.",
            ),
            ("prompt_limit", 0 < self.prompt_limit <= LONGEST_PROMPT, f"Give 1 to {LONGEST_PROMPT}."),
            ("seed_max", 0 < self.seed_max <= LARGEST_SEED, f"Give 1 to {LARGEST_SEED}."),
        ):
            if not fits:
                value = shown(getattr(self, part))
                raise InvalidRequest(f"{part} of a model is {value}.", todo, field=part)

    @property
    def text_sizes(self) -> tuple[str, ...]:
        """The shapes of new images."""
        return tuple(self.text_pixels)

    @property
    def edit_only_sizes(self) -> tuple[str, ...]:
        """The shapes that only edits take."""
        return tuple(size for size in self.edit_pixels if size not in self.text_pixels)

    @property
    def image_sizes(self) -> tuple[str, ...]:
        """All shapes."""
        return (*self.text_sizes, *self.edit_only_sizes)

    def pixels(self, image_size: str, *, edit: bool) -> tuple[int, int]:
        """Width and height in pixels of an image of this shape."""
        return (self.edit_pixels if edit else self.text_pixels)[image_size]


def _is_like(pattern: str, text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None


def _are_sizes(pixels: Mapping[str, tuple[int, int]]) -> bool:
    return all(
        _is_like(SHAPE, size) and 0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS
        for size, (width, height) in pixels.items()
    )


DEFAULT_SIZE: Final[ImageSize] = "16:9"
"""The shape of the default model where none is asked for."""
QWEN_IMAGE_2: Final = ModelSpec(
    name="qwen-image-2",
    label="Qwen Image 2",
    # What Alibaba recommends: not exact ratios, and not promised.
    text_pixels={
        "1:1": (2048, 2048),
        "3:4": (1728, 2368),
        "4:3": (2368, 1728),
        "9:16": (1536, 2688),
        "16:9": (2688, 1536),
    },
    edit_pixels={
        "1:1": (1536, 1536),
        "3:4": (1080, 1440),
        "4:3": (1440, 1080),
        "9:16": (1080, 1920),
        "16:9": (1920, 1080),
        "2:3": (1024, 1536),
        "3:2": (1536, 1024),
        "21:9": (2048, 872),
    },
    default_size=DEFAULT_SIZE,
    prompt_limit=800,  # the unit is assumed: the stricter reading
    price=31,  # when last looked at (July 2026): a default for settings, never a constant in a formula
)
"""The model that a studio works with unless told otherwise."""
_models: dict[str, ModelSpec] = {QWEN_IMAGE_2.name: QWEN_IMAGE_2}


def register_model(spec: ModelSpec) -> None:
    """Make a model known, so that studios can work with it.

    A kernel that opens a folder later knows its pictures also without this; to make more of them there, register the
    model there too. Registered again, it is replaced.

    Raises
    ------
    InvalidRequest
        If the model is no `ModelSpec`, or would replace the one that is built in.

    Examples
    --------
    >>> register_model(
    ...     ModelSpec(name="sketch-1", label="Sketch", text_pixels={"1:1": (512, 512)}, default_size="1:1", price=4)
    ... )
    >>> qn.Studio("sketches", model="sketch-1").generate("a red fox")  # doctest: +SKIP
    """
    if not isinstance(cast("object", spec), ModelSpec):
        raise InvalidRequest(f"{shown(spec)} is not a model.", "Give a qn.ModelSpec.", field="spec")
    if spec.name == QWEN_IMAGE_2.name:
        raise InvalidRequest(
            f"The model {spec.name!r} is built in.", "Give yours another name.", field="name"
        )
    _models[spec.name] = spec


def find_model(name: object) -> ModelSpec | None:
    """The model of this name; None where none is registered."""
    return _models.get(name) if isinstance(name, str) else None


def model_named(name: object) -> ModelSpec:
    """The model of this name.

    Raises
    ------
    InvalidRequest
        If none is registered.
    """
    spec = find_model(name)
    if spec is None:
        raise InvalidRequest(
            f"There is no model {shown(name)} here.",
            f"Choose from {', '.join(_models)}, or register it: qn.register_model(qn.ModelSpec(…)).",
            field="model",
        )
    return spec


def all_sizes() -> tuple[str, ...]:
    """The shapes of all models, those of the default one first."""
    return tuple(dict.fromkeys(size for spec in _models.values() for size in spec.image_sizes))
