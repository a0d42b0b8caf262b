"""Each sending is a record of its own: its money stays counted, and its task id can be given, whatever comes next."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.journal.records import REAPI
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.support.gate import Instead
from tests.support.journal import read_journal
from tests.support.lost_answers import fetched, lose_next_answer, lost, lost_again, posts, task_ids
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

POST = "POST", "/images/generations"
A_WHILE = 3600.0
BUSY = 8
"""The seed of another request, whose answer is held back so that nothing else gets a turn."""


def _answer(status: int) -> Callable[[Stage], None]:
    body = b'{"error": {"code": 1, "message": "No."}}'
    return lambda stage: stage.gate.answer_instead(Instead("/images/generations", status, body, times=1))


def _ask_too_often(stage: Stage) -> None:
    stage.simulator.faults.switch_on("submit-429-seconds", Rule(seconds=0))


REFUSED: dict[str, Callable[[Stage], None]] = {
    **{str(status): _answer(status) for status in (400, 401, 402, 403, 404, 422)},
    "429 for good": _ask_too_often,
    "no connection": lambda stage: stage.proxy.refuse(),
}

CAME_TO = {
    State.SAVED: "",
    State.FAILED: "task-fails",
    State.GONE: "url-expired",
    State.UNREADABLE: "download-not-an-image",
}


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
def test_sent_again_with_success_both_are_counted_and_the_firsts_id_brings_a_picture_of_its_own(
    reopened: bool, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        job.send_again().result(WAIT_SECONDS)
        assert (studio.spent, studio.committed) == (PRICE, 2 * PRICE)
        if reopened:
            studio, job = _reopened(stage, studio)
            assert (studio.spent, studio.committed) == (PRICE, 2 * PRICE)
        first, second = task_ids(stage)

        other = job.resolve(first)

        assert other.id != job.id
        assert fetched(stage, other, first).path != fetched(stage, job, second).path
        assert (studio.spent, studio.committed) == (2 * PRICE, 2 * PRICE)
        assert (stage.tasks, stage.images) == (2, 2)
        assert [one.record.earlier for one in studio.jobs] == [(), ()]


@pytest.mark.parametrize("end", CAME_TO)
def test_whatever_the_second_comes_to_the_first_stays_counted_and_is_fetched_by_its_id(
    end: State, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open(patience=quick(deadline=2.0))
        job = lost(stage, studio)
        if CAME_TO[end]:
            stage.simulator.faults.switch_on(CAME_TO[end])
        assert job.send_again().wait(WAIT_SECONDS) is end
        stage.simulator.faults.switch_off()
        second = 0 if end is State.FAILED else PRICE
        assert (studio.spent, studio.committed) == (second, PRICE + second)
        assert job.error is None or "no answer" in str(job.error) or "resolve" in str(job.error)

        studio, job = _reopened(stage, studio)
        other = job.resolve(task_ids(stage)[0])

        fetched(stage, other, task_ids(stage)[0])
        assert job.status is end
        assert (studio.spent, studio.committed) == (PRICE + second, PRICE + second)


def test_the_firsts_id_may_be_given_while_the_second_is_on_its_way(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        stage.gate.hold(*POST)
        job.send_again()
        stage.gate.wait_held()
        first, second = task_ids(stage)

        other = job.resolve(first)

        fetched(stage, other, first)
        assert job.status is State.SENDING
        stage.gate.let_go()
        fetched(stage, job, second)
        assert (studio.spent, studio.committed) == (2 * PRICE, 2 * PRICE)
        assert (stage.tasks, stage.images) == (2, 2)
        assert [record.state for record in read_journal(stage.folder)[1]] == [State.SAVED, State.SAVED]


def test_a_service_that_answers_the_second_with_the_firsts_task_brings_one_picture(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        (first,) = stage.simulator.books.tasks.values()
        stage.simulator.submit = lambda account, order: first
        job.send_again()

        fetched(stage, job, first.id)
        assert job.resolve(first.id) is job
        assert (stage.tasks, stage.images) == (1, 1)
        assert studio.committed == 2 * PRICE, "nobody knows that it was not charged twice"


@pytest.mark.parametrize("refusal", REFUSED)
def test_a_second_that_is_refused_leaves_the_first_as_uncertain_as_it_was(
    refusal: str, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open(patience=quick(submit_tries=3))
        job = lost(stage, studio)
        before = job.record
        REFUSED[refusal](stage)

        fallen_back = _falls_back(studio)
        job.send_again()
        wait_for(fallen_back, "the second is refused")

        _is_as_after_the_first(stage, studio, job)
        assert (job.record.sent, job.record.balance_after) == (before.sent, before.balance_after)
        stage.simulator.faults.switch_off()
        if refusal == "no connection":
            stage.proxy.accept()
        _the_firsts_id_brings_the_picture(stage, studio, job)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
@pytest.mark.parametrize("way", ["cancelled", "interrupted"])
def test_a_second_that_is_stopped_before_its_turn_is_not_sent(
    way: str, reopened: bool, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio, job, busy = _second_waits_for_its_turn(stage)

        if way == "cancelled":
            assert job.cancel()
        else:
            with pytest.raises(KeyboardInterrupt):
                job.wait(WAIT_SECONDS, tick=_interrupt)
        stage.gate.let_go()
        busy.result(WAIT_SECONDS)
        studio.submit("a fox", seed=BUSY + 1).result(WAIT_SECONDS)  # by then the second would have gone

        assert posts(stage, 7) == 1
        _is_as_after_the_first(stage, studio, job, others=2)
        if reopened:
            studio, job = _reopened(stage, studio)
        _the_firsts_id_brings_the_picture(stage, studio, job, others=2)


@pytest.mark.parametrize("waits_for", ["its turn", "its next try"])
def test_a_studio_that_is_closed_sends_no_second_afterwards(waits_for: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        if waits_for == "its turn":
            studio, job, _ = _second_waits_for_its_turn(stage)
            stage.gate.let_go()
        else:
            studio, job = _second_waits_for_its_next_try(stage)

        studio.close()

        assert job.status is State.UNCERTAIN
        sent = posts(stage, 7)
        stage.simulator.faults.switch_off()
        studio = stage.open()
        job = studio.submit("a fox", seed=7)
        others = len(studio.jobs) - 1
        for one in studio.jobs:
            one.wait(WAIT_SECONDS)
        assert posts(stage, 7) == sent
        _is_as_after_the_first(stage, studio, job, others=others)
        _the_firsts_id_brings_the_picture(stage, studio, job, others=others)


def test_a_second_that_is_cancelled_before_its_next_try_is_not_sent_and_the_firsts_id_is_good_at_once(
    tmp_path: Path,
) -> None:
    with Stage(tmp_path) as stage:
        studio, job = _second_waits_for_its_next_try(stage)

        assert job.cancel()

        _is_as_after_the_first(stage, studio, job)
        _the_firsts_id_brings_the_picture(stage, studio, job)


@pytest.mark.parametrize(("at", "sendings"), [("its next try", 1), ("its answer", 2)])
def test_a_kernel_that_dies_while_the_second_waits_leaves_what_was_sent_uncertain(
    at: str, sendings: int, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        lose_next_answer(stage)
        with Program([stage], seeds=[7], through_proxy=True, obeys=True) as other:
            ((_, job_id, _),) = other.until_done()["jobs"][0]
            if at == "its next try":
                stage.simulator.faults.switch_on("submit-429-seconds", Rule(seconds=A_WHILE))
                assert other.tell("send_again", job_id) == job_id
                other.until("planned")
            else:
                stage.gate.hold(*POST)
                assert other.tell("send_again", job_id) == job_id
                stage.gate.wait_held()
        stage.simulator.faults.switch_off()
        stage.gate.let_go()

        studio = stage.open()
        (job,) = studio.jobs

        assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
        assert (studio.spent, studio.committed) == (0, sendings * PRICE)
        pictures = [fetched(stage, job.resolve(task_id), task_id) for task_id in task_ids(stage)]
        assert len({picture.path for picture in pictures}) == stage.images == sendings
        assert (studio.spent, studio.committed) == (sendings * PRICE, sendings * PRICE)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after reopening"])
@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
@pytest.mark.parametrize("last", ["brings a picture", "is lost too", "is given up"])
def test_of_several_sendings_each_has_its_money_its_job_and_its_file(
    last: str, newest_first: bool, reopened: bool, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        lost_again(stage, job)
        if last == "brings a picture":
            job.send_again().result(WAIT_SECONDS)
        else:
            lost_again(stage, job)
        if last == "is given up":
            job.dismiss()
        assert studio.committed == 3 * PRICE
        if reopened:
            studio, job = _reopened(stage, studio)
            assert studio.committed == 3 * PRICE

        ids = task_ids(stage)
        open_ids = ids[:2] if last == "brings a picture" else ids
        for task_id in reversed(open_ids) if newest_first else open_ids:
            fetched(stage, job.resolve(task_id), task_id)

        jobs = {one.task_id: one for one in studio.jobs}
        assert set(jobs) == set(ids)
        assert len({fetched(stage, jobs[task_id], task_id).path for task_id in ids}) == 3
        assert (studio.spent, studio.committed) == (3 * PRICE, 3 * PRICE)
        assert (stage.tasks, stage.images) == (3, 3)
        with pytest.raises(qn.QwenError):
            job.resolve("task_of_a_fourth")
        assert read_journal(stage.folder)[0].index.totals(REAPI).spent == 3 * PRICE


@pytest.mark.parametrize("sendings", [1, 2, 3])
def test_the_budget_counts_every_sending(sendings: int, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open(budget=(sendings + 1) * PRICE - 1)
        job = lost(stage, studio)
        for _ in range(sendings - 1):
            lost_again(stage, job)

        with pytest.raises(qn.errors.BudgetExceeded):
            job.send_again()
        with pytest.raises(qn.errors.BudgetExceeded):
            studio.submit("another fox", seed=8)

        assert (job.status, stage.tasks) == (State.UNCERTAIN, sendings)
        assert studio.committed == sendings * PRICE


def test_a_budget_that_allows_the_second_allows_no_third(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open(budget=2 * PRICE)
        job = lost(stage, studio)
        job.send_again().result(WAIT_SECONDS)

        with pytest.raises(qn.errors.BudgetExceeded):
            studio.submit("another fox", seed=8)

        studio.close()
        with pytest.raises(qn.errors.BudgetExceeded):
            stage.open(budget=2 * PRICE).submit("another fox", seed=8)
        assert stage.simulator.books.charged == 2 * PRICE


def _second_waits_for_its_turn(stage: Stage) -> tuple[qn.Studio, qn.Job, qn.Job]:
    """An uncertain job that is to be sent again when another request has its answer; and that request's job."""
    studio = stage.open(max_in_flight=1)
    job = lost(stage, studio)
    stage.gate.hold(*POST)
    busy = studio.submit("a fox", seed=BUSY)
    stage.gate.wait_held()
    job.send_again()
    return studio, job, busy


def _second_waits_for_its_next_try(stage: Stage) -> tuple[qn.Studio, qn.Job]:
    """An uncertain job that was sent again, and is to be sent anew after a long pause."""
    studio = stage.open()
    job = lost(stage, studio)
    stage.simulator.faults.switch_on("submit-429-seconds", Rule(seconds=A_WHILE))
    waiting = reaches(studio, lambda job: job.status is State.PLANNED and "pause" in (job.note or ""))
    job.send_again()
    wait_for(waiting, "the second waits for its next try")
    return studio, job


def _falls_back(studio: qn.Studio) -> threading.Event:
    """An event that is set once a job that was sent again is uncertain."""
    return reaches(studio, lambda job: job.status is State.UNCERTAIN and job.record.attempt > 1)


def _is_as_after_the_first(stage: Stage, studio: qn.Studio, job: qn.Job, others: int = 0) -> None:
    """It is uncertain with the money of one sending, here and for who opens the folder; others were paid for."""
    assert job.status is State.UNCERTAIN
    assert (studio.spent, studio.committed) == (others * PRICE, (others + 1) * PRICE)
    assert read_journal(stage.folder)[0].index.totals(REAPI).open == PRICE
    assert stage.tasks == others + 1
    assert job.error is not None
    assert job.error.charge is Charge.MAYBE
    assert "Nothing was charged" not in f"{job.error} {job.note}"


def _the_firsts_id_brings_the_picture(stage: Stage, studio: qn.Studio, job: qn.Job, others: int = 0) -> None:
    first = task_ids(stage)[0]
    assert job.resolve(first) is job
    fetched(stage, job, first)
    assert (studio.spent, studio.committed) == ((others + 1) * PRICE, (others + 1) * PRICE)
    assert stage.tasks == stage.images == others + 1


def _reopened(stage: Stage, studio: qn.Studio) -> tuple[qn.Studio, qn.Job]:
    """The folder opened anew, and the first of its jobs."""
    studio.close()
    studio = stage.open()
    return studio, studio.jobs[0]


def _interrupt(_: qn.Job) -> None:
    raise KeyboardInterrupt
