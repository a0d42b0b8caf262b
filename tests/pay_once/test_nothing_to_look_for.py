"""A job whose image was not given up cannot be looked at again: it says so, or goes on as it was, and costs nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

POST = "POST", "/images/generations"
WAITS = {"submit-429-seconds": Rule(prompt="waits", seconds=3600)}
Maker = Callable[[Stage], qn.Job]


def _planned(stage: Stage) -> qn.Job:
    studio = stage.open()
    waits = reaches(studio, lambda job: job.note is not None)
    job = studio.submit("a fox that waits", seed=7)
    wait_for(waits, "the request waits for its next try")
    return job


def _cancelled(stage: Stage) -> qn.Job:
    job = _planned(stage)
    assert job.cancel()
    return job


def _sending(stage: Stage) -> qn.Job:
    stage.gate.hold(*POST)
    job = stage.open().submit("a fox", seed=7)
    stage.gate.wait_held()
    return job


def _ended(fault: str) -> Maker:
    def make(stage: Stage) -> qn.Job:
        stage.simulator.faults.switch_on(fault, Rule(seconds=0))
        job = stage.open(patience=quick(submit_tries=1)).submit("a fox", seed=7)
        job.wait(WAIT_SECONDS)
        return job

    return make


def _dismissed(stage: Stage) -> qn.Job:
    return _ended("submit-not-json")(stage).dismiss()


MAKERS: dict[State, Maker] = {
    State.PLANNED: _planned,
    State.CANCELLED: _cancelled,
    State.SENDING: _sending,
    State.UNCERTAIN: _ended("submit-not-json"),
    State.DISMISSED: _dismissed,
    State.FAILED: _ended("task-fails"),
    State.REFUSED: _ended("submit-429-seconds"),
}


@pytest.mark.parametrize("state", MAKERS)
def test_it_says_so_and_nothing_moves(state: State, tmp_path: Path) -> None:
    with Stage(tmp_path, WAITS) as stage:
        job = MAKERS[state](stage)
        posts = len(stage.simulator.books.posts)

        with pytest.raises(
            qn.QwenError, match=f"The job is {state}, so there is nothing to look for"
        ) as raised:
            job.look_again()

        assert raised.value.charge is Charge.FREE
        assert job.status is state
        assert len(stage.simulator.books.posts) == posts


def test_one_that_is_saved_is_not_fetched_again(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = studio.submit("a fox", seed=7)
        job.result(WAIT_SECONDS)

        assert job.look_again().wait(WAIT_SECONDS) is State.SAVED

        _assert_fetched_once(stage, studio)


def test_one_that_is_on_its_way_is_left_on_it(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold("GET", "/media")
        studio = stage.open()
        job = studio.submit("a fox", seed=7)
        stage.gate.wait_held()

        assert job.look_again().status is State.DOWNLOADING
        stage.gate.let_go()

        assert job.wait(WAIT_SECONDS) is State.SAVED
        _assert_fetched_once(stage, studio)


def _assert_fetched_once(stage: Stage, studio: qn.Studio) -> None:
    (task,) = stage.simulator.books.tasks.values()
    assert (len(stage.simulator.books.posts), task.downloads, stage.images) == (1, 1, 1)
    assert studio.spent == PRICE
