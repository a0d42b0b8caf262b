"""Whether what arrived is an image that may be opened, found out before it is called saved."""

import hashlib
from dataclasses import dataclass

from PIL import Image

from qwen_notebook.errors import BadImage
from qwen_notebook.studio import jpeg
from qwen_notebook.studio.decoding import NotAnImage, decode

PREVIEW_SIDE = 384
_PREVIEW_QUALITY = 82


@dataclass(frozen=True)
class Inspected:
    """An image that was decoded to its last pixel.

    Attributes
    ----------
    sha256
        Of the file as it was received.
    preview
        A JPEG with a long side of 384 pixels.
    clean
        The file to save: the same, or without what is damaged around the pixels, so that any reader opens it.
    """

    format: str
    width: int
    height: int
    sha256: str
    preview: bytes
    clean: bytes


def inspect(content: bytes) -> Inspected:
    """Decode an image file whole and make its preview.

    Nothing that other code has set in the process has a say in it.

    Parameters
    ----------
    content
        What was downloaded.

    Raises
    ------
    BadImage
        If it is no PNG or JPEG, is damaged, or is larger than may be opened.
    """
    try:
        decoded = decode(content)
    except NotAnImage as error:
        raise BadImage(str(error), "It is fetched again while that can help; the task id is kept.") from None
    width, height = decoded.image.size
    sha256 = hashlib.sha256(content).hexdigest()
    return Inspected(decoded.format, width, height, sha256, preview_of(decoded.image), decoded.clean)


def preview_of(image: Image.Image) -> bytes:
    """A JPEG of an image with a long side of at most 384 pixels, on white where the image is clear."""
    scale = min(1.0, PREVIEW_SIDE / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = _plain(image).resize((width, height), reducing_gap=3.0)
    return jpeg.write(_on_white(small), _PREVIEW_QUALITY)


def flat(image: Image.Image) -> Image.Image:
    """An image as RGB of eight bits, on white where it is clear."""
    return _on_white(_plain(image))


def _plain(image: Image.Image) -> Image.Image:
    """An image in a mode that can be scaled and shown."""
    if image.mode == "I;16":
        # Pillow would cut off what is brighter than 255.
        grey = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        grey.info.pop("transparency", None)
        return grey
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, mask=image.getchannel("A"))
    return ground
