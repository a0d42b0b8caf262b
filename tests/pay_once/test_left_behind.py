"""What a kernel leaves behind that is gone, or may be: sent by nobody, and fetched where it is paid for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from tests.support.containers import Container, may_have_containers
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage
from tests.support.writers import rewrite_first_line

POST = "POST", "/images/generations"
SENT, WAITING = 1, 7
"""The seeds of two requests of another kernel: one is being sent, and one waits for it to end."""


def test_a_planned_job_of_a_living_kernel_is_not_cancelled_from_elsewhere(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio = stage.open()
        job = studio.submit("a fox", seed=WAITING)

        assert job.cancel() is False
        assert job.status is State.PLANNED
        stage.gate.let_go()

        assert {state for _, _, state in other.until_done()["jobs"][0]} == {State.SAVED}
        assert job.wait(WAIT_SECONDS) is State.SAVED
        assert stage.tasks == stage.images == 2


def test_what_two_kernels_asked_for_is_sent_by_the_second_where_the_first_dies(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio = stage.open()
        job = studio.submit("a fox", seed=WAITING)
        assert job.status is State.PLANNED
        other.kill()
        stage.gate.let_go()

        assert job.wait(WAIT_SECONDS) is State.SAVED
        assert _posts(stage, WAITING) == 1
        assert [job.status for job in studio.jobs] == [State.UNCERTAIN, State.SAVED]
        assert stage.images == 1


def test_what_its_kernel_cancels_is_sent_by_the_one_that_still_wants_it(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio = stage.open()
        job = studio.submit("a fox", seed=WAITING)
        other.signal(signal.SIGHUP)
        other.until("cancelled")
        stage.gate.let_go()

        assert job.wait(WAIT_SECONDS) is State.SAVED
        other.until_done()
        assert studio.submit("a fox", seed=WAITING) is job
        assert _posts(stage, WAITING) == 1
        assert stage.tasks == stage.images == 2


def test_what_the_other_cancels_is_not_sent_for_one_who_wants_it_no_longer(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio = stage.open()
        job = studio.submit("a fox", seed=WAITING)
        assert job.cancel() is False, "it is the other's"
        other.signal(signal.SIGHUP)
        other.until("cancelled")
        stage.gate.let_go()

        assert job.wait(WAIT_SECONDS) is State.CANCELLED
        other.until_done()
        assert _posts(stage, WAITING) == 0


def test_a_run_makes_the_cell_that_another_kernel_had_planned_and_cancels(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio = stage.open()
        run = qn.experiment("a fox", seed=[WAITING, 9], studio=studio).start()
        stage.gate.wait_held(2)  # its second cell is on its way, so the first is joined
        other.signal(signal.SIGHUP)
        other.until("cancelled")
        stage.gate.let_go()

        assert str(run.result(WAIT_SECONDS)) == "2 of 2 · 62 credits"
        assert _posts(stage, WAITING) == 1


def test_a_run_that_was_stopped_wants_it_no_longer(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio = stage.open()
        run = qn.experiment("a fox", seed=[WAITING, 9], studio=studio).start()
        stage.gate.wait_held(2)
        run.cancel()
        other.signal(signal.SIGHUP)
        other.until("cancelled")
        stage.gate.let_go()

        with pytest.raises(qn.errors.JobCancelled):
            run.result(WAIT_SECONDS)
        studio.resume()
        other.until_done()
        assert {job.record.seed: job.status for job in studio.jobs}[WAITING] is State.CANCELLED
        assert _posts(stage, WAITING) == 0


def test_what_the_other_cancels_is_not_sent_beyond_the_budget(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        job = stage.open(budget=PRICE).submit("a fox", seed=WAITING)
        other.signal(signal.SIGHUP)
        other.until("cancelled")

        assert job.wait(WAIT_SECONDS) is State.CANCELLED
        stage.gate.let_go()
        other.until_done()
        assert _posts(stage, WAITING) == 0


def test_a_key_that_is_refused_elsewhere_is_no_answer_to_one_who_has_another(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        with Program([stage], seeds=[WAITING], anyway=True, key="rk_test_no_longer_valid") as other:
            stage.gate.wait_held()
            job = stage.open().submit("a fox", seed=WAITING)
            assert job.status is State.SENDING
            stage.gate.let_go()

            assert {state for _, _, state in other.until_done()["jobs"][0]} == {State.REFUSED}
            assert job.wait(WAIT_SECONDS) is State.SAVED
            assert stage.tasks == stage.images == 1


def test_it_is_sent_also_where_another_studio_here_saw_it_first(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        studio, bystander = stage.open(), stage.open()
        seen = list(bystander.jobs)
        assert len(seen) == 2
        job = studio.submit("a fox", seed=WAITING)
        assert job.status is State.PLANNED
        other.kill()
        stage.gate.let_go()

        assert job.wait(WAIT_SECONDS) is State.SAVED
        assert _posts(stage, WAITING) == 1
        assert [job.status for job in studio.jobs] == [State.UNCERTAIN, State.SAVED]
        assert stage.images == 1


def test_what_nobody_else_asked_for_is_cancelled_where_its_kernel_dies(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage) as other:
        other.kill()
        stage.gate.let_go()
        studio = stage.open()

        assert [job.status for job in studio.jobs] == [State.UNCERTAIN, State.CANCELLED]
        assert _posts(stage, WAITING) == 0


def test_a_kernel_that_is_at_work_is_not_taken_over(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _other_kernel(stage):
        studio = stage.open()
        with pytest.raises(qn.QwenError, match="at work"):
            studio.take_over(_file(stage).stem)

        assert [job.status for job in studio.jobs] == [State.SENDING, State.PLANNED]


def test_a_kernel_of_which_nothing_is_known_is_taken_over_on_a_persons_word(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold("GET", "/tasks")
        with Program([stage], seeds=[2]) as other:
            other.until("submitted")
            stage.gate.hold(*POST)
            _kill_at_another_machine(stage, other)
        first = _file(stage)
        with _other_kernel(stage) as other:
            second = next(file for file in _files(stage) if file != first)
            _kill_at_another_machine(stage, other)
        stage.gate.let_go()
        studio = stage.open()
        fetched, sending, planned = studio.jobs

        assert fetched.wait(WAIT_SECONDS) is State.SAVED, "a look costs nothing, whoever else may look"
        assert [sending.status, planned.status] == [State.SENDING, State.PLANNED]
        assert second.stem in (planned.note or "")
        assert studio.take_over(second.stem) == [sending, planned]
        assert [sending.status, planned.status] == [State.UNCERTAIN, State.CANCELLED]
        assert _posts(stage, WAITING) == 0
        assert stage.images == 1
        with pytest.raises(qn.QwenError, match="No job waits"):
            studio.take_over(second.stem)


@pytest.mark.skipif(not may_have_containers(), reason="no process may be given an id of its own here")
def test_two_containers_with_one_host_name_and_one_process_id_are_two_kernels(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold("POST", "/images/generations")
        with Container(stage, 7) as one:
            stage.gate.wait_held()
            with Container(stage, 8) as other:
                other.until("asked")
                stage.gate.wait_held(2)
                writers = [file.stem.rpartition("-") for file in (stage.folder / "ledger").glob("*.jsonl")]
                assert len({alike for alike, _, _ in writers}) == 1, "the same host and the same process id"
                assert len({own for _, _, own in writers}) == 2
                studio = stage.open()
                assert [job.status for job in studio.jobs] == [State.SENDING, State.SENDING], "both are alive"
                one.kill()
                one.read_until_dead_or_done()
                studio.resume()
                assert [job.status for job in studio.jobs] == [State.UNCERTAIN, State.SENDING], "one is dead"
                stage.gate.let_go()
                other.until("saved")
        assert stage.tasks == 2


@contextmanager
def _other_kernel(stage: Stage) -> Iterator[Program]:
    """Another kernel, whose one request is being sent while the other waits."""
    stage.gate.hold(*POST)
    with Program([stage], seeds=[SENT, WAITING], settings={"max_in_flight": 1}, anyway=True) as program:
        told: list[str] = []
        program.read_until(
            lambda word, _: told.append(word) or ("sending" in told and told.count("planned") > 1)
        )
        stage.gate.wait_held()
        yield program


def _kill_at_another_machine(stage: Stage, program: Program) -> None:
    """Kill it, and let its file look as if it had run on another machine."""
    program.kill()
    for file in _files(stage):
        rewrite_first_line(file, lambda said: said.update(boot="0" * 16))


def _files(stage: Stage) -> list[Path]:
    return sorted((stage.folder / "ledger").glob("*.jsonl"))


def _file(stage: Stage) -> Path:
    (file,) = _files(stage)
    return file


def _posts(stage: Stage, seed: int) -> int:
    return sum(post.body["seed"] == seed for post in stage.simulator.books.posts)
