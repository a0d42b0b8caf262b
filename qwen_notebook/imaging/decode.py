"""Opens a picture's file by rules of our own, whatever other code has set in the process."""

from dataclasses import dataclass

from PIL import Image

from qwen_notebook.imaging import jpeg, png

MAX_PIXELS = 64_000_000
"""Some sixteen times the largest picture that the model makes; more is taken for a decompression bomb."""


class NotAnImage(ValueError):
    """It is not an image that may be opened; its words say why."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """An image that was decoded to its last pixel.

    Attributes
    ----------
    image
        The pixels.
    format
        ``png`` or ``jpeg``.
    clean
        The file as any reader takes it: the same bytes, or without what is damaged around the pixels.
    """

    image: Image.Image
    format: str
    clean: bytes


def decode(content: bytes) -> Decoded:
    """Decode an image file whole.

    Parameters
    ----------
    content
        A PNG or JPEG file.

    Raises
    ------
    NotAnImage
        If it is not a PNG or JPEG, is damaged, or is larger than may be opened.
    """
    if content.startswith(png.SIGNATURE):
        kind, reader = "png", png
    elif content.startswith(jpeg.SIGNATURE):
        kind, reader = "jpeg", jpeg
    else:
        raise NotAnImage(f"What arrived is not a PNG or JPEG image ({_looks_like(content)}).")
    try:
        width, height = reader.size_of(content)
        if width * height > MAX_PIXELS:
            raise NotAnImage(f"The image claims {width}×{height} pixels, which is more than may be opened.")
        image, clean = reader.read(content)
    except NotAnImage:
        raise
    except (ValueError, OSError) as error:
        raise NotAnImage(f"The image is damaged ({error}).") from None
    return Decoded(image, kind, clean)


def _looks_like(content: bytes) -> str:
    if not content:
        return "it is empty"
    if content.lstrip()[:1] == b"<":
        return "it looks like a web page"
    return f"it begins with {content[:8]!r}"
