"""Provenance stands in the file around the pixels, other programs read it, and it tells nothing that is private."""

import io
import json
import zlib

import pytest
from PIL import Image

from qwen_notebook.journal.records import SIMULATOR
from qwen_notebook.studio.provenance import (
    PNG_SIGNATURE,
    jpeg_segments,
    png_chunks,
    with_provenance,
)
from tests.support.jobs import saved_record

pyexiv2 = pytest.importorskip("pyexiv2", reason="pyexiv2 has no wheel for this Python")

SOURCE_TYPE = "Xmp.iptcExt.DigitalSourceType"


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((64, 36)).convert("RGB").save(out, kind)
    return out.getvalue()


def xmp_of(content: bytes) -> dict[str, str]:
    image = pyexiv2.ImageData(content)
    try:
        return image.read_xmp()
    finally:
        image.close()


@pytest.mark.parametrize("kind", ["png", "jpeg"])
class TestBothFormats:
    def test_the_pixels_are_as_received(self, kind: str) -> None:
        received = picture(kind)
        marked, sidecar = with_provenance(received, saved_record())

        assert sidecar is None
        assert Image.open(io.BytesIO(marked)).tobytes() == Image.open(io.BytesIO(received)).tobytes()

    def test_exiv2_reads_the_iptc_fields(self, kind: str) -> None:
        xmp = xmp_of(with_provenance(picture(kind), saved_record())[0])

        assert xmp[SOURCE_TYPE].endswith("/trainedAlgorithmicMedia")
        assert "VISIT MARS" in str(xmp["Xmp.iptcExt.AIPromptInformation"])
        assert "Qwen Image 2" in str(xmp["Xmp.iptcExt.AISystemUsed"])

    def test_an_edit_is_called_a_composite(self, kind: str) -> None:
        edit = saved_record(request={"image_url": "https://example.com/a.png"})

        assert xmp_of(with_provenance(picture(kind), edit)[0])[SOURCE_TYPE].endswith(
            "/compositeWithTrainedAlgorithmicMedia"
        )

    def test_a_preview_is_not_called_the_model_s(self, kind: str) -> None:
        xmp = xmp_of(with_provenance(picture(kind), saved_record(service=SIMULATOR))[0])

        assert xmp[SOURCE_TYPE].endswith("/algorithmicMedia")
        assert "offline preview" in str(xmp["Xmp.iptcExt.AISystemUsed"])

    def test_no_signature_of_an_address_is_told(self, kind: str) -> None:
        edit = saved_record(request={"image_url": "https://example.com/a.png?signature=secret#f"})
        marked, _ = with_provenance(picture(kind), edit)

        assert b"https://example.com/a.png" in marked
        assert b"secret" not in marked

    def test_markup_and_control_characters_in_a_prompt_stay_text(self, kind: str) -> None:
        prompt = "a <b>&amp;</b> ]]> \x0b\x01 “sign” 🦊 火星"
        marked, _ = with_provenance(picture(kind), saved_record(prompt))

        assert "🦊 火星" in str(xmp_of(marked)["Xmp.iptcExt.AIPromptInformation"])
        assert "<b>&amp;</b>" in str(xmp_of(marked)["Xmp.iptcExt.AIPromptInformation"])


def test_png_holds_the_request_as_json_and_as_other_galleries_read_it() -> None:
    marked, _ = with_provenance(picture("png"), saved_record())
    image = Image.open(io.BytesIO(marked))

    facts = json.loads(image.text["qwen_notebook"])  # type: ignore[attr-defined]
    assert facts["request"] == {
        "prompt": "a poster that reads VISIT MARS",
        "image_size": "16:9",
        "output_format": "png",
        "seed": 7,
        "nsfw_checker": False,
    }
    assert facts["task_id"] == "task_018f"
    assert image.text["parameters"].splitlines() == [  # type: ignore[attr-defined]
        "a poster that reads VISIT MARS",
        "Seed: 7, Size: 64x36, Model: qwen-image-2",
    ]


def test_every_png_chunk_has_its_checksum() -> None:
    marked, _ = with_provenance(picture("png"), saved_record())
    at, names = len(PNG_SIGNATURE), []
    while at < len(marked):
        length = int.from_bytes(marked[at : at + 4], "big")
        body, crc = marked[at + 4 : at + 8 + length], marked[at + 8 + length : at + 12 + length]
        assert zlib.crc32(body).to_bytes(4, "big") == crc
        names.append(body[:4])
        at += 12 + length

    assert names[0] == b"IHDR"
    assert names[-1] == b"IEND"
    assert names.count(b"iTXt") == 3


def test_a_png_with_content_credentials_is_left_untouched() -> None:
    plain = picture("png")
    chunk = b"caBX" + b"sealed"
    sealed = plain[:33] + (6).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + plain[33:]

    kept, sidecar = with_provenance(sealed, saved_record())

    assert kept == sealed
    assert sidecar is not None
    assert b"trainedAlgorithmicMedia" in sidecar
    assert b"caBX" in [name for name, _ in png_chunks(sealed)]


def test_a_jpeg_with_content_credentials_is_left_untouched() -> None:
    plain = picture("jpeg")
    sealed = plain[:2] + b"\xff\xeb\x00\x08sealed" + plain[2:]

    kept, sidecar = with_provenance(sealed, saved_record())

    assert kept == sealed
    assert sidecar is not None
    assert 0xEB in [marker for marker, _ in jpeg_segments(sealed)]
