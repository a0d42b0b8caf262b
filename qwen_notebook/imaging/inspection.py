"""Whether what arrived is an image that may be opened, found out before it is called saved."""

import hashlib
from dataclasses import dataclass

from PIL import Image

from qwen_notebook.errors import BadImage
from qwen_notebook.imaging import jpeg
from qwen_notebook.imaging.appearance import as_shown
from qwen_notebook.imaging.decode import NotAnImage, decode

PREVIEW_SIDE = 384
_PREVIEW_QUALITY = 82


@dataclass(frozen=True)
class Inspected:
    """An image that was decoded to its last pixel.

    Attributes
    ----------
    width, height
        Of the pixels as they stand in the file, in pixels; only the preview is turned as the file asks for.
    sha256
        Of the file as it was received.
    image
        Its pixels.
    clean
        The file to save: the same, or without what is damaged around the pixels, so that any reader opens it.
    """

    format: str
    width: int
    height: int
    sha256: str
    image: Image.Image
    clean: bytes

    @property
    def preview(self) -> bytes:
        """What `preview_of` makes of it, each time anew."""
        return preview_of(self.image)


def inspect(content: bytes, sha256: str | None = None) -> Inspected:
    """Decode an image file whole.

    Nothing that other code has set in the process has a say in it.

    Parameters
    ----------
    content
        What was downloaded.
    sha256
        Its hash, where it is known.

    Raises
    ------
    BadImage
        If it is not a PNG or JPEG, is damaged, or is larger than may be opened.
    """
    try:
        decoded = decode(content)
    except NotAnImage as error:
        raise BadImage(str(error), "It is fetched again while that can help; the task id is kept.") from None
    width, height = decoded.image.size
    return Inspected(
        decoded.format,
        width,
        height,
        sha256 or hashlib.sha256(content).hexdigest(),
        decoded.image,
        decoded.clean,
    )


def preview_of(image: Image.Image) -> bytes:
    """A JPEG of an image with a long side of at most 384 pixels, as viewers show the file: see `appearance`."""
    return jpeg.write(as_shown(image, PREVIEW_SIDE), _PREVIEW_QUALITY)
