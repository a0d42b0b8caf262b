"""Files are written whole or not at all, under names that a person can read."""

import os
from pathlib import Path

import pytest

from qwen_notebook.errors import QwenError
from qwen_notebook.studio.store import Store
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
    name = Store(tmp_path).picture_name(saved_record(prompt), "png")

    assert name.startswith("images/2026-")
    assert f"-{words}-s7-4kx9w2m7qd.png" in name
    assert (tmp_path / name).resolve().parent == tmp_path / "images"
    assert len(Path(name).name.encode()) < 255


def test_the_name_has_the_format_s_suffix(tmp_path: Path) -> None:
    assert Store(tmp_path).picture_name(saved_record(), "jpeg").endswith(".jpg")


def test_a_file_is_replaced_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(tmp_path / "images" / "a.png", b"one")
    store.write(tmp_path / "images" / "a.png", b"two")

    assert [file.read_bytes() for file in (tmp_path / "images").iterdir()] == [b"two"]


def test_the_folder_is_absolute_whatever_the_notebook_does_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("qwen-images")
    monkeypatch.chdir("/")

    assert store.folder == tmp_path / "qwen-images"


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_bought(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(QwenError, match=r"cannot be written.*Nothing was charged"):
        Store(blocked / "images").check_writable()


def test_a_disk_without_room_is_named_before_anything_is_bought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5 << 20))

    with pytest.raises(QwenError, match="5 MB left"):
        Store(tmp_path).check_writable()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    target = tmp_path / "a.png"
    store.write(target, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(target, b"new")

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
