"""Files are written whole or not at all, under names that a person can read."""

import errno
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_notebook.errors import QwenError
from qwen_notebook.studio.saving import keep_doubtful, save_picture
from qwen_notebook.studio.storage import Storage, annotation_trouble, disk_trouble, journal_trouble
from tests.support.image_files import chunk, png
from tests.support.jobs import saved_record


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a poster that reads VISIT MARS", "a-poster-that-reads-visit-mars"),
        ("../../etc/passwd\x00 <b>", "etc-passwd-b"),
        ("火星へ行こう 🚀", "火星へ行こう"),
        ("🚀🚀", "image"),
        ("x" * 300, "x" * 20),
        ("word " * 100, "word-word-word-word-word-word-word-word"),
    ],
)
def test_a_picture_s_name_can_be_read_and_stays_in_its_folder(
    tmp_path: Path, prompt: str, words: str
) -> None:
    name = Storage(tmp_path).picture_name(saved_record(prompt), "png")

    assert name.startswith("images/2026-")
    assert f"-{words}-s7-4kx9w2m7qd.png" in name
    assert (tmp_path / name).resolve().parent == tmp_path / "images"
    assert len(Path(name).name.encode()) < 255


def test_the_name_has_the_format_s_suffix(tmp_path: Path) -> None:
    assert Storage(tmp_path).picture_name(saved_record(), "jpeg").endswith(".jpg")


def test_a_file_is_replaced_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    store = Storage(tmp_path)
    store.write(tmp_path / "images" / "a.png", b"one")
    store.write(tmp_path / "images" / "a.png", b"two")

    assert [file.read_bytes() for file in (tmp_path / "images").iterdir()] == [b"two"]


def test_the_folder_is_absolute_whatever_the_notebook_does_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Storage("qwen-images")
    monkeypatch.chdir("/")

    assert store.folder == tmp_path / "qwen-images"


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_bought(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(QwenError, match=r"cannot be written.*Nothing was charged"):
        Storage(blocked / "images").check_writable()


def test_a_disk_without_room_is_named_before_anything_is_bought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5 << 20))

    with pytest.raises(QwenError, match="5 MB left"):
        Storage(tmp_path).check_writable()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Storage(tmp_path)
    target = tmp_path / "a.png"
    store.write(target, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(target, b"new")

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A folder whose path is nearly as long as this system allows."""
    folder = tmp_path
    most = os.pathconf(tmp_path, "PC_PATH_MAX")
    while len(str(folder)) < most - 70:
        folder /= "d" * min(100, most - 71 - len(str(folder)) + 1)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for its longest path")
class TestLongPaths:
    def test_a_name_that_does_not_fit_is_one_of_the_id_alone(self, deep: Path) -> None:
        store = Storage(deep)
        store.check_writable(saved_record())
        facts = save_picture(store, saved_record(), png(before=chunk(b"caBX", b"sealed")))

        assert facts["file"] == "images/4kx9w2m7qd.png"
        assert store.find_written(saved_record()) == ["images/4kx9w2m7qd.png"]
        assert (deep / "images/4kx9w2m7qd.png.xmp").exists()
        assert keep_doubtful(store, saved_record(), b"?") == "images/4kx9w2m7qd.doubtful"
        assert store.new_name(replace(saved_record(), copy=2), "jpeg") == "images/4kx9w2m7qd-2.jpg"

    def test_where_not_even_that_fits_nothing_is_bought(self, deep: Path) -> None:
        with pytest.raises(QwenError, match=r"cannot be written.*Nothing was charged.*shorter path"):
            Storage(deep / ("d" * 40)).check_writable(saved_record())


@pytest.mark.parametrize(
    "number", [errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOENT, errno.EACCES]
)
def test_a_name_that_the_disk_does_not_take_is_one_of_the_id_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if "mars" in target.name:
            raise OSError(number, os.strerror(number))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    store = Storage(tmp_path)
    store.check_writable(saved_record())

    assert save_picture(store, saved_record(), png())["file"] == "images/4kx9w2m7qd.png"
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "4kx9w2m7qd.png",
        "4kx9w2m7qd.jpg",
    }


@pytest.mark.parametrize("part", ["images", "previews", "ledger"])
def test_every_folder_that_will_be_written_is_tried_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    store = Storage(tmp_path)
    store.check_writable(saved_record())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    real = Path.open

    def refuse(self: Path, *more: object, **named: object) -> object:
        if self.parent.name == part:
            raise OSError(errno.EROFS, "Read-only file system")
        return real(self, *more, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(QwenError, match=r"Read-only file system.*Nothing was charged.*Choose another folder"):
        store.check_writable()


@pytest.mark.parametrize("part", ["images", "previews", "ledger"])
def test_a_folder_that_lets_nothing_be_renamed_is_found_out_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.parent.name == part:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(QwenError, match=r"Operation not permitted.*Get the right to write there"):
        Storage(tmp_path).check_writable()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
def test_the_name_is_the_same_in_every_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()
    try:
        for zone in ("Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago", "<+14>-14"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            names.add(Storage(tmp_path).picture_name(saved_record(), "png"))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert len(names) == 1


def test_what_was_written_is_found_by_its_id_whatever_else_it_is_called(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    record, second = saved_record(), replace(saved_record(), copy=2)
    for name in (
        "2020-01-01-of-an-old-rule-4kx9w2m7qd.png",
        "4kx9w2m7qd.jpg",
        "x-4kx9w2m7qd-2.jpg",
        "4kx9w2m7qd-2.png",
        "x4kx9w2m7qd.png",
        "x-4kx9w2m7qd.png.xmp",
        "x-4kx9w2m7qd.doubtful",
        "x-4kx9w2m7qd-22.png",
        "x-aaaaaaaaaa.png",
    ):
        (images / name).write_bytes(b"")
    (images / "a-4kx9w2m7qd.png").mkdir()

    assert Storage(tmp_path).find_written(record) == [
        "images/2020-01-01-of-an-old-rule-4kx9w2m7qd.png",
        "images/4kx9w2m7qd.jpg",
    ]
    assert Storage(tmp_path).find_written(second) == ["images/4kx9w2m7qd-2.png", "images/x-4kx9w2m7qd-2.jpg"]
    assert Storage(tmp_path / "nowhere").find_written(record) == []


def test_the_second_copy_has_a_name_of_its_own(tmp_path: Path) -> None:
    first, second = (Storage(tmp_path).picture_name(replace(saved_record(), copy=n), "png") for n in (1, 2))

    assert second == first.removesuffix(".png") + "-2.png"


@pytest.mark.parametrize(
    ("trouble", "number", "words"),
    [
        (
            journal_trouble,
            errno.EDQUOT,
            "Nothing was charged. What cannot be written down is not bought. Make room",
        ),
        (journal_trouble, errno.EROFS, "not bought. Choose another folder"),
        (annotation_trouble, errno.EACCES, "Get the right to write there. Then do it again."),
        (
            disk_trouble,
            errno.ENOSPC,
            "Make room on the disk. It is fetched and saved then; the task id is kept.",
        ),
        (disk_trouble, errno.EACCES, "Get the right to write there. It is fetched"),
    ],
)
def test_every_trouble_with_the_disk_says_what_fits(
    tmp_path: Path, trouble: Callable[[OSError, Path], QwenError], number: int, words: str
) -> None:
    assert words in str(trouble(OSError(number, os.strerror(number)), tmp_path))
