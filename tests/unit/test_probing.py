"""What is tried before an image is bought is what is done after: nothing is paid for that could not be saved."""

import errno
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.simulator import Rule
from qwen_notebook.studio.saving import keep_doubtful, save_picture
from qwen_notebook.studio.storage import Storage
from tests.support.image_files import chunk, jpeg, png
from tests.support.jobs import saved_record
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

PARTS = ["images", "previews", "ledger"]
SEALED = png(before=chunk(b"caBX", b"sealed"))
NOT_SYNCED = ["EINVAL", "ENOTSUP"]
FAILED = ["EIO", "EACCES", "ENOTTY", "EDQUOT"]
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
"""A day and an hour apart: it is never the same day in both."""

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400).filter(str.strip)

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="POSIX has zones, links, long paths and folder syncs"
)


class TestNames:
    @given(
        prompt=st.one_of(
            LETTERS, st.builds(str.__mul__, st.characters(categories=["L"]), st.integers(1, 400))
        ),
        seed=st.integers(0, QWEN_IMAGE_2.seed_max),
        received=st.sampled_from(["png", "jpeg"]),
    )
    def test_no_name_is_longer_than_the_one_that_was_tried(
        self, prompt: str, seed: int, received: str
    ) -> None:
        record = replace(saved_record(), request=GenerationRequest(prompt=prompt, seed=seed))
        content = SEALED if received == "png" else jpeg()
        with tempfile.TemporaryDirectory() as folder:
            store = Storage(folder)
            with _names_given() as tried:
                store.check_writable(record)
            with _names_given() as given_names:
                name = save_picture(store, record, content)["file"]
                keep_doubtful(store, record, content)

            assert store.find_written(record) == [name]
            for part in ("images", "previews"):
                assert _longest(tried, part) >= _longest(given_names, part)
            assert _stems(tried) >= _stems(given_names)
            assert _longest(given_names, "images") <= 255

    @posix
    @pytest.mark.parametrize("zones", [ZONES, ZONES[::-1]], ids=["back", "forth"])
    def test_it_is_the_one_that_was_tried_though_the_time_zone_has_changed_since(
        self, zones: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Stage(tmp_path) as stage, _time_zone(monkeypatch) as move_to, _names_given() as names:
            stage.gate.hold("POST", "/images/generations")
            studio = stage.open()
            move_to(zones[0])
            job = studio.submit("a fox", seed=7)
            stage.gate.wait_held()
            (tried,) = _stems(names) - {""}
            move_to(zones[1])
            stage.gate.let_go()

            picture = job.result(WAIT_SECONDS)

            assert picture.path.stem[1:] == tried
            assert picture.name == Path(studio.store.picture_name(job.record, "png")).name

    @posix
    def test_however_deep_the_folder_is_what_is_bought_is_saved(self, tmp_path: Path) -> None:
        with Stage(tmp_path) as stage:
            most = os.pathconf(tmp_path, "PC_PATH_MAX")
            ends, names = list[bool](), list[str]()
            for left in (120, 90, 75, 65, 55, 45, 30):
                stage.folder = _deep(tmp_path, most - left)
                tasks = stage.tasks
                studio = stage.open(patience=quick(deadline=3.0))
                with suppress(qn.QwenError):
                    picture = studio.generate("a fox " * 100, seed=QWEN_IMAGE_2.seed_max)
                    names.append(picture.name.replace(picture.id, "ID"))
                ends.append(stage.tasks > tasks)
                assert stage.images == stage.tasks - tasks, left

        assert ends == sorted(ends, reverse=True)
        assert set(ends) == {True, False}
        assert names[-1] == "ID.png", "where there is no room for more"


@posix
class TestSyncing:
    @pytest.mark.parametrize("name", NOT_SYNCED)
    @pytest.mark.parametrize("folders", [True, False], ids=["folders", "files"])
    def test_a_disk_that_knows_no_sync_is_no_trouble(
        self, name: str, folders: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Stage(tmp_path) as stage:
            monkeypatch.setattr(os, "fsync", _fsync_that_answers(getattr(errno, name), folders=folders))
            studio = stage.open()

            assert studio.generate("a fox", seed=7).path.exists()
            studio.close()
            assert stage.open().submit("a fox", seed=7).result(WAIT_SECONDS).preview
            assert (stage.tasks, stage.images) == (1, 1)

    @pytest.mark.parametrize("name", FAILED)
    @pytest.mark.parametrize("folders", [True, False], ids=["folders", "files"])
    def test_whatever_a_disk_answers_nothing_is_bought_that_is_not_saved(
        self, name: str, folders: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Stage(tmp_path) as stage:
            monkeypatch.setattr(os, "fsync", _fsync_that_answers(getattr(errno, name), folders=folders))
            studio = stage.open(patience=quick(deadline=3.0))

            with suppress(qn.QwenError):
                studio.generate("a fox", seed=7)

            assert stage.tasks == stage.images
            assert studio.spent == stage.tasks * PRICE

    def test_a_picture_that_stands_there_is_saved_though_its_folder_was_not_synced(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Stage(tmp_path) as stage:
            job = _bought(stage)
            images = stage.folder / "images"
            fsync = _fsync_that_answers(errno.EIO, folders=True, only=images.stat().st_ino)
            monkeypatch.setattr(os, "fsync", fsync)
            stage.gate.let_go()

            assert job.result(WAIT_SECONDS).bytes
            assert (stage.tasks, stage.images) == (1, 1)


def _file(place: Path) -> None:
    place.write_bytes(b"in the way")


def _link(place: Path) -> None:
    (place.parent.parent / "elsewhere").mkdir(exist_ok=True)
    place.symlink_to(place.parent.parent / "elsewhere")


def _dangling_link(place: Path) -> None:
    place.symlink_to(place.parent.parent / "nowhere" / "at all")


def _pipe(place: Path) -> None:
    os.mkfifo(place)


IN_THE_WAY = {"a file": _file, "a link": _link, "a dangling link": _dangling_link, "a pipe": _pipe}
WAYS = [
    (part, what) for part in PARTS for what in IN_THE_WAY if (part, what) != ("ledger", "a link")
]  # a journal may lie elsewhere
each_way = pytest.mark.parametrize(("part", "what"), WAYS)


@posix
class TestFolders:
    @each_way
    def test_each_is_tried_before_the_post(self, part: str, what: str, tmp_path: Path) -> None:
        with Stage(tmp_path) as stage:
            stage.folder.mkdir()
            IN_THE_WAY[what](stage.folder / part)
            studio = stage.open()

            with pytest.raises(qn.QwenError, match=r"Nothing was charged\..*not bought"):
                studio.submit("a fox", seed=7)

            assert len(stage.simulator.books.posts) == len(studio.jobs) == 0

    @pytest.mark.parametrize("part", ["images", "previews"])
    def test_each_is_tried_before_it_is_sent_again(self, part: str, tmp_path: Path) -> None:
        with Stage(tmp_path, {"submit-not-json": Rule(times=1)}) as stage:
            studio = stage.open()
            job = studio.submit("a fox", seed=7)
            assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
            shutil.rmtree(stage.folder / part)
            _file(stage.folder / part)

            with pytest.raises(qn.QwenError, match="not bought"):
                job.send_again()

            assert job.status is State.UNCERTAIN
            assert len(stage.simulator.books.posts) == 1

    @pytest.mark.parametrize("what", ["a file", "a link", "a pipe", "nothing"])
    def test_previews_that_cannot_be_written_any_more_lose_no_picture(
        self, what: str, tmp_path: Path
    ) -> None:
        with Stage(tmp_path) as stage:
            job = _bought(stage)
            _put_in_the_way(stage.folder / "previews", what)
            stage.gate.let_go()

            picture = job.result(WAIT_SECONDS)

            assert picture.bytes
            assert picture.preview.startswith(b"\xff\xd8")
            assert (stage.tasks, stage.images) == (1, 1)
            assert not list(tmp_path.glob("elsewhere/*"))

    @pytest.mark.parametrize("what", ["a file", "a link", "a pipe"])
    def test_images_that_cannot_be_written_for_a_while_lose_no_picture(
        self, what: str, tmp_path: Path
    ) -> None:
        with Stage(tmp_path) as stage:
            job = _bought(stage)
            images = stage.folder / "images"
            _put_in_the_way(images, what)
            stage.gate.let_go()
            waits = reaches(stage.open(), lambda job: "cannot be saved" in (job.note or ""))
            wait_for(waits, "the picture cannot be saved")
            assert job.status is State.DOWNLOADING
            assert not list(tmp_path.glob("elsewhere/*"))

            images.unlink()

            assert job.result(WAIT_SECONDS).bytes
            assert (len(stage.simulator.books.posts), stage.images) == (1, 1)


def _bought(stage: Stage) -> qn.Job:
    """A job that the service has, and whose answer is held back."""
    stage.gate.hold("POST", "/images/generations")
    job = stage.open().submit("a fox", seed=7)
    stage.gate.wait_held()
    return job


def _put_in_the_way(place: Path, what: str) -> None:
    shutil.rmtree(place)
    if what != "nothing":
        IN_THE_WAY[what](place)


@contextmanager
def _names_given() -> Generator[list[Path]]:
    """Take down the names that files are given meanwhile."""
    real, names = Path.replace, list[Path]()

    def replace_and_note(self: Path, target: Path) -> Path:
        names.append(target)
        return real(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", replace_and_note)
        yield names


def _longest(names: list[Path], part: str) -> int:
    return max(len(os.fsencode(path.name)) for path in names if path.parent.name == part)


def _stems(names: list[Path]) -> set[str]:
    """What pictures are called without their suffixes and first letter, which is tried as a dot.

    What is not called by a job is left out.
    """
    in_images = (path.name[1:] for path in names if path.parent.name == "images")
    return {name.partition(".")[0] for name in in_images if "." in name}


@contextmanager
def _time_zone(monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[str], None]]:
    """What moves this process to another time zone; it is back at the end."""

    def move_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    try:
        yield move_to
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def _deep(folder: Path, length: int) -> Path:
    """A folder whose path has so many characters."""
    while (left := length - len(str(folder)) - 1) > 0:
        folder /= "d" * (left if left <= 200 else min(left - 2, 200))
    return folder


def _fsync_that_answers(number: int, *, folders: bool, only: int | None = None) -> Callable[[int], None]:
    """A sync that fails for folders or for files, or for the one with this inode."""
    real = os.fsync

    def fsync(handle: int) -> None:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode) == folders and only in (None, status.st_ino):
            raise OSError(number, os.strerror(number))
        real(handle)

    return fsync
