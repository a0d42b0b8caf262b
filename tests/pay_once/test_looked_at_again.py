"""A paid image that was given up is looked at again for nothing, wherever that is asked, and is never bought anew."""

from contextlib import suppress
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.support.gate import Instead
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

ENDS = {
    "url-expired": State.GONE,
    "download-not-an-image": State.UNREADABLE,
    "download-truncated": State.UNREADABLE,
    "download-bomb": State.UNREADABLE,
}


def test_each_is_saved_once_it_is_there(tmp_path: Path) -> None:
    with _all_strike(tmp_path) as stage:
        studio = _impatient(stage)
        jobs = _all_asked_for(studio)
        stage.simulator.faults.switch_off()

        assert [job.look_again() for job in jobs] == jobs

        assert [job.result(WAIT_SECONDS).id for job in jobs] == [job.id for job in jobs]
        assert {job.error for job in jobs} == {None}
        assert not list((stage.folder / "images").glob("*.doubtful"))
        _assert_paid_once(stage, studio)


def test_the_equal_request_looks_again_before_it_buys_and_is_the_same_job(tmp_path: Path) -> None:
    with _all_strike(tmp_path) as stage:
        studio = _impatient(stage)
        jobs = _all_asked_for(studio)
        stage.simulator.faults.switch_off()

        assert [studio.submit(fault, seed=7) for fault in ENDS] == jobs

        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        _assert_paid_once(stage, studio)


@pytest.mark.parametrize("way", ["look again", "equal request", "missing cell"])
def test_it_is_looked_at_after_the_folder_was_closed_and_opened(way: str, tmp_path: Path) -> None:
    with _all_strike(tmp_path) as stage:
        ids = _given_up_before(stage)
        stage.simulator.faults.switch_off()
        studio = stage.open()

        if way == "look again":
            jobs = [job.look_again() for job in studio.jobs]
        elif way == "equal request":
            jobs = [studio.submit(fault, seed=7) for fault in ENDS]
        else:
            qn.experiment(list(ENDS), seed=7, studio=studio).run(retry_failed=True)
            jobs = list(studio.jobs)

        assert [job.id for job in jobs] == ids
        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        _assert_paid_once(stage, studio)


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "at work"])
@pytest.mark.parametrize(
    ("fault", "way"), [("url-expired", "equal request"), ("download-not-an-image", "look again")]
)
def test_what_another_kernel_gave_up_is_looked_at_from_here(
    fault: str, way: str, ended: bool, tmp_path: Path
) -> None:
    with Stage(tmp_path, {fault: Rule()}) as stage:
        with Program([stage], seeds=[7], patience={"deadline": 2.0}, look_again=True) as other:
            ((_, job_id, state),) = other.until_done()["jobs"][0]
            assert state == ENDS[fault]
            if ended:
                other.kill()
            stage.simulator.faults.switch_off()
            studio = stage.open()
            job = studio.jobs[0].look_again() if way == "look again" else studio.submit("a fox", seed=7)

            assert job.id == job_id
            assert job.wait(WAIT_SECONDS) is State.SAVED
            if not ended:
                other.say()
                assert other.until_done()["jobs"] == [[[7, job_id, State.SAVED]]]
        _assert_paid_once(stage, studio, images=1)


def test_what_another_kernel_found_is_there_here_too(tmp_path: Path) -> None:
    with Stage(tmp_path, {"url-expired": Rule()}) as stage:
        studio = _impatient(stage)
        job = studio.submit("a fox", seed=7)
        assert _end_of(job) is State.GONE
        stage.simulator.faults.switch_off()
        with Program([stage], seeds=[7], anyway=True) as other:
            assert other.until_done()["jobs"] == [[[7, job.id, State.SAVED]]]

        studio.refresh()

        assert job.result(WAIT_SECONDS).path.exists()
        _assert_paid_once(stage, studio, images=1)


def test_a_look_is_seen_from_elsewhere_and_taken_up_where_its_kernel_is_killed(tmp_path: Path) -> None:
    with Stage(tmp_path, {"url-expired": Rule()}) as stage:
        first = _impatient(stage)
        assert _end_of(first.submit("a fox", seed=7)) is State.GONE
        first.close()
        stage.simulator.faults.switch_off()
        stage.gate.hold("GET", "/media")
        with Program([stage], seeds=[7], anyway=True):
            stage.gate.wait_held()
            studio = stage.open()
            assert (studio.jobs[0].status, studio.jobs[0].error) == (State.DOWNLOADING, None)
        stage.gate.let_go()

        assert studio.jobs[0].wait(WAIT_SECONDS) is State.SAVED
        _assert_paid_once(stage, studio, images=1)


def test_what_is_still_not_there_is_given_up_again_for_the_same_reason(tmp_path: Path) -> None:
    with _all_strike(tmp_path) as stage:
        ids = _given_up_before(stage)
        studio = stage.open()
        jobs = list(studio.jobs)
        before = [_reason(job) for job in jobs]

        for way in ("look again", "equal request", "look again"):
            for job in jobs:
                downloads = _downloads(stage, job)
                same = job.look_again() if way == "look again" else studio.submit(job.request.prompt, seed=7)
                assert same is job
                assert job.wait(WAIT_SECONDS) is ENDS[job.request.prompt]
                assert _downloads(stage, job) > downloads

        assert [job.id for job in jobs] == ids
        assert [_reason(job) for job in jobs] == before
        assert {job.error and job.error.charge for job in jobs} == {Charge.PAID}
        _assert_paid_once(stage, studio, images=0)


def test_the_reason_is_the_one_of_the_last_look(tmp_path: Path) -> None:
    with _all_strike(tmp_path) as stage:
        _given_up_before(stage)
        studio = stage.open()
        job = studio.jobs[0]
        assert isinstance(job.error, qn.errors.ResultGone)
        stage.simulator.faults.replace({"download-not-an-image": Rule()})

        assert job.look_again().wait(WAIT_SECONDS) is State.UNREADABLE
        assert isinstance(job.error, qn.errors.BadImage)

        stage.simulator.faults.replace({"url-expired": Rule()})
        assert job.look_again().wait(WAIT_SECONDS) is State.GONE
        assert isinstance(job.error, qn.errors.ResultGone)
        _assert_paid_once(stage, studio, images=0)


def test_a_host_that_is_down_when_it_is_looked_at_gives_nothing_up(tmp_path: Path) -> None:
    with Stage(tmp_path, {"url-expired": Rule()}) as stage:
        studio = _impatient(stage)
        job = studio.submit("a fox", seed=7)
        assert _end_of(job) is State.GONE
        stage.simulator.faults.replace({"download-503": Rule()})
        tired = reaches(studio, lambda job: "very long" in (job.note or ""))

        job.look_again()
        wait_for(tired, "the deadline strikes")

        assert job.status is State.DOWNLOADING
        with pytest.raises(qn.StillRunning, match="503"):
            job.result(WAIT_SECONDS)
        stage.simulator.faults.switch_off()
        assert job.result(WAIT_SECONDS).path.exists()
        _assert_paid_once(stage, studio, images=1)


def test_what_is_gone_after_the_host_was_down_is_given_up_and_does_not_stand_still(tmp_path: Path) -> None:
    with Stage(tmp_path, {"url-expired": Rule()}) as stage:
        studio = _impatient(stage)
        job = studio.submit("a fox", seed=7)
        assert _end_of(job) is State.GONE
        stage.gate.answer_instead(Instead("/media", 503, b"", studio.patience.bad_images))

        assert job.look_again().wait(WAIT_SECONDS) is State.GONE

        assert isinstance(job.error, qn.errors.ResultGone)
        _assert_paid_once(stage, studio, images=0)


def _all_strike(folder: Path) -> Stage:
    """A stage where each fault strikes the request that is named after it."""
    return Stage(folder, {fault: Rule(prompt=fault) for fault in ENDS})


def _impatient(stage: Stage) -> qn.Studio:
    return stage.open(patience=quick(deadline=1.0))


def _all_asked_for(studio: qn.Studio) -> list[qn.Job]:
    jobs = [studio.submit(fault, seed=7) for fault in ENDS]
    assert [_end_of(job) for job in jobs] == list(ENDS.values())
    return jobs


def _end_of(job: qn.Job) -> State:
    while not job.status.given_up:
        with suppress(qn.StillRunning):  # on a slow machine it is not even tried before the deadline
            job.wait(WAIT_SECONDS)
    return job.status


def _given_up_before(stage: Stage) -> list[str]:
    """Have all given up by a studio that is closed then, and return the ids of the jobs."""
    studio = _impatient(stage)
    ids = [job.id for job in _all_asked_for(studio)]
    studio.close()
    return ids


def _downloads(stage: Stage, job: qn.Job) -> int:
    return stage.simulator.books.tasks[job.task_id or ""].downloads


def _reason(job: qn.Job) -> tuple[type[Exception], str]:
    assert job.error is not None
    return type(job.error), job.error.what


def _assert_paid_once(stage: Stage, studio: qn.Studio, images: int = len(ENDS)) -> None:
    jobs = len(studio.jobs)
    assert (len(stage.simulator.books.posts), stage.tasks, stage.images) == (jobs, jobs, images)
    assert studio.spent == studio.committed == jobs * PRICE == stage.simulator.books.charged
