"""A second service is one public line: studios work with it, keep what it made, and say so where it is missing."""

import io
import pickle
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import qwen_notebook as qn


class Archive:
    """Draws a picture of one colour for each request, and has it at once."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        self.sent: list[qn.GenerationRequest] = []

    async def submit(self, request: qn.GenerationRequest) -> qn.Task:
        self.sent.append(request)
        return qn.Task(id=f"{self.name}-{len(self.sent)}")

    async def task(self, task_id: str) -> qn.Task:
        request = self.sent[_number_in(task_id) - 1]
        if "impossible" in request.prompt:
            return qn.Task(id=task_id, status="failed")
        return qn.Task(id=task_id, status="completed", image_urls=(f"archive:{task_id}",))

    async def balance(self) -> int:
        return 1000 - 3 * len(self.sent)

    async def download(self, url: str) -> qn.Download:
        file = io.BytesIO()
        Image.new("RGB", (64, 36), (_number_in(url), 90, 40)).save(file, "PNG")
        return qn.Download(file.getvalue(), "image/png", url)

    async def aclose(self) -> None:
        return None


def _number_in(text: str) -> int:
    return int(text.rpartition("-")[2])


class Archived(qn.Provider):
    """An archive that charges 3 credits an image."""

    label = "the archive"
    prior_median = 0.02

    def __init__(self) -> None:
        self.archive = Archive()

    def connect(self, folder: Path, patience: qn.Patience) -> Archive:
        return self.archive

    def price(self, model: qn.ModelSpec) -> int:
        return 3


class Gift(Archived):
    """One that charges nothing."""

    free = True


@pytest.fixture(autouse=True)
def _registered() -> None:
    qn.register_provider("archive", Archived)
    qn.register_provider("gift", Gift)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with qn.Studio(tmp_path / "posters", provider="archive") as studio:
        yield studio


def test_a_picture_is_made_saved_and_paid_for(studio: qn.Studio) -> None:
    picture = studio.generate("a red fox", seed=7)

    assert picture.service == "archive"
    assert Image.open(picture).size == (64, 36)
    assert (picture.credits, studio.spent, studio.balance()) == (3, 3, 997)
    assert not studio.offline
    assert repr(studio) == "<Studio posters/ · the archive · 1 pictures · 3 credits spent>"


def test_it_is_found_again_and_bought_once(studio: qn.Studio) -> None:
    made = studio.generate("a red fox", seed=7)
    studio.close()

    with qn.Studio(studio.store.folder, provider="archive") as again:
        assert again.generate("a red fox", seed=7) == made
        assert again.find("fox") == [made]
        assert again.spent == 3


def test_a_budget_is_kept(tmp_path: Path) -> None:
    with qn.Studio(tmp_path, provider="archive", budget=5) as studio:
        studio.generate("a red fox", seed=7)
        with pytest.raises(qn.BudgetExceeded):
            studio.generate("a red fox", seed=8)


def test_what_was_spent_is_of_every_service_that_charges(studio: qn.Studio) -> None:
    studio.generate("a red fox", seed=7)

    with qn.Studio(studio.store.folder, provider="gift") as free:
        picture = free.generate("a red fox", seed=7)
        assert picture.credits == 0
        assert free.spent == 3
        assert str(free.money) == "pictures are free · 3 credits spent"
    with qn.Studio(studio.store.folder, api_key="rk_test") as other:
        assert other.spent == 3


def test_its_sentences_name_it(studio: qn.Studio) -> None:
    with pytest.raises(qn.GenerationFailed, match=r"^The archive could not make the image\."):
        studio.generate("an impossible fox")
    picture = studio.generate("a red fox")
    with qn.Studio(studio.store.folder, offline=True) as previews, pytest.raises(qn.InvalidRequest) as caught:
        previews.submit("at night", image_url=picture)
    assert (
        caught.value.what == "The picture to edit lies at the archive, which the offline preview cannot see."
    )


def test_a_studio_is_pickled_with_it(studio: qn.Studio) -> None:
    made = studio.generate("a red fox", seed=7)
    studio.close()
    again: qn.Studio = pickle.loads(pickle.dumps(studio))

    assert again.generate("a red fox", seed=7) == made
    assert again.generate("a red fox", seed=8).service == "archive"
    again.close()


def test_a_process_without_it_shows_what_was_made_and_says_what_is_missing(studio: qn.Studio) -> None:
    studio.generate("a red fox", seed=7)
    program = (
        "import pickle, sys\n"
        "studio = pickle.load(sys.stdin.buffer)\n"
        "print(studio.pictures[0].request.prompt, studio.pictures[0].credits, studio.spent)\n"
        "try:\n"
        "    studio.submit('a red fox', seed=8)\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error.what, error.todo)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(studio),
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.decode().splitlines() == [
        "a red fox 3 0",
        "InvalidRequest There is no provider 'archive' here. "
        "Choose from reapi, simulator, or register it: qn.register_provider('archive', …).",
    ]


def test_its_code_shows_its_picture(studio: qn.Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = studio.generate("a red fox", seed=7)
    monkeypatch.chdir(studio.store.folder.parent)

    assert picture.code() == "qn.Studio('posters', provider='archive').generate('a red fox', seed=7)"
    assert eval(picture.code(), {"qn": qn}) == picture


def test_the_services_that_are_built_in_have_names_too(tmp_path: Path) -> None:
    assert qn.Studio(tmp_path, provider="simulator").offline
    with pytest.raises(qn.AuthenticationError):
        qn.Studio(tmp_path, provider="reapi")


@pytest.mark.parametrize("more", [{"api_key": "rk_test"}, {"offline": True}, {"base_url": "https://x.org"}])
def test_two_services_at_once_are_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(qn.InvalidRequest, match="provider= was given"):
        qn.Studio(tmp_path, provider="archive", **more)


def test_an_unknown_provider_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(qn.InvalidRequest, match=r"no provider 'archiv' here.*qn\.register_provider"):
        qn.Studio(tmp_path, provider="archiv")


@pytest.mark.parametrize(
    ("name", "factory"), [("The Archive", Archived), ("reapi", Archived), ("archive", "no factory")]
)
def test_what_cannot_be_a_provider_is_refused(name: str, factory: Any) -> None:
    with pytest.raises(qn.InvalidRequest):
        qn.register_provider(name, factory)
