"""A task id that a person gives is looked at before anything moves, and a wrong one can be taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.records import REAPI
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.simulator.books import Task
from tests.support.fault_proxy import Trouble
from tests.support.journal import read_journal
from tests.support.lost_answers import ELSEWHERE, fetched, lost, made_elsewhere, task_ids
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

NO_IDS = (
    "",
    " ",
    ".",
    "..",
    "...",
    "task_1 2",
    "task_1\n2",
    "task_\x7f",
    "t\u00e4sk_1",
    "task_\u200b1",
    "x" * 257,
)
UNKNOWN = (
    "task_" + "0" * 32,
    "018f",
    "../balance",
    "task_1/../task_2",
    "%2e%2e",
    "a?b=c#d",
    "'\"<>",
    "x" * 256,
)


def _place(name: str | None) -> Callable[[str], dict[str, Any]]:
    return lambda prompt: {"prompt": prompt} if name is None else {name: {"prompt": prompt}}


PLACES = {name or "the task itself": _place(name) for name in (None, "input", "request", "params")}


def _play(fault: str) -> Callable[[Stage], None]:
    return lambda stage: stage.simulator.faults.switch_on(fault, Rule())


def _lose_looks(stage: Stage) -> None:
    stage.proxy.add(Trouble.LOSE_ANSWER, method="GET", path="/api/v1/tasks", times=1)


def _answer_about_another(stage: Stage) -> None:
    describe, looks = stage.simulator.describe, iter((True, False))

    def mixed_up(task: Task, media_url: str) -> dict[str, Any]:
        return describe(task, media_url) | ({"id": "task_of_another"} if next(looks, False) else {})

    stage.simulator.describe = mixed_up


TROUBLE: dict[str, Callable[[Stage], None]] = {
    "no connection": lambda stage: stage.proxy.refuse(),
    "no answer": _lose_looks,
    "an answer about another task": _answer_about_another,
    **{fault: _play(fault) for fault in ("poll-404", "poll-429", "poll-500", "poll-503", "poll-html")},
    "an answer that is cut": _play("poll-cut-json"),
}

WRONG = {
    "while it runs": "",
    "once it is saved": "",
    "once it has failed": "task-fails",
    "once its address is gone": "url-expired",
    "once its file is no image": "download-not-an-image",
}


@pytest.mark.parametrize("given", NO_IDS, ids=ascii)
def test_what_can_be_no_id_is_refused_and_nobody_is_asked(given: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        asked = len(stage.proxy.seen)

        with pytest.raises(qn.InvalidRequest) as refused:
            job.resolve(given)

        assert refused.value.field == "task_id"
        assert len(stage.proxy.seen) == asked
        _then_the_right_id_works(stage, studio, job)


@pytest.mark.parametrize("given", UNKNOWN, ids=lambda given: given[:40])
def test_what_the_service_does_not_know_moves_nothing_and_the_job_says_so(given: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)

        assert job.resolve(given) is job

        assert "does not know that task id" in (job.note or "")
        _then_the_right_id_works(stage, studio, job)


@pytest.mark.parametrize("more", ["{} ", "\n{}\t"], ids=["a blank", "lines"])
def test_blanks_around_the_right_id_are_no_part_of_it(more: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        job = lost(stage, stage.open())
        (right,) = task_ids(stage)

        fetched(stage, job.resolve(more.format(right)), right)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
def test_the_task_of_another_job_of_the_folder_is_refused(reopened: bool, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        other = studio.submit("a fox", seed=8)
        other.result(WAIT_SECONDS)
        if reopened:
            studio.close()
            studio = stage.open()
            job, other = studio.jobs

        with pytest.raises(qn.QwenError, match=f"belongs to job {other.id}"):
            job.resolve(other.task_id or "")

        assert other.status is State.SAVED
        _then_the_right_id_works(stage, studio, job, others=1)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
def test_two_ids_that_were_taken_for_each_other_are_put_right(reopened: bool, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        jobs = [lost(stage, studio, seed=seed) for seed in (7, 8)]
        ids = task_ids(stage)
        jobs[0].resolve(ids[1]).result(WAIT_SECONDS)
        if reopened:
            studio.close()
            studio = stage.open()
            jobs = list(studio.jobs)
        with pytest.raises(qn.QwenError, match=f"belongs to job {jobs[0].id}"):
            jobs[1].resolve(ids[1])

        jobs[0].take_back()

        for job, right in zip(reversed(jobs), reversed(ids), strict=True):
            fetched(stage, job.resolve(right), right)
        assert (studio.spent, studio.committed) == (2 * PRICE, 2 * PRICE)
        assert (stage.tasks, len(studio.pictures)) == (2, 2)


def test_the_task_of_another_kernels_job_is_refused_though_it_was_not_seen_yet(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        with Program([stage], seeds=[8]) as other:
            ((_, _, _), (_, other_id, _)) = other.until_done()["jobs"][0]
            _, theirs = task_ids(stage)

            refused = _refusal(lambda: job.resolve(theirs))

            assert other_id in (refused or job.note or "")
            _then_the_right_id_works(stage, studio, job, others=1)


@pytest.mark.parametrize("place", PLACES)
def test_a_task_that_was_made_from_another_prompt_is_refused(place: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, made_elsewhere(stage) as theirs:
        _tell_prompts(stage, PLACES[place])
        studio = stage.open()
        job = lost(stage, studio)

        assert job.resolve(theirs) is job

        assert "another prompt" in (job.note or "")
        _then_the_right_id_works(stage, studio, job, elsewhere=1)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_while_it_cannot_be_looked_up_nothing_moves(trouble: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        TROUBLE[trouble](stage)

        assert job.resolve(task_ids(stage)[0]) is job

        assert job.note
        if trouble == "no connection":
            stage.proxy.accept()
        stage.simulator.faults.switch_off()
        _then_the_right_id_works(stage, studio, job)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
@pytest.mark.parametrize("when", WRONG)
def test_a_wrong_id_is_taken_back_and_the_right_one_brings_the_right_picture(
    when: str, reopened: bool, tmp_path: Path
) -> None:
    latency = 1.0 if when == "while it runs" else 0.0
    faults = {WRONG[when]: Rule(prompt=ELSEWHERE)} if WRONG[when] else None
    with Stage(tmp_path, faults, latency_median=latency) as stage:
        stage.clock.hold()
        with made_elsewhere(stage) as wrong:
            studio = stage.open(patience=quick(deadline=2.0))
            job = lost(stage, studio)
            wrong_path = _take_up_the_wrong_one(studio, job, wrong, when)
            if reopened:
                studio.close()
                studio = stage.open()
                (job,) = studio.jobs

            assert job.take_back() is job

            assert (job.status, job.task_id, job.picture) == (State.UNCERTAIN, None, None)
            assert job.record.file is None
            assert len(studio.pictures) == 0
            stage.clock.release()
            right = task_ids(stage)[-1]
            _is_uncertain(stage, studio, job)
            if reopened:
                studio.close()
                studio = stage.open()
                (job,) = studio.jobs
                _is_uncertain(stage, studio, job)
            picture = fetched(stage, job.resolve(right), right)

            assert picture.path != wrong_path
            assert (studio.spent, studio.committed) == (PRICE, PRICE)
            assert len(studio.pictures) == 1
            assert stage.tasks == 2


def test_an_earlier_sendings_wrong_id_is_taken_back_from_the_job_that_it_was_given(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, made_elsewhere(stage) as wrong:
        studio = stage.open()
        job = lost(stage, studio)
        job.send_again().result(WAIT_SECONDS)
        _, first, second = task_ids(stage)
        other = job.resolve(wrong)
        other.result(WAIT_SECONDS)

        with pytest.raises(qn.QwenError, match="not given by hand"):
            job.take_back()
        other.take_back()

        assert (other.status, studio.spent, studio.committed) == (State.UNCERTAIN, PRICE, 2 * PRICE)
        pictures = [fetched(stage, job, second), fetched(stage, other.resolve(first), first)]
        assert len({picture.path for picture in pictures}) == 2
        assert (studio.spent, studio.committed) == (2 * PRICE, 2 * PRICE)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
@pytest.mark.parametrize(
    "past", ["bought", "uncertain", "given up", "sent again", "failed", "taken back already"]
)
def test_only_what_was_given_by_hand_can_be_taken_back(past: str, reopened: bool, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = _with_past(stage, studio, past)
        if reopened:
            studio.close()
            studio = stage.open()
            (job,) = studio.jobs
        before, committed = job.record, studio.committed

        with pytest.raises(qn.QwenError, match="not given by hand"):
            job.take_back()

        assert (job.status, job.task_id, job.record.file) == (before.state, before.task_id, before.file)
        assert studio.committed == committed


def _with_past(stage: Stage, studio: qn.Studio, past: str) -> qn.Job:
    if past in ("bought", "failed"):
        if past == "failed":
            stage.simulator.faults.switch_on("task-fails")
        job = studio.submit("a fox", seed=7)
        job.wait(WAIT_SECONDS)
        return job
    job = lost(stage, studio)
    if past == "given up":
        job.dismiss()
    elif past == "sent again":
        job.send_again().result(WAIT_SECONDS)
    elif past == "taken back already":
        job.resolve(task_ids(stage)[0]).result(WAIT_SECONDS)
        job.take_back()
    return job


def _take_up_the_wrong_one(studio: qn.Studio, job: qn.Job, wrong: str, when: str) -> Path | None:
    """Give the wrong id, and return the wrong picture's file, where there is one."""
    if when == "while it runs":
        running = reaches(studio, lambda job: job.status is State.PROCESSING)
        assert job.resolve(wrong) is job
        wait_for(running, "the wrong task is seen to run")
        return None
    assert job.resolve(wrong) is job
    ends = {
        "once it is saved": State.SAVED,
        "once it has failed": State.FAILED,
        "once its address is gone": State.GONE,
        "once its file is no image": State.UNREADABLE,
    }
    assert job.wait(WAIT_SECONDS) is ends[when]
    return job.picture.path if job.picture is not None else None


def _tell_prompts(stage: Stage, place: Callable[[str], dict[str, Any]]) -> None:
    """Let the service say of each task what it was made from."""
    describe = stage.simulator.describe
    stage.simulator.describe = lambda task, media_url: describe(task, media_url) | place(task.order.prompt)


def _is_uncertain(stage: Stage, studio: qn.Studio, job: qn.Job, others: int = 0) -> None:
    """It waits for a person's word with the money of its sending, here and for who opens the folder."""
    assert (job.status, job.task_id) == (State.UNCERTAIN, None)
    assert (studio.spent, studio.committed) == (others * PRICE, (others + 1) * PRICE)
    journal, records = read_journal(stage.folder)
    assert [record.state for record in records if record.id == job.id] == [State.UNCERTAIN]
    assert journal.index.totals(REAPI).open == PRICE


def _then_the_right_id_works(
    stage: Stage, studio: qn.Studio, job: qn.Job, others: int = 0, elsewhere: int = 0
) -> None:
    """Nothing has moved; and the id of the task that was made for it brings the picture."""
    _is_uncertain(stage, studio, job, others)
    right = task_ids(stage)[elsewhere]
    assert job.resolve(right) is job
    fetched(stage, job, right)
    assert job.note is None
    assert (studio.spent, studio.committed) == ((others + 1) * PRICE, (others + 1) * PRICE)
    assert stage.images == others + 1
    assert stage.tasks == others + 1 + elsewhere


def _refusal(act: Callable[[], object]) -> str | None:
    """What is said by the error, where there is one."""
    try:
        act()
    except qn.QwenError as error:
        return str(error)
    return None
