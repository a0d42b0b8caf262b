"""What a caller may ask for: the body of a submit, checked as the service checks it."""

from dataclasses import asdict, dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.models import QWEN_IMAGE_2, find_model, model_named

from .api_error import ApiError
from .assumed import Assumed

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """A submit that the service accepts, with its defaults filled in."""

    prompt: str
    model: str = QWEN_IMAGE_2.name
    image_url: str | None = None
    image_size: str = QWEN_IMAGE_2.default_size
    output_format: str = "png"
    seed: int | None = None
    nsfw_checker: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the picture."""
        return model_named(self.model).pixels(self.image_size, edit=self.image_url is not None)

    def as_dict(self) -> dict[str, Any]:
        """The order as JSON."""
        return asdict(self)


def read_request(body: object, assumed: Assumed) -> SubmitRequest:
    """Check the body of a submit.

    Parameters
    ----------
    body
        The body, as parsed from JSON.
    assumed
        Which status and code a wrong value has.

    Returns
    -------
    Order
        The order. Fields that the service does not know are ignored.

    Raises
    ------
    Refusal
        If the service would not take it.
    """

    def wrong(message: str) -> ApiError:
        return ApiError(assumed.invalid_status, assumed.invalid_code, message)

    if not isinstance(body, dict):
        raise wrong("Request body must be a JSON object")
    fields = cast("dict[str, Any]", body)
    for name in ("model", "prompt"):
        if fields.get(name) in (None, ""):
            raise ApiError(400, contract.CODE_MISSING_PARAMETER, f"Missing required parameter: {name}")

    spec = find_model(fields["model"])
    if spec is None:
        raise wrong(f"Unknown model: {str(fields['model'])[:100]}")
    prompt = fields["prompt"]
    if not isinstance(prompt, str):
        raise wrong("prompt must be a string")
    if spec.prompt_units(prompt) > spec.prompt_limit:
        raise wrong(f"prompt must be at most {spec.prompt_limit} characters")

    image_url = fields.get("image_url")
    if image_url is not None and not (isinstance(image_url, str) and _is_public(image_url)):
        raise wrong("image_url must be one public https URL")
    image_size = fields.get("image_size", spec.default_size)
    if image_size not in spec.image_sizes:
        raise wrong(f"image_size must be one of {', '.join(spec.image_sizes)}")
    if image_url is None and image_size not in spec.text_pixels:
        raise wrong(f"image_size {image_size} needs image_url")
    if image_url is not None and image_size not in spec.edit_pixels:
        raise wrong(f"image_size {image_size} is not for edits")
    output_format = fields.get("output_format", "png")
    if output_format not in spec.output_formats:
        raise wrong(f"output_format must be one of {', '.join(spec.output_formats)}")
    seed = fields.get("seed")
    if seed is not None and (type(seed) is not int or not 0 <= seed <= spec.seed_max):
        raise wrong(f"seed must be an integer from 0 to {spec.seed_max}")
    nsfw_checker = fields.get("nsfw_checker", False)
    if not isinstance(nsfw_checker, bool):
        raise wrong("nsfw_checker must be a boolean")

    return SubmitRequest(
        prompt=prompt,
        model=spec.name,
        image_url=image_url,
        image_size=image_size,
        output_format=output_format,
        seed=seed,
        nsfw_checker=nsfw_checker,
    )


def _is_public(url: str) -> bool:
    """Tell a URL that the service could fetch; a simulator on a port also takes its own, which is http."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS))
