"""A second model is one public line: its pictures are made, saved, found and shown as those of the first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.studio.studio import core_of

SKETCH = qn.ModelSpec(
    name="sketch-1",
    label="Sketch",
    text_pixels={"1:1": (64, 64), "5:4": (80, 64)},
    default_size="1:1",
    output_formats=("png",),
    prompt_limit=40,
    prompt_units=len,
    seed_max=999,
    price=4,
)


@pytest.fixture(autouse=True)
def _registered() -> None:
    qn.register_model(SKETCH)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with qn.Studio(tmp_path / "sketches", offline=True, model="sketch-1") as studio:
        yield studio


def test_a_picture_is_made_in_its_shape_and_saved(studio: qn.Studio) -> None:
    picture = studio.generate("a red fox", seed=7)

    assert picture.request.model == "sketch-1"
    assert picture.request.image_size == "1:1"
    assert Image.open(picture).size == (64, 64)
    assert studio.generate("a red fox", image_size="5:4", seed=7).size == (80, 64)


def test_it_is_found_again_in_the_folder_and_bought_once(studio: qn.Studio) -> None:
    made = studio.generate("a red fox", image_size="5:4", seed=7)
    studio.close()

    with qn.Studio(studio.store.folder, offline=True, model="sketch-1") as again:
        assert again.generate("a red fox", image_size="5:4", seed=7) == made
        assert again.find("fox", image_size="5:4") == [made]
        assert again.pictures[0].request == made.request


def test_the_same_words_for_another_model_are_another_picture(studio: qn.Studio) -> None:
    sketch = studio.generate("a red fox", image_size="1:1", seed=7)

    with qn.Studio(studio.store.folder, offline=True) as usual:
        picture = usual.generate("a red fox", image_size="1:1", seed=7)

    assert picture != sketch
    assert picture.request != sketch.request
    assert picture.request.key != sketch.request.key
    assert picture.request.model == "qwen-image-2"


def test_its_limits_are_those_that_count(studio: qn.Studio) -> None:
    for wrong, field in (
        ({"prompt": "x" * 41}, "prompt"),
        ({"image_size": "16:9"}, "image_size"),
        ({"output_format": "jpeg"}, "output_format"),
        ({"seed": 1000}, "seed"),
        ({"image_url": "https://example.com/a.png"}, "image_url"),
    ):
        given: dict[str, Any] = {"prompt": "a red fox"} | wrong
        with pytest.raises(qn.InvalidRequest) as caught:
            studio.submit(**given)
        assert caught.value.field == field

    assert studio.generate("🦊" * 40).request.seed <= 999


def test_its_price_is_the_studio_s_unless_another_is_given(tmp_path: Path) -> None:
    given: dict[str, Any] = {"api_key": "rk_test", "model": "sketch-1"}

    assert qn.Studio(tmp_path / "a", **given).price == 4
    assert qn.Studio(tmp_path / "b", **given, price=5).price == 5
    assert qn.Studio(tmp_path / "c", **given, price=None).price is None


def test_its_code_makes_it_again(studio: qn.Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = studio.generate("a red fox", seed=7)
    monkeypatch.chdir(studio.store.folder.parent)

    assert (
        picture.code()
        == "qn.Studio('sketches', offline=True, model='sketch-1').generate('a red fox', image_size='1:1', seed=7)"
    )
    assert eval(picture.code(), {"qn": qn}) == picture


def test_an_experiment_is_made_with_it(studio: qn.Studio) -> None:
    sweep = qn.experiment("a {red|blue} fox", seed=[1, 2], studio=studio)
    sweep.run(progress=False)

    assert {picture.request.model for picture in studio.pictures} == {"sketch-1"}
    assert studio.picture_count == 4


def test_its_picture_is_shown_where_nobody_registered_it(tmp_path: Path) -> None:
    spec = qn.ModelSpec(
        name="gone-1", label="Gone", text_pixels={"5:4": (80, 64)}, default_size="5:4", price=1
    )
    qn.register_model(spec)
    with qn.Studio(tmp_path / "x", offline=True, model="gone-1") as studio:
        made = studio.generate("a red fox", seed=7)
    # As in a kernel that knows it with limits that its picture would not keep.
    qn.register_model(
        qn.ModelSpec(
            name="gone-1", label="Gone", text_pixels={"1:1": (64, 64)}, default_size="1:1", seed_max=1
        )
    )

    with qn.Studio(tmp_path / "x", offline=True) as studio:
        assert studio.pictures[0] == made
        assert studio.pictures[0].request.image_size == "5:4"
        assert core_of(studio).admit(made.request).job.picture == made


def test_an_unknown_model_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(qn.InvalidRequest, match=r"no model 'skech-1' here.*qn\.register_model"):
        qn.Studio(tmp_path, offline=True, model="skech-1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a name"},
        {"default_size": "9:16"},
        {"text_pixels": {"square": (64, 64)}, "default_size": "square"},
        {"output_formats": ("webp",)},
        {"seed_max": 2**60},
        {"prompt_limit": 0},
    ],
)
def test_a_model_whose_parts_do_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    whole = {"name": "x-1", "label": "X", "text_pixels": {"1:1": (64, 64)}, "default_size": "1:1"}

    with pytest.raises(qn.InvalidRequest):
        qn.ModelSpec(**whole | wrong)


def test_the_model_that_is_built_in_stays() -> None:
    with pytest.raises(qn.InvalidRequest, match="built in"):
        qn.register_model(
            qn.ModelSpec(name="qwen-image-2", label="Mine", text_pixels={"1:1": (64, 64)}, default_size="1:1")
        )
