"""A picture is in hand before its preview is made, and whoever asks for the preview meanwhile gets it all the same."""

import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.imaging import decode as decoding
from qwen_notebook.studio import previews
from qwen_notebook.studio.storage import Storage
from tests.support.studios import studio_and_service
from tests.support.widget_talk import WidgetTalk

WAIT_SECONDS = 30.0


class Hold:
    """Stands before the preview of a picture is written, as a slow disk does."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._thread = threading.current_thread()

    def stand(self) -> None:
        if threading.current_thread().name == "qwen-notebook-decoder":
            self._thread = threading.current_thread()
            self.begun.set()
            assert self.go_on.wait(WAIT_SECONDS)

    def let_go(self, studio: qn.Studio) -> None:
        """Let the preview be written, and wait until the decoder has nothing left to do."""
        studio.close()
        self.go_on.set()
        self._thread.join(WAIT_SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    hold, real = Hold(), Storage.write_preview

    def write(self: Storage, job_id: str, content: bytes) -> None:
        hold.stand()
        real(self, job_id, content)

    monkeypatch.setattr(Storage, "write_preview", write)
    yield hold
    hold.go_on.set()


@pytest.fixture
def studio(tmp_path: Path, hold: Hold) -> Iterator[qn.Studio]:
    with studio_and_service(tmp_path / "posters") as (studio, _):
        yield studio


def preview_file(picture: qn.Picture) -> Path:
    return picture._store.preview_path(picture.id)


def ask_picture(picture: qn.Picture, _: qn.Studio) -> bytes:
    return picture.preview


def ask_panel(picture: qn.Picture, studio: qn.Studio) -> bytes:
    """What goes to a panel's front end."""
    talk = WidgetTalk(qn.qwen_widget(studio))
    assert "missing" not in talk.ask("want", jobs=[picture.id], size="preview")
    return talk.buffers[-1]


def ask_another_studio(picture: qn.Picture, studio: qn.Studio) -> bytes:
    """One that knows of no decoder's work, as another kernel's does; it makes the preview of the file."""
    other = qn.Studio(studio.store.folder, offline=True)
    try:
        return other.pictures[-1].preview
    finally:
        other.close()


class TestInHand:
    def test_a_picture_is_saved_while_its_preview_is_not_made(self, studio: qn.Studio, hold: Hold) -> None:
        job = studio.submit("a red fox", seed=7)
        picture = job.result(WAIT_SECONDS)

        assert hold.begun.wait(WAIT_SECONDS)
        assert job.status == "saved"
        assert picture.image.size == picture.size
        assert not preview_file(picture).exists()
        hold.let_go(studio)
        assert preview_file(picture).exists()

    def test_who_asks_meanwhile_has_nothing_decoded_again(
        self, studio: qn.Studio, hold: Hold, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = studio.submit("a red fox", seed=7).result(WAIT_SECONDS)
        monkeypatch.setattr(decoding, "decode", None)
        monkeypatch.setattr(decoding.png, "read", None)
        preview = picture.preview
        hold.let_go(studio)

        assert preview == preview_file(picture).read_bytes() == picture.preview

    @pytest.mark.parametrize("ask", [ask_picture, ask_panel, ask_another_studio])
    def test_everyone_gets_it_truly(
        self, studio: qn.Studio, hold: Hold, ask: Callable[[qn.Picture, qn.Studio], bytes]
    ) -> None:
        picture = studio.submit("a red fox", seed=7).result(WAIT_SECONDS)
        preview = ask(picture, studio)
        hold.let_go(studio)

        with Image.open(BytesIO(preview)) as image:
            assert image.size == picture.size
        assert preview == preview_file(picture).read_bytes() == picture.preview

    def test_who_waits_for_long_makes_it_instead(
        self, studio: qn.Studio, hold: Hold, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make = previews.UnmadePreview.make

        def stand(unmade: previews.UnmadePreview) -> bytes:
            hold.stand()
            return make(unmade)

        monkeypatch.setattr(previews.UnmadePreview, "make", stand)
        monkeypatch.setattr(previews, "_LONGEST_SECONDS", 0.01)
        picture = studio.submit("a red fox", seed=7).result(WAIT_SECONDS)
        preview = picture.preview
        hold.let_go(studio)

        assert preview == preview_file(picture).read_bytes()

    def test_a_studio_that_is_closed_meanwhile_loses_none(self, studio: qn.Studio, hold: Hold) -> None:
        picture = studio.submit("a red fox", seed=7).result(WAIT_SECONDS)
        assert hold.begun.wait(WAIT_SECONDS)
        studio.close()

        assert picture.preview
        hold.let_go(studio)
        assert picture.preview == preview_file(picture).read_bytes()

    def test_a_picture_that_is_deleted_meanwhile_gets_none(self, studio: qn.Studio, hold: Hold) -> None:
        picture = studio.submit("a red fox", seed=7).result(WAIT_SECONDS)
        assert hold.begun.wait(WAIT_SECONDS)
        picture.delete()
        hold.let_go(studio)

        assert not preview_file(picture).exists()


@pytest.mark.parametrize(
    "tear",
    [lambda whole: b"", lambda whole: whole[:-1], lambda whole: bytes(len(whole)), lambda whole: whole[:40]],
    ids=["empty", "cut by one", "zeros", "cut"],
)
def test_a_preview_that_a_power_cut_tore_is_made_again(
    tmp_path: Path, tear: Callable[[bytes], bytes]
) -> None:
    with studio_and_service(tmp_path) as (studio, _):
        picture = studio.generate("a red fox", seed=7)
        whole = picture.preview
        studio.close()
        preview_file(picture).write_bytes(tear(whole))

        assert picture.preview == whole == preview_file(picture).read_bytes()
