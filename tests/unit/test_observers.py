"""What people observe of a widget: their code may do anything, and nothing of ours waits for it or is lost."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import traitlets

import qwen_notebook as qn
from qwen_notebook.concurrency.loop_thread import shared_worker
from tests.support.people import CALLBACKS, Recorder, Sleeper, at_once
from tests.support.stage import WAIT_SECONDS
from tests.support.studios import studio_and_service
from tests.support.widget_talk import WidgetTalk, own_state


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with studio_and_service(tmp_path / "posters") as (studio, _):
        yield studio


@pytest.fixture
def panel(studio: qn.Studio) -> Iterator[qn.QwenWidget]:
    panel = qn.qwen_widget(studio, prompt="a red fox", seed=7)
    yield panel
    panel.close()


class FrontEnd(WidgetTalk):
    """A front end that has what it was sent last."""

    def __init__(self, widget: Any) -> None:
        self.state: dict[str, Any] = {}
        super().__init__(widget)
        self.state |= self.states[0]

    def _take(self, message: dict[str, Any], buffers: object = None) -> None:
        super()._take(message, buffers)
        if message["method"] in ("update", "echo_update"):
            self.state |= message["state"]


def _from_a_cell(panel: qn.QwenWidget, prompt: str) -> None:
    panel.prompt = prompt


def _from_the_front_end(panel: qn.QwenWidget, prompt: str) -> None:
    WidgetTalk(panel).write(prompt=prompt)


def _restored(panel: qn.QwenWidget, prompt: str) -> None:
    panel.restore(qn.GenerationRequest(prompt=prompt, seed=3))


def _held(panel: qn.QwenWidget, prompt: str) -> None:
    with panel.hold_trait_notifications():
        panel.prompt = prompt


each_way = pytest.mark.parametrize("write", [_from_a_cell, _from_the_front_end, _restored, _held])


class TestSettings:
    @each_way
    def test_an_observer_may_make_images(self, panel: qn.QwenWidget, tmp_path: Path, write: Any) -> None:
        offline = qn.Studio(tmp_path / "offline", offline=True)
        panel.observe(lambda change: panel.studio.generate(change["new"], seed=1), "prompt")
        panel.observe(lambda change: offline.submit(change["new"], seed=1).result(), "prompt")
        panel.observe(lambda _: panel.create()[0].result(), "prompt")
        write(panel, "a blue hen")

        assert [picture.request.prompt for picture in panel.studio.pictures] == ["a blue hen"] * 2
        assert [picture.request.prompt for picture in offline.pictures] == ["a blue hen"]
        offline.close()

    @each_way
    def test_an_observer_has_run_when_the_line_is_done(self, panel: qn.QwenWidget, write: Any) -> None:
        heard = Recorder(lambda change: (change["old"], change["new"]))
        panel.observe(heard, "prompt")
        write(panel, "a blue hen")

        assert not heard.silent
        assert heard.next() == (("a red fox", "a blue hen"), threading.current_thread().name)
        assert heard.silent

    @each_way
    def test_one_that_sleeps_holds_up_nothing_else(
        self, panel: qn.QwenWidget, tmp_path: Path, write: Any
    ) -> None:
        sleeper, quick = Sleeper(), Recorder(lambda change: change["new"])
        panel.observe(sleeper, "prompt")
        panel.observe(quick, "count")
        writing = threading.Thread(target=write, args=(panel, "a blue hen"), daemon=True)
        writing.start()
        assert sleeper.asleep.wait(WAIT_SECONDS)

        panel.count = 2
        assert quick.next() == (2, threading.current_thread().name)
        pictures = [job.result(WAIT_SECONDS) for job in panel.create()]
        talk = WidgetTalk(panel)
        talk.write(count=3)
        assert talk.ask("act", verb="balance")["kind"] == "ack"
        with studio_and_service(tmp_path / "others") as (other, _):
            pictures.append(other.generate("an owl", seed=1))
        assert writing.is_alive()
        sleeper.wake()
        writing.join(WAIT_SECONDS)

        assert len(pictures) == 3
        assert panel.prompt == "a blue hen"

    def test_one_that_raises_tells_the_cell_and_the_others(self, panel: qn.QwenWidget) -> None:
        def broken(_: Any) -> None:
            raise ValueError("mine")

        panel.observe(broken, "prompt")
        talk = WidgetTalk(panel)
        before = panel._revision
        with pytest.raises(ValueError, match="mine"):
            panel.prompt = "a blue hen"

        assert talk.states[1:] == [{"prompt": "a blue hen"}, {"_revision": before + 1}]

    def test_a_value_s_own_code_runs_without_our_lock(self, panel: qn.QwenWidget) -> None:
        sleeper = Sleeper()

        class Odd(str):
            def __eq__(self, other: object) -> bool:
                raise AssertionError("It was compared under the lock.")

            __hash__ = str.__hash__

        class Slow:
            def __repr__(self) -> str:
                sleeper()
                return "slow"

        def write() -> None:
            with pytest.raises(traitlets.TraitError):
                panel.prompt = Slow()  # type: ignore[assignment]

        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        assert sleeper.asleep.wait(WAIT_SECONDS)
        panel.prompt = Odd("a blue hen")
        panel.prompt = "an owl"
        sleeper.wake()
        thread.join(WAIT_SECONDS)

        assert panel.prompt == "an owl"

    def test_what_one_thread_holds_back_is_not_another_s(self, panel: qn.QwenWidget) -> None:
        heard = Recorder(lambda change: (change["name"], change["new"]))
        panel.observe(heard, ["prompt", "count"])
        talk = WidgetTalk(panel)
        with panel.hold_sync(), panel.hold_trait_notifications():
            panel.prompt = "a blue hen"
            at_once(partial(setattr, panel, "count", 2))
            assert heard.next()[0] == ("count", 2)
            assert heard.silent
            assert talk.states[-2:] == [{"count": 2}, {"_revision": 1}]

        assert heard.next()[0] == ("prompt", "a blue hen")
        assert talk.states[-1]["prompt"] == "a blue hen"

    def test_what_the_front_end_may_not_set_is_refused_and_echoed(
        self, panel: qn.QwenWidget, caplog: pytest.LogCaptureFixture
    ) -> None:
        talk = FrontEnd(panel)
        talk.write(image_size="7:3", prompt="a blue hen")

        assert (panel.image_size, panel.prompt) == ("16:9", "a red fox")
        assert talk.state["image_size"] == "7:3"


class TestLinks:
    def test_panels_that_follow_each_other_do_not_wait_for_each_other(self, studio: qn.Studio) -> None:
        first, second = (qn.qwen_widget(studio, seed=7) for _ in range(2))
        for one, other in ((first, second), (second, first)):
            traitlets.dlink((one, "prompt"), (other, "prompt"))

        def hammer(panel: qn.QwenWidget) -> None:
            for number in range(200):
                panel.prompt = f"{id(panel)} {number}"

        ends = [FrontEnd(panel) for panel in (first, second)]
        at_once(partial(hammer, first), partial(hammer, second))
        first.prompt = "the last"

        assert second.prompt == "the last"
        for end in ends:
            assert end.state["prompt"] == end.widget.prompt
            end.widget.close()

    def test_a_ring_of_panels_does_not_stand_still(self, studio: qn.Studio) -> None:
        ring = [qn.qwen_widget(studio, seed=7) for _ in range(4)]
        for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
            traitlets.dlink((one, "count"), (other, "count"))

        def hammer(panel: qn.QwenWidget) -> None:
            for number in range(60):
                panel.count = 1 + number % 16

        at_once(*(partial(hammer, panel) for panel in ring))
        for panel in ring:
            panel.close()


class TestManyThreads:
    def test_nothing_is_lost_between_the_kernel_and_the_front_end(self, panel: qn.QwenWidget) -> None:
        talk = FrontEnd(panel)

        def from_a_cell(who: int) -> None:
            for number in range(200):
                panel.prompt = f"{who} {number}"
                panel.count = 1 + number % 3
                panel.seed = number % 2

        def from_the_front_end() -> None:
            for number in range(200):
                talk.write(prompt=f"typed {number}", count=1 + number % 4, seed=number % 2)

        jobs = panel.create()
        at_once(*(partial(from_a_cell, who) for who in range(4)), from_the_front_end, from_the_front_end)
        for job in jobs:
            job.result(WAIT_SECONDS)
        talk.until(lambda: talk.state["_jobs"] and talk.state["_jobs"][0]["state"] == "saved", "the picture")

        assert talk.state == own_state(panel)
        assert panel._revision == talk.state["_revision"]

    def test_observers_hear_of_each_change_once_and_in_order(self, panel: qn.QwenWidget) -> None:
        heard: list[tuple[str, str]] = []
        panel.observe(lambda change: heard.append((change["old"], change["new"])), "prompt")

        def write(who: int) -> None:
            for number in range(200):
                panel.prompt = f"{who} {number}"

        at_once(*(partial(write, who) for who in range(4)))

        assert len(heard) == 800
        assert [old for old, _ in heard] == ["a red fox", *(new for _, new in heard[:-1])]
        assert heard[-1][1] == panel.prompt

    def test_the_axes_of_a_grid_stay_whole(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {x} {y} {z}", x=[1, 2], y=[1, 2], z=[1, 2], seed=1, studio=studio)
        grid = sweep.grid()
        seen = Recorder(lambda _: sorted([*grid.rows, *grid.columns]))
        grid.observe(seen, ["rows", "columns"])
        talk = FrontEnd(grid)
        names = ["x", "y", "z"]

        def put(trait: str, shift: int) -> None:
            for number in range(60):
                setattr(grid, trait, names[: (number + shift) % 3])

        at_once(
            partial(put, "rows", 0),
            partial(put, "columns", 1),
            lambda: [talk.write(rows=["z", "x"], columns=["y"]) for _ in range(60)],
        )

        assert sorted([*grid.rows, *grid.columns]) == names
        assert talk.state["rows"] == grid.rows
        assert talk.state["columns"] == grid.columns
        grid.close()

    def test_a_message_that_comes_on_many_threads_is_done_once_and_answered_each_time(
        self, panel: qn.QwenWidget
    ) -> None:
        talk = FrontEnd(panel)
        request = qn.GenerationRequest(prompt="a red fox", seed=7).to_fields()
        message = {"kind": "submit", "id": "once", "request": request, "again": True}
        at_once(*(partial(talk.say, message) for _ in range(8)))
        talk.until(lambda: sum(m.get("id") == "once" for m in talk.sent) == 8, "all answers")

        assert len(panel.studio.jobs) == 1


class TestWhatTheWorkerWrites:
    def test_it_is_observed_on_a_thread_for_that_in_order(self, panel: qn.QwenWidget) -> None:
        by_name = Recorder(lambda change: [info["state"] for info in change["new"]])
        all_names = Recorder(lambda change: change["name"])
        panel.observe(by_name, "_jobs")
        panel.observe(all_names)
        panel.create()
        calls = by_name.until(lambda states: states == ["saved"])

        assert {thread for _, thread in calls} == {CALLBACKS}
        assert all_names.until(lambda name: name == "_jobs")[-1][1] == CALLBACKS

    def test_an_observer_of_it_may_sleep_raise_and_make_images(
        self, panel: qn.QwenWidget, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = Recorder(lambda _: panel.studio.generate("an owl", seed=9).request.prompt)
        sleeper = Sleeper()

        def broken(_: Any) -> None:
            raise ValueError("mine")

        panel.observe(sleeper, "_jobs")
        first = panel.create()[0]
        assert sleeper.asleep.wait(WAIT_SECONDS)
        assert first.result(WAIT_SECONDS).path.exists()
        assert panel.create(again=True)[0].result(WAIT_SECONDS).path.exists()
        panel.unobserve(sleeper, "_jobs")
        panel.observe(broken, "_studio")
        panel.observe(made, "_jobs")
        third = panel.create(again=True)[0]
        sleeper.wake()
        third.result(WAIT_SECONDS)
        _let_the_worker_push()
        panel._calls.wait(WAIT_SECONDS)

        assert made.next() == ("an owl", CALLBACKS)
        assert "ValueError: mine" in capsys.readouterr().err

    def test_no_thread_is_started_where_nobody_observes(self, panel: qn.QwenWidget) -> None:
        before = set(threading.enumerate())
        panel.create()[0].result(WAIT_SECONDS)
        _let_the_worker_push()

        assert CALLBACKS not in {thread.name for thread in set(threading.enumerate()) - before}


def _let_the_worker_push() -> None:
    for _ in range(2):
        done = threading.Event()
        shared_worker().call(done.set)
        assert done.wait(WAIT_SECONDS)
