"""A preview, and a copy in the other format, look as viewers show the file."""

import io
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageOps, ImageStat

from qwen_notebook.imaging.decode import decode
from qwen_notebook.imaging.inspection import PREVIEW_SIDE, inspect
from qwen_notebook.studio.picture import picture_of
from qwen_notebook.studio.saving import save_picture
from qwen_notebook.studio.storage import Storage
from tests.support.image_files import chunk, header
from tests.support.jobs import saved_record

GRADIENT = Image.linear_gradient("L").resize((600, 300)).convert("RGB")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# Its red and its green change places: who minds it sees the other colour.
SWAPPED = SRGB.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)
RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


def file(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 95} if kind == "JPEG" else {}), **more)
    return out.getvalue()


def png(depth: int, colour: int, row: bytes, width: int, *extra: bytes, height: int = 40) -> bytes:
    """A PNG file of one row again and again."""
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + row) * height))
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", header(width, height, depth, colour), *extra, pixels, chunk(b"IEND", b""))
    )


def preview(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(inspect(content).preview))


def near(colour: object, wanted: tuple[int, int, int], by: int = 6) -> bool:
    assert isinstance(colour, tuple)
    return len(colour) == 3 and all(abs(one - other) <= by for one, other in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_as_exif_asks_for(kind: str, orientation: int) -> None:
    source = GRADIENT.copy()
    source.paste(RED, (0, 0, 300, 80))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = file(source, kind, exif=exif)
    seen, wanted = preview(content), ImageOps.exif_transpose(Image.open(io.BytesIO(content)))

    assert max(seen.size) == PREVIEW_SIDE
    assert (seen.width > seen.height) == (wanted.width > wanted.height)
    for x, y in ((0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)):
        there = wanted.convert("RGB").getpixel((int(x * wanted.width), int(y * wanted.height)))
        assert near(seen.getpixel((int(x * seen.width), int(y * seen.height))), there, 12)
    inspected = inspect(content)
    assert (inspected.width, inspected.height) == source.size == decode(content).image.size


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"]
)
def test_damaged_exif_turns_nothing(exif: bytes) -> None:
    assert preview(file(GRADIENT, "JPEG", exif=exif)).size == (384, 192)


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_sixteen_bits_are_as_bright_as_eight(colour: int) -> None:
    channels = {0: 1, 2: 3, 4: 1, 6: 3}[colour]
    alpha = b"\xff\xff" if colour in (4, 6) else b""
    row = b"".join((x * 109).to_bytes(2, "big") * channels + alpha for x in range(600))

    assert ImageStat.Stat(preview(png(16, colour, row, 600)).convert("L")).mean[0] == pytest.approx(
        128, abs=2
    )


@pytest.mark.parametrize(
    "content",
    [
        png(16, 0, b"\x12\x34\x12\x35" * 8 + b"\x12\x34" * 24, 40, chunk(b"tRNS", b"\x12\x34")),
        png(16, 4, b"\x00\x00\xff\xff" * 8 + b"\0\0\0\0" * 32, 40),
        png(8, 0, b"\x12" * 8 + b"\x10" * 32, 40, chunk(b"tRNS", b"\0\x10")),
        png(8, 4, b"\x00\xff" * 8 + b"\0\0" * 32, 40),
        png(8, 3, b"\0" * 8 + b"\1" * 32, 40, chunk(b"PLTE", bytes(6)), chunk(b"tRNS", b"\xff\0")),
        png(1, 0, b"\xff\0\0\0\0", 40, chunk(b"tRNS", b"\0\0")),
        png(8, 2, b"\0\0\1" * 8 + b"\0\0\0" * 32, 40, chunk(b"tRNS", bytes(6))),
        png(8, 6, b"\0\0\1\xff" * 8 + b"\0\0\0\0" * 32, 40),
    ],
    ids=["grey 16", "grey-alpha 16", "grey", "grey-alpha", "palette", "one bit", "rgb", "rgba"],
)
def test_what_is_clear_is_white(content: bytes) -> None:
    assert near(preview(content).getpixel((35, 20)), WHITE)


def test_where_sixteen_bits_are_not_the_clear_colour_they_are_seen() -> None:
    row = b"\x12\x34" * 20 + b"\x12\x35" * 20
    seen = preview(png(16, 0, row, 40, chunk(b"tRNS", b"\x12\x34")))

    assert near(seen.getpixel((5, 20)), WHITE)
    assert near(seen.getpixel((35, 20)), (0x12,) * 3)


class TestColours:
    @pytest.mark.parametrize(
        ("mode", "kind"), [("RGB", "PNG"), ("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "PNG")]
    )
    def test_a_profile_is_minded_and_the_preview_needs_none(self, mode: str, kind: str) -> None:
        source = Image.new("RGB", (90, 60), RED).convert(mode)
        seen = preview(file(source, kind, icc_profile=SWAPPED))

        assert near(seen.convert("RGB").getpixel((40, 30)), GREEN, 12)
        assert "icc_profile" not in seen.info

    def test_a_profile_that_cannot_be_used_is_kept_where_it_may_be_right(self) -> None:
        broken = SRGB[:200] + bytes(len(SRGB) - 200)
        seen = preview(file(Image.new("RGB", (90, 60), RED), "PNG", icc_profile=broken))

        assert near(seen.getpixel((40, 30)), RED)
        assert seen.info["icc_profile"] == broken

    def test_a_large_profile_is_kept_whole(self) -> None:
        broken = SRGB[:200] + bytes(200_000)
        assert preview(file(GRADIENT, "PNG", icc_profile=broken)).info["icc_profile"] == broken

    @pytest.mark.parametrize("mode", ["L", "CMYK"])
    def test_one_for_other_colours_is_passed_over(self, mode: str) -> None:
        image = Image.new("RGB", (90, 60), (90, 90, 90)).convert(mode)
        plain, with_profile = (
            preview(file(image, "JPEG", **more)) for more in ({}, {"icc_profile": SWAPPED})
        )

        assert plain.tobytes() == with_profile.tobytes()
        assert "icc_profile" not in with_profile.info

    def test_cmyk_is_not_inverted(self) -> None:
        seen = preview(file(Image.new("RGB", (90, 60), RED).convert("CMYK"), "JPEG"))
        assert near(seen.getpixel((40, 30)), RED, 12)

    @pytest.mark.parametrize(
        ("extra", "wanted"),
        [
            ((chunk(b"gAMA", (100_000).to_bytes(4, "big")),), 186),
            ((chunk(b"gAMA", (45_455).to_bytes(4, "big")),), 128),
            ((chunk(b"gAMA", bytes(4)),), 128),
            ((chunk(b"sRGB", b"\0"), chunk(b"gAMA", (100_000).to_bytes(4, "big"))), 128),
        ],
        ids=["linear", "as on screens", "nothing", "sRGB"],
    )
    @pytest.mark.parametrize("colour", [0, 2])
    def test_the_gamma_of_a_png_is_minded(self, extra: tuple[bytes, ...], wanted: int, colour: int) -> None:
        seen = preview(png(8, colour, b"\x80" * 40 * (3 if colour else 1), 40, *extra))
        assert near(seen.getpixel((20, 20)), (wanted,) * 3, 3)


@pytest.mark.parametrize(("kind", "other"), [("JPEG", "png"), ("PNG", "jpg")])
def test_a_copy_in_the_other_format_looks_like_the_file(tmp_path: Path, kind: str, other: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = file(Image.new("RGB", (90, 60), RED), kind, exif=exif, icc_profile=SWAPPED)
    record = saved_record(sha256=None)
    store = Storage(tmp_path)
    picture = picture_of(
        replace(record, **save_picture(store, record, content)),
        store,
        None,  # type: ignore[arg-type]
    )
    with Image.open(picture.save(tmp_path / f"copy.{other}")) as copy:
        assert (copy.size, copy.info.get("icc_profile")) == ((60, 90), None)
        assert near(copy.getpixel((30, 40)), GREEN, 12)
    assert picture.image.size == picture.size == (90, 60)
    with Image.open(picture.save(tmp_path / picture.name)) as same:
        assert (same.size, same.info["icc_profile"]) == ((90, 60), SWAPPED)
