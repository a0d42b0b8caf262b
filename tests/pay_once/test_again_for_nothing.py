"""An equal request is answered from the folder, or joined on its way; only ``again=True`` buys another."""

from pathlib import Path

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.studio.studio import core_of
from tests.support.programs import Program
from tests.support.stage import WAIT_SECONDS, Stage

POST = "POST", "/images/generations"


def test_after_a_restart_it_comes_back_from_the_folder(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        first = stage.open()
        picture = first.submit("a fox", seed=7).result(WAIT_SECONDS)
        first.close()

        assert stage.open().submit("a fox", seed=7).result(0).path == picture.path
        with Program([stage], seeds=[7], anyway=True) as program:
            assert program.until_done()["jobs"] == [[[7, picture.id, "saved"]]]

        assert (stage.tasks, stage.images) == (1, 1)


def test_on_its_way_in_this_process_it_is_joined(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open()
        jobs = [studio.submit("a fox", seed=7) for _ in range(5)]
        stage.gate.wait_held()
        jobs.append(studio.submit("a fox", seed=7))
        stage.gate.let_go()

        assert len({job.result(WAIT_SECONDS).path for job in jobs}) == 1
        assert (stage.tasks, len(studio.jobs)) == (1, 1)


def test_on_its_way_in_another_process_it_is_joined(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open()  # before there was anything to be seen
        with Program([stage], seeds=[7]) as program:
            stage.gate.wait_held()
            job = studio.submit("a fox", seed=7)
            assert job.status is State.SENDING
            stage.gate.let_go()

            assert job.result(WAIT_SECONDS).path.exists()
            assert program.until_done()["jobs"] == [[[7, job.id, "saved"]]]
        assert (stage.tasks, stage.images) == (1, 1)


def test_again_buys_another_and_the_newest_comes_back(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        first = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        second = studio.submit("a fox", seed=7, again=True).result(WAIT_SECONDS)

        assert first.path != second.path
        assert (stage.tasks, stage.images) == (2, 2)
        assert studio.submit("a fox", seed=7).id == second.id


def test_what_brought_no_image_is_asked_for_anew(tmp_path: Path) -> None:
    with Stage(tmp_path, {"task-fails": Rule(times=1)}) as stage:
        studio = stage.open()
        failed = studio.submit("a fox", seed=7)
        assert failed.wait(WAIT_SECONDS) is State.FAILED

        assert studio.submit("a fox", seed=7).result(WAIT_SECONDS).id != failed.id
        assert stage.tasks == 2


def test_a_drawn_seed_is_sent_recorded_and_good_for_another_time(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        pictures = [studio.submit("a fox").result(WAIT_SECONDS) for _ in range(2)]
        seeds = [picture.request.seed for picture in pictures]
        studio.close()

        assert [post.body["seed"] for post in stage.simulator.books.posts] == seeds
        assert len(set(seeds)) == 2
        again = stage.open()
        assert [again.submit("a fox", seed=seed).result(0).path for seed in seeds] == [
            picture.path for picture in pictures
        ]
        assert stage.tasks == 2


def test_pressing_a_button_twice_makes_one_job(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        request = qn.GenerationRequest(prompt="a fox")
        studio = stage.open()
        job = core_of(studio).admit(request, client_id="click-1").job
        assert core_of(studio).admit(request, client_id="click-1").job.id == job.id
        job.result(WAIT_SECONDS)
        studio.close()

        assert core_of(stage.open()).admit(request, client_id="click-1").job.id == job.id
        assert stage.tasks == 1
