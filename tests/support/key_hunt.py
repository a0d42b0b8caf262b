"""Looks for the tests' key in what was left behind."""

import base64
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from tests.support.service import KEY


def forms(key: str = KEY) -> list[bytes]:
    """How a key may be written down: as it is, or in base64 at any offset."""
    written = [key.encode(), key.encode("utf-16-le"), key.encode().hex().encode()]
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + key.encode()).rstrip(b"=")
        written.append(whole[4:-4])
    return written


def holding_the_key(folder: Path) -> list[str]:
    """The files below a folder that hold the key, also in a compressed part of an image."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [
        str(path.relative_to(folder))
        for path in files
        if any(form in content for content in _contents(path) for form in forms())
    ]


def _contents(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    try:
        with Image.open(path) as image:
            image.load()
            yield repr(image.info).encode()
    except (UnidentifiedImageError, OSError, zlib.error):
        return
