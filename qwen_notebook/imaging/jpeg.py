"""JPEG files, read by their own structure.

Source: ITU-T T.81, B (segments); the APP segments by JFIF 1.02 and Adobe's technical note 5116.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from qwen_notebook.imaging import codec

SIGNATURE = b"\xff\xd8"
APP0, APP1, APP2, APP11, APP14, COMMENT = 0xE0, 0xE1, 0xE2, 0xEB, 0xEE, 0xFE
SCAN, _END = 0xDA, b"\xff\xd9"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = (0xC0, 0xC1)
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without data."""
_MODES = {1: ("L", "L"), 3: ("RGB", "RGB"), 4: ("CMYK", "CMYK;I")}  # of four, Adobe's convention: inverted
_PROFILE = b"ICC_PROFILE\0"
_PROFILE_PART = 65_519
"""Bytes of a colour profile that one segment holds."""
_LEAST = {(APP0, b"JFIF"): 7, (APP14, b"Adobe"): 12, (APP2, _PROFILE): 14}
"""Bytes without which a reader refuses the whole file, by marker and beginning."""
_MOST_OPTIMIZED = 1 << 18
"""Pixels of an image whose file is made as small as can be: that takes a buffer for the whole file."""
_GUESSES = (b"", bytes(64), b"\x55" * 64)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its marker, its data, and where it stands in the file."""

    marker: int
    data: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What a JPEG file says of its pixels."""

    width: int
    height: int
    components: int
    is_sequential: bool


def segments(content: bytes) -> Iterator[Segment]:
    """The segments of a JPEG file up to the header of its first scan."""
    at = len(SIGNATURE)
    while True:
        start = content.find(b"\xff", at)  # what stands between segments is passed over, as other readers do
        if start < 0:
            return
        at = start + 1
        while content[at : at + 1] == b"\xff":
            at += 1
        if at + 3 > len(content):
            return
        marker = content[at]
        if marker == 0 or marker in _ALONE:
            at += 1
            continue
        if marker == _END[1]:
            return
        end = at + 1 + int.from_bytes(content[at + 1 : at + 3], "big")
        yield Segment(marker, content[at + 3 : end], start, end)
        if marker == SCAN or end < at + 3:
            return
        at = end


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, before anything is decoded.

    Raises
    ------
    ValueError
        If no header says them.
    """
    frame = _frame(segments(content))
    return frame.width, frame.height


def read(content: bytes) -> tuple[Image.Image, bytes]:
    """Decode a JPEG file to its last pixel.

    Returns
    -------
    image : Image.Image
        The pixels; `info` has the colour profile and the like.
    clean : bytes
        The file as any reader takes it: the same, or without what is damaged around the pixels. A file that carries
        C2PA is always the same.

    Raises
    ------
    ValueError
        If not every pixel is there.
    """
    found = list(segments(content))
    frame = _frame(found)
    image, whole = _pixels(frame, content, found)
    image.format = "JPEG"
    _tell(image, found)
    damaged = [s for s in found if _is_damaged(s)]
    if any(s.marker == APP11 for s in found):
        return image, content
    for s in reversed(damaged):
        whole = whole[: s.start] + whole[s.end :]
    return image, whole


def write(image: Image.Image, quality: int) -> bytes:
    """A JPEG file of a grey or RGB image, with its colour profile."""
    is_small = image.width * image.height <= _MOST_OPTIMIZED
    content = codec.encode(image, "jpeg", image.mode, quality, 0, 0, int(is_small))
    profile = _profile_segments(image.info.get("icc_profile") or b"")
    at = 4 + int.from_bytes(content[4:6], "big")  # after JFIF, which wants to stay first
    return content[:at] + profile + content[at:] if profile else content


def _profile_segments(profile: bytes) -> bytes:
    parts = [profile[at : at + _PROFILE_PART] for at in range(0, len(profile), _PROFILE_PART)]
    if len(parts) > 255:
        return b""
    return b"".join(
        bytes((0xFF, APP2))
        + (16 + len(part)).to_bytes(2, "big")
        + _PROFILE
        + bytes((number, len(parts)))
        + part
        for number, part in enumerate(parts, 1)
    )


def _frame(found: Sequence[Segment] | Iterator[Segment]) -> Frame:
    for s in found:
        if s.marker in _FRAMES and len(s.data) >= 6:
            precision, components = s.data[0], s.data[5]
            height, width = int.from_bytes(s.data[1:3], "big"), int.from_bytes(s.data[3:5], "big")
            if precision != 8 or components not in _MODES or not width or not height:
                raise ValueError("its header makes no sense")
            return Frame(width, height, components, s.marker in _SEQUENTIAL)
    raise ValueError("it has no header")


def _pixels(frame: Frame, content: bytes, found: Sequence[Segment]) -> tuple[Image.Image, bytes]:
    """The image, and the file with its end, where that alone was missing."""
    try:
        return _decoded(frame, content), content
    except codec.EndsTooEarly:
        scan = [s for s in found if s.marker == SCAN]
        # With one scan of everything, the end may be missing and all pixels be there; with several, who knows.
        if not scan or not frame.is_sequential or scan[0].data[:1] != bytes((frame.components,)):
            raise
        rest = content.removesuffix(b"\xff")
        images = [_decoded(frame, rest + more + _END) for more in _GUESSES]
        # If pixels were missing, they would come out differently with each continuation.
        if any(image.tobytes() != images[0].tobytes() for image in images[1:]):
            raise
        return images[0], rest + _END


def _decoded(frame: Frame, content: bytes) -> Image.Image:
    mode, raw_mode = _MODES[frame.components]
    image = Image.new(mode, (frame.width, frame.height))
    codec.decode(image, [content], "jpeg", raw_mode, "")
    return image


def _is_damaged(s: Segment) -> bool:
    return any(
        s.marker == marker and s.data.startswith(beginning) and len(s.data) < least
        for (marker, beginning), least in _LEAST.items()
    )


def _tell(image: Image.Image, found: Sequence[Segment]) -> None:
    """Put what stands around the pixels into `info`, in Pillow's words."""
    profile: list[bytes] = []
    for s in found:
        if s.marker == APP1 and s.data.startswith(b"Exif\0\0"):
            image.info.setdefault("exif", s.data)
        elif s.marker == APP1 and s.data.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            image.info["xmp"] = s.data.split(b"\0", 1)[1]
        elif s.marker == APP2 and s.data.startswith(_PROFILE) and not _is_damaged(s):
            profile.append(s.data)
        elif s.marker == COMMENT:
            image.info["comment"] = s.data
        elif s.marker == APP0 and s.data.startswith(b"JFIF") and len(s.data) >= 12:
            unit = {1: 1.0, 2: 2.54}.get(s.data[7])
            if unit is not None:
                x, y = int.from_bytes(s.data[8:10], "big"), int.from_bytes(s.data[10:12], "big")
                image.info["dpi"] = (x * unit, y * unit)
    if profile and profile[0][13] == len(profile):
        image.info["icc_profile"] = b"".join(s[14:] for s in sorted(profile))
