"""A picture that was paid for is opened by its own pixels alone, whatever else the process has set."""

import io
import warnings
import zlib

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from qwen_notebook.imaging.decode import NotAnImage, decode
from qwen_notebook.imaging.inspection import inspect
from tests.support.image_files import KINDS, SIGNATURE, chunk, header, jpeg, png, rows, wrong

BOMB = zlib.compress(bytes(8 << 20))
PROGRESSIVE = jpeg(progressive=True)
IDAT = zlib.compress(b"".join(rows(33, 21)))


def tamper(monkeypatch: pytest.MonkeyPatch, *, lenient: bool) -> None:
    """Set all that can be set in Pillow against us, one way or the other."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None if lenient else 1)
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 1 << 40 if lenient else 1)
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_MEMORY", 1 << 40 if lenient else 1)
    monkeypatch.setattr(ImageFile, "MAXBLOCK", 1 << 24 if lenient else 16)
    for registry in ("OPEN", "MIME", "SAVE", "EXTENSION", "DECODERS", "ENCODERS"):
        monkeypatch.setattr(Image, registry, {})
    monkeypatch.setattr(Image, "ID", [])


@pytest.fixture(params=["as it comes", "lenient", "strict"])
def _settings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "as it comes":
        tamper(monkeypatch, lenient=request.param == "lenient")


settings = pytest.mark.usefixtures("_settings")


def as_pillow_has_it(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("interlaced", [False, True], ids=["rows", "interlaced"])
@pytest.mark.parametrize("length", [1, 2, 7, 100, 1000])
def test_pixels_may_stand_in_chunks_of_any_length(length: int, interlaced: bool) -> None:
    packed = zlib.compress(b"".join(rows(33, 21, interlaced=interlaced)))
    pieces = [packed[at : at + length] for at in range(0, len(packed), length)]
    chunks = b"".join(chunk(b"IDAT", piece) for piece in (b"", *pieces[:3], b"", *pieces[3:]))
    short = b"".join(chunk(b"IDAT", piece) for piece in pieces if piece not in pieces[-(600 // length + 1) :])
    content = png(33, 21, interlaced=interlaced, pixels=chunks)
    seen = decode(content)

    assert seen.clean is content
    assert seen.image.tobytes() == as_pillow_has_it(content).tobytes()
    with pytest.raises(NotAnImage, match="damaged"):
        decode(png(33, 21, interlaced=interlaced, pixels=short))


@pytest.mark.parametrize("interlaced", [False, True], ids=["rows", "interlaced"])
@pytest.mark.parametrize(("depth", "colour"), KINDS)
@pytest.mark.parametrize("size", [(33, 21), (1, 1), (3, 2), (8, 1)])
def test_every_kind_of_png_has_the_pixels_that_pillow_sees(
    depth: int, colour: int, interlaced: bool, size: tuple[int, int]
) -> None:
    content = png(*size, depth, colour, interlaced=interlaced)
    seen, expected = decode(content), as_pillow_has_it(content)

    assert seen.clean is content
    assert (seen.image.mode, seen.image.size) == (expected.mode, expected.size)
    assert seen.image.tobytes() == expected.tobytes()
    if colour == 3:
        assert seen.image.convert("RGB").tobytes() == expected.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("mode", "params"),
    [
        *(("RGB", {"subsampling": n}) for n in range(3)),
        *((mode, {"progressive": on}) for mode in ("RGB", "L", "CMYK") for on in (True, False)),
        ("RGB", {"restart_marker_rows": 1}),
        ("RGB", {"exif": b"Exif\0\0" + bytes(60_000), "comment": b"c" * 60_000}),
    ],
)
def test_every_kind_of_jpeg_has_the_pixels_that_pillow_sees(mode: str, params: dict[str, object]) -> None:
    content = jpeg(mode, **params)
    seen, expected = decode(content), as_pillow_has_it(content)

    assert (seen.format, seen.clean is content) == ("jpeg", True)
    assert (seen.image.mode, seen.image.tobytes()) == (expected.mode, expected.tobytes())


@pytest.mark.parametrize(
    ("depth", "colour", "clear"),
    [(8, 3, b"\xff\xff\x00\x80"), (8, 3, b"\xff\x00\xff"), (8, 0, b"\0\x07"), (8, 2, b"\0\x01\0\x02\0\x03")],
)
def test_what_is_clear_is_as_pillow_sees_it(depth: int, colour: int, clear: bytes) -> None:
    content = png(depth=depth, colour=colour, before=chunk(b"tRNS", clear))
    seen, expected = decode(content).image, as_pillow_has_it(content)

    assert seen.info["transparency"] == expected.info["transparency"]
    assert seen.convert("RGBA").tobytes() == expected.convert("RGBA").tobytes()


def test_text_profile_and_resolution_are_told_as_pillow_tells_them() -> None:
    words = (
        chunk(b"iCCP", b"p\0\0" + zlib.compress(b"profile"))
        + chunk(b"pHYs", bytes((0, 0, 11, 19)) * 2 + b"\1")
    ) + b"".join(
        (
            chunk(b"tEXt", b"a\0caf\xe9"),
            chunk(b"zTXt", b"b\0\0" + zlib.compress(b"long")),
            chunk(b"iTXt", "c\0\0\0\0\0火星".encode()),
            chunk(b"iTXt", b"d\0\1\0\0\0" + zlib.compress("火".encode())),
            chunk(b"eXIf", b"MM\0*"),
        )
    )
    content = png(before=words)
    info = decode(content).image.info

    assert info == as_pillow_has_it(content).info
    jpeg_content = jpeg(icc_profile=b"profile", dpi=(300, 300), comment=b"hello")
    expected = as_pillow_has_it(jpeg_content).info
    jpeg_info = decode(jpeg_content).image.info
    assert {name: expected[name] for name in jpeg_info} == jpeg_info
    assert set(jpeg_info) == {"icc_profile", "dpi", "comment"}


BROKEN: dict[str, bytes] = {
    "cut in its pixels": png()[:-200],
    "cut before its pixels": SIGNATURE + header(33, 21),
    "last row missing": png(pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21)[:-1])))),
    "most rows missing": png(pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21)[:1])))),
    "last bytes of the last row missing": png(
        pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21))[:-2]))
    ),
    "last pass of an interlaced one missing": png(
        interlaced=True, pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21, interlaced=True)[:-10])))
    ),
    "stream broken": png(pixels=chunk(b"IDAT", IDAT[:40] + b"\xff" * 60 + IDAT[100:])),
    "a bit turned in the pixels": png().replace(IDAT, IDAT[:900] + bytes((IDAT[900] ^ 4,)) + IDAT[901:]),
    "wrong checksum, and none of the pixels' own": png(pixels=wrong(b"IDAT", IDAT[:-4])),
    "no such filter": png(pixels=chunk(b"IDAT", zlib.compress(b"\x09" * len(b"".join(rows(33, 21)))))),
    "header damaged": png().replace(header(33, 21), wrong(b"IHDR", header(33, 21)[8:-4])),
    "no header": SIGNATURE + chunk(b"IDAT", IDAT) + chunk(b"IEND", b""),
    "no such depth": png().replace(header(33, 21), header(33, 21, 3, 2)),
    "no pixels wide": png().replace(header(33, 21), header(0, 21)),
    "no palette": SIGNATURE + header(33, 21, 8, 3) + png(colour=0)[33:],
    "jpeg cut": jpeg()[:-300],
    "jpeg cut by a few bytes": jpeg()[:-7],
    "progressive jpeg cut": jpeg(progressive=True)[:-300],
    "progressive jpeg without its last scan": PROGRESSIVE[: PROGRESSIVE.rindex(b"\xff\xc4")],
    "jpeg without a header": b"\xff\xd8\xff\xd9",
    "jpeg cut in its header": jpeg()[:100],
    "jpeg of no height": jpeg().replace(b"\x08\x00\x3d\x00\x5a\x03", b"\x08\x00\x00\x00\x5a\x03"),
}


@settings
@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_picture_whose_pixels_are_not_all_there_is_never_taken(content: bytes) -> None:
    with pytest.raises(NotAnImage, match="damaged"):
        decode(content)


SOUND: dict[str, bytes] = {
    "text with a wrong checksum": png(before=wrong(b"tEXt", b"a\0b"), after=wrong(b"tEXt", b"c\0d")),
    "compressed text that is a bomb": png(before=chunk(b"zTXt", b"a\0\0" + BOMB)),
    "international text that is a bomb": png(after=chunk(b"iTXt", b"a\0\1\0\0\0" + BOMB)),
    "profile that is a bomb": png(before=chunk(b"iCCP", b"a\0\0" + BOMB)),
    "profile without an end": png(before=chunk(b"iCCP", b"a")),
    "text in an unknown compression": png(before=chunk(b"zTXt", b"a\0\x07abc")),
    "much text": png(before=chunk(b"tEXt", b"a\0" + b"x" * (1 << 20)) * 70),
    "chunks that are too short": png(
        before=b"".join(chunk(name, b"") for name in (b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"tRNS"))
    ),
    "animation out of order": png(before=chunk(b"acTL", bytes(8)) + chunk(b"fcTL", b"\0\0\0\5" + bytes(22))),
    "animation cut short": png(before=chunk(b"acTL", b"")),
    "unknown chunk that a reader must know": png(before=chunk(b"ABCD", b"x")),
    "later pixels": png(after=chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", b"junk")),
    "no end": png(end=b""),
    "end with a wrong checksum": png(end=wrong(b"IEND", b"")),
    "cut in a later chunk": png(after=chunk(b"tEXt", b"a\0" + b"b" * 90)[:40], end=b""),
    "cut in the checksum of the pixels": png(pixels=chunk(b"IDAT", IDAT)[:-2], end=b""),
    "cut at the end of the pixels": png(pixels=chunk(b"IDAT", IDAT)[:-8], end=b""),
    "wrong checksum of right pixels": png(pixels=wrong(b"IDAT", IDAT)),
    "junk after the end": png() + b"junk" * 9,
    "junk in place of the end": png(end=b"\0" * 40),
    "palette of true colour damaged": png(before=wrong(b"PLTE", bytes(3))),
    "pixels in many chunks": png(
        pixels=b"".join(chunk(b"IDAT", IDAT[at : at + 50]) for at in range(0, len(IDAT), 50))
        + chunk(b"IDAT", b"")
    ),
    "more than all pixels": png(pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21)) + bytes(900)))),
    "black at its end": png(
        pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21)[:-5]) + bytes(5 * 100)))
    ),
    "unlikely at its end": png(
        pixels=chunk(b"IDAT", zlib.compress(b"".join(rows(33, 21)[:-1]) + b"\0" + b"\x01\xfe\x03" * 33))
    ),
    "jpeg without its end": jpeg()[:-2],
    "jpeg without half its end": jpeg()[:-1],
    "jpeg with junk after its end": jpeg() + b"\0" * 9,
    "jpeg with junk between its segments": jpeg()[:20] + b"\0\0" + jpeg()[20:],
    "jpeg with a short profile": b"\xff\xd8\xff\xe2\0\x0eICC_PROFILE\0" + jpeg()[2:],
    "jpeg with short words by Adobe": b"\xff\xd8\xff\xee\0\x07Adobe" + jpeg()[2:],
    "jpeg with a short beginning": b"\xff\xd8\xff\xe0\0\x06JFIF" + jpeg()[20:],
}


@settings
@pytest.mark.parametrize("content", SOUND.values(), ids=SOUND)
def test_what_is_wrong_around_the_pixels_refuses_no_picture_and_is_left_out(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = decode(content)
    monkeypatch.undo()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened = as_pillow_has_it(seen.clean)
    assert opened.tobytes() == seen.image.tobytes()
    assert decode(seen.clean).clean == seen.clean


@settings
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "content",
    [*(png(600, 400, depth, colour) for depth, colour in KINDS), jpeg("CMYK"), jpeg("L"), jpeg()],
)
def test_the_check_and_the_preview_obey_no_setting(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    preview = inspect(content).preview
    monkeypatch.undo()

    assert preview == inspect(content).preview
    assert max(as_pillow_has_it(preview).size) in (384, 90)


def test_a_preview_of_sixteen_bits_is_as_bright_as_the_picture() -> None:
    grey = zlib.compress((b"\0" + b"\x40\0" * 8) * 8)
    preview = inspect(png(8, 8, 16, 0, pixels=chunk(b"IDAT", grey))).preview

    assert as_pillow_has_it(preview).getpixel((4, 4)) == pytest.approx((0x40,) * 3, abs=2)


@settings
@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (9_000, 9_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_named_with_what_it_claims_before_anything_is_decoded(width: int, height: int) -> None:
    with pytest.raises(NotAnImage, match=f"claims {width}×{height} pixels"):
        decode(SIGNATURE + header(width, height) + chunk(b"IDAT", b""))


@settings
def test_nothing_of_the_process_is_changed() -> None:
    before = (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS, dict(Image.OPEN), dict(Image.SAVE))
    inspect(png())

    assert before == (
        ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS, dict(Image.OPEN), dict(Image.SAVE),
    )  # fmt: skip


def test_a_file_with_content_credentials_stays_as_it_is_even_where_it_is_damaged() -> None:
    content = png(before=chunk(b"caBX", b"sealed") + wrong(b"tEXt", b"a\0b"))

    assert decode(content).clean is content
