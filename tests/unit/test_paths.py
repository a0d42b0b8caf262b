"""No journal leads out of the studio's folder, whoever wrote it."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qwen_notebook.errors import QwenError
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.studio.exports.table import row_of, write_imagefolder
from qwen_notebook.studio.picture import Picture, picture_of
from qwen_notebook.studio.saving import save_picture
from qwen_notebook.studio.storage import Storage
from tests.support.image_files import png
from tests.support.jobs import saved_record

OUTSIDE = [
    "/etc/passwd",
    "images/../secret.txt",
    "images/..",
    "images/.. ",
    "images/",
    "images",
    "",
    ".",
    "../secret.txt",
    "secret.txt",
    "ledger/a.jsonl",
    "images/deep/a.png",
    "images//a.png",
    "images\\a.png",
    "images/..\\secret.txt",
    "images/C:secret.txt",
    "C:\\secret.txt",
    "C:/secret.txt",
    "\\\\host\\share\\a.png",
    "images/a.png:stream",
    "images/a\0.png",
    "images/a\n.png",
    None,
    7,
]


class NoMarks:
    """A marker of a folder without marks."""

    def annotation_of(self, job_id: str) -> Annotation:
        return Annotation()


def picture_named(store: Storage, **changes: Any) -> Picture:
    return picture_of(replace(saved_record(), **changes), store, NoMarks())  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    """A studio with one picture, beside a file that is nobody's business."""
    (tmp_path / "secret.txt").write_bytes(b"PRIVATE")
    made = Storage(tmp_path / "studio")
    save_picture(made, saved_record(), png(64, 36))
    return made


def picture_file(store: Storage) -> str:
    return store.find_written(saved_record())[0]


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_no_picture_s_own_name_is_never_opened_nor_removed(store: Storage, name: Any) -> None:
    secret = store.folder.parent / "secret.txt"
    picture = picture_named(store, file=name)

    with pytest.raises(ValueError, match="outside the folder"):
        store.inside(name)
    for look in (
        lambda: picture.path,
        lambda: picture.bytes,
        lambda: picture.image,
        lambda: picture.save("a.png"),
    ):
        with pytest.raises(FileNotFoundError, match="outside the folder"):
            look()
    store.remove_picture(replace(saved_record(), file=name))
    assert secret.read_bytes() == b"PRIVATE"
    assert "Picture" in repr(picture)
    assert row_of(replace(saved_record(), file=name), Annotation(), store.folder)["path"] is None


def test_the_names_that_we_give_are_inside(store: Storage) -> None:
    name = picture_file(store)

    assert store.inside(name) == store.folder / name
    assert store.inside("images/火星-s7-4kx9w2m7qd.png").parent == store.folder / "images"


@pytest.mark.parametrize("job_id", ["../../secret", "a/b", "a\\b", "a\0"])
def test_a_job_id_leads_out_of_no_folder(store: Storage, job_id: str) -> None:
    victim = store.folder.parent / "secret.jpg"
    victim.write_bytes(b"\xff\xd8 holiday")
    picture = picture_named(store, id=job_id, file=picture_file(store))

    with pytest.raises(ValueError, match="not the id of a job"):
        store.preview_path(job_id)
    assert b"holiday" not in picture.preview
    store.remove_picture(replace(saved_record(), id=job_id, file=None))
    assert victim.exists()


class TestLinks:
    def test_a_picture_that_is_a_link_is_no_picture(self, store: Storage, tmp_path: Path) -> None:
        name = picture_file(store)
        file, secret = store.folder / name, tmp_path / "secret.txt"
        file.unlink()
        file.symlink_to(secret)
        picture = picture_named(store, file=name)

        with pytest.raises(FileNotFoundError, match="link"):
            _ = picture.bytes
        with pytest.raises(FileNotFoundError, match="link"):
            picture.save(tmp_path / "copy.png")
        assert store.find_written(saved_record()) == []
        rows = [row_of(replace(saved_record(), file=name), Annotation(), store.folder)]
        assert list(write_imagefolder(rows, tmp_path / "set").glob("*.png")) == []
        store.remove_picture(replace(saved_record(), file=name))
        assert secret.read_bytes() == b"PRIVATE"

    @pytest.mark.parametrize("part", ["images", "previews"])
    def test_a_folder_that_is_a_link_is_not_written_through(
        self, store: Storage, tmp_path: Path, part: str
    ) -> None:
        name = picture_file(store)
        (store.folder / part).rename(tmp_path / "elsewhere")
        (store.folder / part).symlink_to(tmp_path / "elsewhere")
        before = {path: path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()}
        touched = (tmp_path / "elsewhere").stat().st_mtime_ns

        with pytest.raises(QwenError, match=r"link.*Nothing was charged"):
            store.check_writable()
        assert (tmp_path / "elsewhere").stat().st_mtime_ns == touched  # not even to see whether it could be
        if part == "images":
            with pytest.raises(FileNotFoundError, match="link"):
                save_picture(store, saved_record(), png(64, 36))
        else:
            save_picture(store, saved_record(), png(64, 36))
        store.remove_picture(replace(saved_record(), file=name))
        assert {path: path.read_bytes() for path in (tmp_path / "elsewhere").iterdir()} == before

    def test_a_preview_that_is_a_link_is_made_anew(self, store: Storage, tmp_path: Path) -> None:
        preview = store.preview_path(saved_record().id)
        private = tmp_path / "private.jpg"
        private.write_bytes(b"\xff\xd8 PRIVATE")
        preview.unlink()
        preview.symlink_to(private)

        assert b"PRIVATE" not in picture_named(store, file=picture_file(store)).preview
        assert private.read_bytes() == b"\xff\xd8 PRIVATE"

    def test_the_studio_s_folder_itself_may_be_a_link(self, store: Storage, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(store.folder)
        linked = Storage(tmp_path / "link")
        linked.check_writable()

        assert linked.read(picture_file(linked)) == store.read(picture_file(store))

    def test_a_link_that_was_put_there_meanwhile_is_not_followed(
        self, store: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = picture_file(store)
        file = store.folder / name
        real = os.open

        def swap(path: Any, *more: Any, **named: Any) -> int:
            if path == file:
                file.unlink()
                file.symlink_to(tmp_path / "secret.txt")
            return real(path, *more, **named)

        monkeypatch.setattr(os, "open", swap)
        with pytest.raises(FileNotFoundError, match="link"):
            store.read(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_the_place_of_a_picture_stops_nobody(store: Storage) -> None:
    name = picture_file(store)
    (store.folder / name).unlink()
    os.mkfifo(store.folder / name)

    with pytest.raises(FileNotFoundError, match="not a file"):
        store.read(name)
