"""A picture that was paid for is written first; what can be made again never keeps it from being saved."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from qwen_notebook.errors import BadImage
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.studio.picture import Picture, picture_of
from qwen_notebook.studio.saving import keep_doubtful, remove_doubtful, save_picture, take_written
from qwen_notebook.studio.storage import Storage
from tests.support.image_files import chunk, jpeg, png, wrong
from tests.support.jobs import saved_record

RECORD = saved_record(sha256=None, width=None, height=None)
SEALED = png(before=chunk(b"caBX", b"sealed"))


class NoMarks:
    """A marker of a folder without marks."""

    def annotation_of(self, job_id: str) -> Annotation:
        return Annotation()


def saved(store: Storage, content: bytes) -> Picture:
    return picture_of(replace(RECORD, **save_picture(store, RECORD, content)), store, NoMarks())  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [png(), jpeg(), SEALED], ids=["png", "jpeg", "sealed"])
def test_it_is_written_with_its_preview_and_described(tmp_path: Path, content: bytes) -> None:
    picture = saved(Storage(tmp_path), content)
    received = Image.open(io.BytesIO(content))

    assert picture.sha256 == hashlib.sha256(content).hexdigest()
    assert (picture.size, picture.image.format) == (received.size, received.format)
    assert picture.image.tobytes() == received.tobytes()
    assert (tmp_path / "previews" / f"{RECORD.id}.jpg").read_bytes() == picture.preview
    assert len(list((tmp_path / "images").glob("*.xmp"))) == (content is SEALED)


@pytest.mark.parametrize(
    "content",
    [png(before=wrong(b"tEXt", b"a\0b")), png(end=b""), jpeg()[:-2]],
    ids=["wrong checksum", "png without an end", "jpeg without an end"],
)
def test_what_is_written_opens_in_any_reader_and_its_hash_is_of_what_was_received(
    tmp_path: Path, content: bytes
) -> None:
    picture = saved(Storage(tmp_path), content)
    with Image.open(picture.path) as image:
        image.load()
        assert image.tobytes() == picture.image.tobytes()

    assert picture.sha256 == hashlib.sha256(content).hexdigest()
    assert take_written(Storage(tmp_path), RECORD, picture.path.relative_to(tmp_path).as_posix()) == {
        "sha256": picture.sha256, "width": picture.size[0], "height": picture.size[1], "file": f"images/{picture.name}",
    }  # fmt: skip


@pytest.mark.parametrize("content", [png(), SEALED], ids=["plain", "sealed"])
def test_a_preview_that_cannot_be_written_loses_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "previews").write_bytes(b"in the way")
    picture = saved(Storage(tmp_path), content)

    assert picture.bytes
    assert max(Image.open(io.BytesIO(picture.preview)).size) == 33


def test_a_sidecar_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    name = f"{store.new_name(RECORD, 'png')}.xmp"
    (tmp_path / name).mkdir()

    assert saved(store, SEALED).bytes == SEALED


def test_the_picture_is_there_before_its_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real = Storage.write

    def write(self: Storage, path: Path, *parts: bytes, lasting: bool = True) -> None:
        order.append(path.suffix)
        real(self, path, *parts, lasting=lasting)

    monkeypatch.setattr(Storage, "write", write)
    saved(Storage(tmp_path), SEALED)

    assert order == [".png", ".xmp", ".jpg"]


def test_a_file_that_reads_differently_is_not_called_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def spoil(self: Path, target: Path) -> Path:
        there = real(self, target)
        if there.suffix == ".png":
            there.write_bytes(there.read_bytes()[:-200])
        return there

    monkeypatch.setattr(Path, "replace", spoil)
    with pytest.raises(OSError, match="Something else is read"):
        saved(Storage(tmp_path), png())


def test_what_was_written_already_is_taken_with_what_is_missing_beside_it(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    facts = save_picture(store, RECORD, SEALED)
    for path in (*tmp_path.glob("previews/*"), *tmp_path.glob("images/*.xmp")):
        path.unlink()

    assert [take_written(store, RECORD, name) for name in store.find_written(RECORD)] == [facts]
    assert len([*tmp_path.glob("previews/*.jpg"), *tmp_path.glob("images/*.xmp")]) == 2


def test_what_was_written_in_part_is_not_taken(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    facts = save_picture(store, RECORD, png())
    file = tmp_path / facts["file"]
    file.write_bytes(file.read_bytes()[:-500])

    assert take_written(store, RECORD, facts["file"]) is None
    assert take_written(store, RECORD, "images/gone.png") is None


def test_what_may_be_no_image_is_kept_and_removed_again(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    with pytest.raises(BadImage):
        save_picture(store, RECORD, b"<html>")
    keep_doubtful(store, RECORD, b"<html>")
    name = keep_doubtful(store, RECORD, b"<html>2")

    assert name == store.picture_name(RECORD, "png").removesuffix(".png") + ".doubtful"
    assert [path.read_bytes() for path in (tmp_path / "images").iterdir()] == [b"<html>2"]
    assert store.find_written(RECORD) == []
    remove_doubtful(store, replace(RECORD, doubtful="images/../../secret"))
    for _ in range(2):
        remove_doubtful(store, replace(RECORD, doubtful=name))
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "suffix"),
    [(png(), "jpg"), (jpeg("CMYK"), "png"), (png(depth=16, colour=0), "jpg")],
)
def test_it_is_saved_in_the_other_format_whatever_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, suffix: str
) -> None:
    picture = saved(Storage(tmp_path), content)
    for registry in ("OPEN", "SAVE", "MIME", "EXTENSION"):
        monkeypatch.setattr(Image, registry, {})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    target = picture.save(tmp_path / f"copy.{suffix}")
    monkeypatch.undo()

    with Image.open(target) as image:
        image.load()
        assert (image.size, image.format) == (picture.size, "JPEG" if suffix == "jpg" else "PNG")
    assert b"VISIT MARS" in target.read_bytes()


def test_a_picture_is_saved_over_itself_without_harm(tmp_path: Path) -> None:
    picture = saved(Storage(tmp_path), png())
    before = picture.bytes

    assert picture.save(picture.path) == picture.path
    assert picture.bytes == before


def test_a_file_that_was_changed_is_said_to_be(tmp_path: Path) -> None:
    picture = saved(Storage(tmp_path), png())
    picture.path.write_bytes(b"something else")
    (tmp_path / "previews" / f"{RECORD.id}.jpg").unlink()

    with pytest.raises(BadImage, match="was changed after it was saved"):
        _ = picture.image
    assert "image/jpeg" not in picture._repr_mimebundle_()
