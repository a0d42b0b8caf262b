"""A studio that is closed while a POST is under way: its answer is heard, however late."""

from pathlib import Path

import pytest

from qwen_notebook.journal.states import State
from tests.support.programs import Program
from tests.support.stage import Stage, reaches, wait_for

POST = "POST", "/images/generations"


@pytest.mark.parametrize("opens", ["before", "after"])
def test_an_answer_that_comes_after_the_closing_goes_to_another_studio_of_the_kernel(
    opens: str, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open()
        other = stage.open() if opens == "before" else None
        job = studio.submit("a fox", seed=7)
        stage.gate.wait_held()

        studio.close()
        assert job.status is State.SENDING, "it is under way, whoever is closed"
        other = other or stage.open()
        saved = reaches(other, lambda job: job.status is State.SAVED)
        stage.gate.let_go()

        wait_for(saved, "it is saved, though nobody waits for it")
        assert (stage.tasks, stage.images, len(stage.simulator.books.posts)) == (1, 1, 1)


def test_an_answer_that_comes_after_the_closing_goes_to_another_kernel(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open()
        job = studio.submit("a fox", seed=7)
        stage.gate.wait_held()

        studio.close()
        with Program([stage], seeds=[7], anyway=True) as other:
            other.until("asked")
            stage.gate.let_go()

            assert other.until_done()["jobs"] == [[[7, job.id, State.SAVED]]]
        assert (stage.tasks, stage.images, len(stage.simulator.books.posts)) == (1, 1, 1)
