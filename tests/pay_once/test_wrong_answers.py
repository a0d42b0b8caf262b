"""What the service answers is held against what was asked: nobody gets another job's task or picture unnoticed."""

import signal
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.simulator.books import Task
from qwen_notebook.simulator.request import SubmitRequest
from qwen_notebook.studio.studio import core_of
from tests.support.gate import Instead
from tests.support.journal import read_journal
from tests.support.lost_answers import digest_of, fetched, file_of, task_ids
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, reaches, wait_for

POST = "POST", "/images/generations"
A_WHILE = 4


@pytest.mark.parametrize("times", [1, A_WHILE])
@pytest.mark.parametrize("asked", ["at first", "for a fresh address"])
def test_an_answer_about_another_task_is_no_answer(asked: str, times: int, tmp_path: Path) -> None:
    faults = (
        {"url-expired": Rule(times=times + 1, prompt="an owl")} if asked == "for a fresh address" else None
    )
    with Stage(tmp_path, faults) as stage:
        studio = stage.open()
        fox = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        right_before = 1 if asked == "for a fresh address" else 0
        wrong = _answer_about_the_first(stage, right_before=right_before, times=times)

        job = studio.submit("an owl", seed=8)
        job.wait(WAIT_SECONDS)

        owl = fetched(stage, job, task_ids(stage)[1])
        assert next(wrong, None) is None, "each of the wrong answers was given"
        assert owl.sha256 != fox.sha256
        assert (stage.tasks, stage.images) == (2, 2)


def test_answers_about_another_task_for_ever_are_said_and_take_nothing(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        right = stage.simulator.describe
        _answer_about_the_first(stage, right_before=0, times=None)
        told = reaches(studio, lambda job: "another task" in (job.note or ""))
        job = studio.submit("an owl", seed=8)
        wait_for(told, "the job says that the answers are about another task")

        assert (job.status, stage.images) == (State.SUBMITTED, 1)
        stage.simulator.describe = right
        fetched(stage, job, task_ids(stage)[1])


@pytest.mark.parametrize("prompt", ["an owl", "a fox"], ids=["of another prompt", "of the same prompt"])
def test_one_task_for_two_requests_is_said_and_the_right_id_is_good(prompt: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        one = studio.submit("a fox", seed=7)
        one.result(WAIT_SECONDS)
        _give_the_first_task_to(stage, seed=8)

        other = studio.submit(prompt, seed=8)

        assert other.wait(WAIT_SECONDS) is State.UNCERTAIN
        _says_whose_task_it_is(other, one.id, task_ids(stage)[0])
        assert (studio.spent, studio.committed) == (PRICE, 2 * PRICE)
        with pytest.raises(qn.QwenError, match=one.id):
            other.resolve(task_ids(stage)[0])
        studio.close()

        studio = stage.open()
        one, other = studio.jobs
        _says_whose_task_it_is(other, one.id, task_ids(stage)[0])
        assert fetched(stage, other.resolve(task_ids(stage)[1]), task_ids(stage)[1]).path != (
            fetched(stage, one, task_ids(stage)[0]).path
        )
        assert (studio.spent, stage.tasks, stage.images) == (2 * PRICE, 2, 2)


def test_one_task_for_two_requests_at_one_moment_is_one_picture(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        _give_the_first_task_to(stage, seed=8)
        stage.gate.hold(*POST)
        studio = stage.open()
        one = studio.submit("a fox", seed=7)
        stage.gate.wait_held()
        other = studio.submit("an owl", seed=8)
        stage.gate.wait_held(2)
        stage.gate.let_go()

        assert {job.wait(WAIT_SECONDS) for job in (one, other)} == {State.SAVED, State.UNCERTAIN}
        saved, uncertain = (one, other) if one.status is State.SAVED else (other, one)
        _says_whose_task_it_is(uncertain, saved.id, task_ids(stage)[0])
        assert (stage.tasks, stage.images) == (2, 1)
        assert (studio.spent, studio.committed) == (PRICE, 2 * PRICE)


def test_the_task_of_another_kernels_job_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        _give_the_first_task_to(stage, seed=8)
        studio = stage.open()
        with Program([stage], seeds=[7]) as other:
            ((_, theirs, _),) = other.until_done()["jobs"][0]

            job = studio.submit("an owl", seed=8)

            assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
            _says_whose_task_it_is(job, theirs, task_ids(stage)[0])
            assert (stage.tasks, stage.images) == (2, 1)
            fetched(stage, job.resolve(task_ids(stage)[1]), task_ids(stage)[1])


def test_a_task_that_another_kernel_was_given_meanwhile_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        _give_the_first_task_to(stage, seed=8)
        stage.gate.hold(*POST)
        with Program([stage], seeds=[7]) as other:
            stage.gate.wait_held()
            other.signal(signal.SIGSTOP)
            studio = stage.open()
            ours = studio.submit("an owl", seed=8)
            stage.gate.wait_held(2)
            stage.gate.let_go()
            assert ours.wait(WAIT_SECONDS) is State.SAVED, "nobody else had it by then"
            other.signal(signal.SIGCONT)

            ends = {seed: state for seed, _, state in other.until_done()["jobs"][0]}

            assert ends[7] == State.UNCERTAIN
            studio.refresh()
            theirs = next(job for job in studio.jobs if job is not ours)
            _says_whose_task_it_is(theirs, ours.id, task_ids(stage)[0])
            assert (studio.spent, studio.committed) == (PRICE, 2 * PRICE)
            assert (stage.tasks, stage.images) == (2, 1)


def test_another_jobs_file_is_noticed_and_the_right_one_is_fetched(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        fox = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        _send_the_first_file(stage, times=1)
        notes: list[str] = []
        core_of(studio).follow(lambda job: notes.append(job.note) if job.note else None)

        job = studio.submit("an owl", seed=8)
        job.wait(WAIT_SECONDS)

        owl = fetched(stage, job, task_ids(stage)[1])
        assert any(fox.id in note for note in notes)
        assert job.note is None
        assert owl.sha256 != fox.sha256


@pytest.mark.parametrize("prompt", ["an owl", "a fox"], ids=["another prompt", "another seed"])
def test_another_jobs_file_that_comes_again_and_again_is_saved_and_asked_about(
    prompt: str, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        fox = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        _send_the_first_file(stage, times=100)

        job = studio.submit(prompt, seed=8)

        picture = job.result(WAIT_SECONDS)
        assert picture.sha256 == fox.sha256 == digest_of(stage, task_ids(stage)[0])
        assert picture.path != fox.path
        assert fox.id in (job.note or "")
        assert (stage.tasks, stage.images) == (2, 2)
        _, records = read_journal(stage.folder)
        assert fox.id in (records[1].note or "")


def test_an_equal_request_that_is_bought_again_may_bring_an_equal_file(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        one = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        notes: list[str] = []
        core_of(studio).follow(lambda job: notes.append(job.note) if job.note else None)

        again = studio.submit("a fox", seed=7, again=True).result(WAIT_SECONDS)

        assert again.sha256 == one.sha256
        assert again.path != one.path
        assert not notes
        assert [task.downloads for task in stage.simulator.books.tasks.values()] == [1, 1]


def _answer_about_the_first(stage: Stage, *, right_before: int, times: int | None) -> Iterator[bool]:
    """Answer looks at all other tasks with the first one, after some right answers; those that are still to come."""
    describe = stage.simulator.describe
    (first,) = stage.simulator.books.tasks.values()
    right = iter(range(right_before))
    wrong = repeat(True) if times is None else iter([True] * times)

    def mixed_up(task: Task, media_url: str) -> dict[str, Any]:
        is_wrong = task is not first and next(right, None) is None and next(wrong, False)
        return describe(first if is_wrong else task, media_url)

    stage.simulator.describe = mixed_up
    return wrong


def _give_the_first_task_to(stage: Stage, *, seed: int) -> None:
    """Charge the request with this seed, begin its task, and answer with the first task all the same."""
    submit = stage.simulator.submit

    def mixed_up(account: str, order: SubmitRequest) -> Task:
        own = submit(account, order)
        return next(iter(stage.simulator.books.tasks.values())) if order.seed == seed else own

    stage.simulator.submit = mixed_up


def _send_the_first_file(stage: Stage, *, times: int) -> None:
    """Let the file host send the first task's file, whatever it is asked for."""
    file = file_of(stage, task_ids(stage)[0])
    stage.gate.answer_instead(Instead("/media/", 200, file, times))


def _says_whose_task_it_is(job: qn.Job, other_id: str, task_id: str) -> None:
    assert job.error is not None
    assert job.error.charge is Charge.MAYBE
    assert job.error.task_id == task_id
    assert other_id in str(job.error)
    assert job.task_id is None
