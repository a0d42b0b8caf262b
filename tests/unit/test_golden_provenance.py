"""What is written into pictures stays the same to the byte: other programs read it, and so do we, in old folders."""

import hashlib
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest

from qwen_notebook.journal.records import REAPI, SIMULATOR, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.provenance import (
    PNG_SIGNATURE,
    jpeg_segments,
    png_chunks,
    sha256_as_received,
    with_provenance,
)
from tests.support.goldens import GOLDENS, assert_golden, golden

NAME = "provenance.json"
GOLDEN: dict[str, dict[str, Any]] = golden(NAME)
SOURCE = "https://example.com/a.png?signature=secret"


def received(suffix: str) -> bytes:
    return (GOLDENS / "provenance" / f"received.{suffix}").read_bytes()


def sealed_png() -> bytes:
    """A PNG with content credentials."""
    plain, chunk = received("png"), b"caBX" + b"sealed"
    return plain[:33] + (6).to_bytes(4, "big") + chunk + crc32(chunk).to_bytes(4, "big") + plain[33:]


def sealed_jpeg() -> bytes:
    """A JPEG with content credentials."""
    plain = received("jpg")
    return plain[:2] + b"\xff\xeb\x00\x08sealed" + plain[2:]


def record(service: str = REAPI, **fields: Any) -> JobRecord:
    given = {"prompt": "a poster that reads “VISIT MARS”, 火星 🦊", "seed": 7} | fields
    return JobRecord(
        id="4kx9w2m7qd",
        request=GenerationRequest(**given),
        service=service,
        state=State.SAVED,
        created=1_795_360_000.0,
        changed=1_795_360_020.0,
        attempt=1,
        sent=1_795_360_001.0,
        credits=31,
        task_id="task_018f",
        url="https://cdn.reapi.ai/media/tasks/task_018f/0.png?signature=secret",
        seconds=14.2,
        width=32,
        height=18,
        sha256="5a" * 32,
    )


CASES: dict[str, tuple[bytes, JobRecord]] = {
    "png": (received("png"), record()),
    "jpeg": (received("jpg"), record(output_format="jpeg", image_size="1:1")),
    "png, an edit": (received("png"), record(image_url=SOURCE, image_size="21:9")),
    "jpeg, an edit": (received("jpg"), record(image_url=SOURCE, output_format="jpeg")),
    "png, an offline preview": (received("png"), record(SIMULATOR)),
    "jpeg, an offline preview": (received("jpg"), record(SIMULATOR, output_format="jpeg")),
    "png, a prompt with markup": (received("png"), record(prompt="<b>&amp;</b> ]]> \x0b\n'\"\\", seed=0)),
    "png with credentials": (sealed_png(), record(nsfw_checker=True)),
    "jpeg with credentials": (sealed_jpeg(), record(output_format="jpeg")),
    "png with credentials, an edit": (sealed_png(), record(image_url=SOURCE)),
    "another kind of file": (received("webp"), record()),
}


def told(content: bytes, job: JobRecord) -> dict[str, Any]:
    """What is made of a file: its parts to be read, and the hash of it all."""
    marked, sidecar = with_provenance(content, job)
    return {
        "parts": list(parts_of(marked)),
        "sha256": hashlib.sha256(marked).hexdigest(),
        "sidecar": None if sidecar is None else sidecar.decode().split("\n"),
    }


def parts_of(content: bytes) -> Iterator[list[str]]:
    """The parts of a file in their order: the lines of those that are text, and of the others the name."""
    if content.startswith(PNG_SIGNATURE):
        for name, data in png_chunks(content):
            yield [name.decode(), *(data.decode().replace("\0", "␀").split("\n") if name == b"iTXt" else ())]
    else:
        for marker, data in jpeg_segments(content):
            text = data.decode().replace("\0", "␀").split("\n") if marker in (0xE1, 0xFE) else ()
            yield [f"{marker:02X}", *text]


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_the_same_to_the_byte(case: str) -> None:
    assert_golden(NAME, {case: GOLDEN.get(case)}, {case: told(*CASES[case])})


def test_no_golden_is_left_untested() -> None:
    assert list(GOLDEN) == list(CASES)


@pytest.mark.parametrize("case", [case for case, kept in GOLDEN.items() if kept["sidecar"] is None])
def test_the_hash_of_what_was_received_is_read_back(case: str) -> None:
    content, job = CASES[case]
    marked, _ = with_provenance(content, job)

    assert hashlib.sha256(marked).hexdigest() == GOLDEN[case]["sha256"]
    assert sha256_as_received(marked) == job.sha256
