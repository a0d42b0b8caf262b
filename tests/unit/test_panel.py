"""The panel from Python: its settings, its button, its pictures, and its end."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import ipywidgets
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances

import qwen_notebook as qn
from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.simulator import Simulator
from qwen_notebook.studio.studio import core_of
from tests.support.preview_files import made_preview
from tests.support.studios import studio_and_service
from tests.support.widget_talk import WidgetTalk


@pytest.fixture
def simulator() -> list[Simulator]:
    return []


@pytest.fixture
def panel(tmp_path: Path, simulator: list[Simulator]) -> Iterator[qn.QwenWidget]:
    with studio_and_service(tmp_path / "posters") as (studio, service):
        simulator.append(service)
        panel = qn.qwen_widget(studio, prompt="a red fox", seed=7)
        yield panel
        panel.close()


def test_pressing_from_code_makes_what_the_settings_say(panel: qn.QwenWidget) -> None:
    panel.image_size = "1:1"
    (job,) = panel.create()
    picture = job.result()

    assert picture.request == qn.GenerationRequest(prompt="a red fox", seed=7, image_size="1:1")
    assert panel.jobs == [job]
    assert panel.pictures[-1].path == picture.path
    assert panel.image is not None
    assert panel.image.size == picture.size


def test_there_is_no_image_before_there_is_one(panel: qn.QwenWidget) -> None:
    assert panel.image is None
    assert panel.pictures == []


def test_several_images_have_seeds_that_follow_each_other(panel: qn.QwenWidget) -> None:
    panel.count = 3
    panel.next_seed = "+1"

    assert [job.request.seed for job in panel.create()] == [7, 8, 9]
    assert panel.seed == 10


def test_pressing_twice_on_the_same_settings_joins(panel: qn.QwenWidget, simulator: list[Simulator]) -> None:
    panel.next_seed = "same"
    (first,) = panel.create()
    (second,) = panel.create()
    first.wait()

    assert first is second
    assert len(simulator[0].books.tasks) == 1


def test_what_would_be_refused_is_not_sent(panel: qn.QwenWidget, simulator: list[Simulator]) -> None:
    panel.image_size = "21:9"
    with pytest.raises(qn.InvalidRequest, match="edits only"):
        panel.create()

    assert simulator[0].books.tasks == {}


def test_the_next_picture_can_be_awaited(panel: qn.QwenWidget) -> None:
    async def work() -> qn.Picture:
        coming = asyncio.ensure_future(panel.next())
        await asyncio.sleep(0)
        panel.create()
        return await coming

    assert asyncio.run(work()).request.seed == 7


def test_a_callback_hears_of_each_picture_on_a_thread_of_its_own(panel: qn.QwenWidget) -> None:
    heard: list[tuple[int | None, bool]] = []
    done = threading.Event()

    def listen(picture: qn.Picture) -> None:
        heard.append((picture.request.seed, threading.current_thread() is threading.main_thread()))
        done.set()

    stop = panel.on_picture(listen)
    panel.create()
    assert done.wait(30)
    stop()

    assert heard == [(7, False)]


def test_a_callback_in_trouble_does_not_stop_the_next(
    panel: qn.QwenWidget, capsys: pytest.CaptureFixture[str]
) -> None:
    done = threading.Event()

    def broken(_: qn.Picture) -> None:
        raise ValueError("mine")

    panel.on_picture(broken)
    panel.on_picture(lambda _: done.set())
    panel.create()

    assert done.wait(30)
    assert "ValueError: mine" in capsys.readouterr().err


def test_its_settings_are_observed_and_linked_like_any_widget_s(panel: qn.QwenWidget) -> None:
    seen: list[str] = []
    panel.observe(lambda change: seen.append(change["new"]), names="prompt")
    slider = ipywidgets.IntSlider(min=0, max=100)
    ipywidgets.link((slider, "value"), (panel, "seed"))
    panel.prompt = "a blue fox"
    slider.value = 42

    assert seen == ["a blue fox"]
    assert panel.seed == 42


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_size", "7:3"),
        ("seed", -1),
        ("seed", 1.5),
        ("count", 0),
        ("count", 99),
        ("output_format", "gif"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_where_it_is_made(
    panel: qn.QwenWidget, name: str, value: object
) -> None:
    with pytest.raises(traitlets.TraitError):
        setattr(panel, name, value)


def test_an_unknown_setting_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(qn.InvalidRequest, match="'prompt'"):
        qn.qwen_widget(qn.Studio(tmp_path, offline=True), promt="a red fox")


def test_a_change_from_a_cell_is_counted_so_that_a_draft_is_not_overwritten(panel: qn.QwenWidget) -> None:
    before = panel._revision
    panel.prompt = "from a cell"

    assert panel._revision == before + 1


def test_two_hundred_panels_leave_nothing_behind(tmp_path: Path) -> None:
    with studio_and_service(tmp_path) as (studio, _):
        studio.generate("a red fox", seed=7)
        gone: list[weakref.ref[qn.QwenWidget]] = []
        registered = len(_instances)
        for _number in range(200):
            panel = qn.qwen_widget(studio, prompt="a red fox", seed=7)
            panel.create()
            panel.close()
            gone.append(weakref.ref(panel))
        del panel
        shared_worker().start(asyncio.sleep(0)).result()  # what it had still to do for them is done
        gc.collect()

        assert not core_of(studio).is_followed
        assert [ref for ref in gone if ref() is not None] == []
        assert len(_instances) == registered


def test_a_file_that_is_no_image_any_more_hides_no_other(panel: qn.QwenWidget) -> None:
    panel.count = 2
    broken, whole = [job.result() for job in panel.create()]
    for _ in range(2):
        shared_worker().start(asyncio.sleep(0)).result()  # what it sends by itself is sent
    broken.path.write_bytes(b"no image")
    made_preview(broken).unlink()
    talk = WidgetTalk(panel)
    answer = talk.ask("want", jobs=[broken.id, whole.id], size="preview")

    assert answer["result"] == {"missing": [broken.id]}
    assert [message["job"] for message in talk.sent[:-1]] == [whole.id]
