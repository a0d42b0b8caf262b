"""An outage stops the queue: few requests become uncertain, it is said once, and one word serves those shown."""

from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.studio.congestion import MOST_UNANSWERED
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

POST = "POST", "/images/generations"
OUTAGE = {"submit-503-before": Rule()}


def test_a_sweep_stops_once_says_why_and_goes_on_when_all_is_well(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open()
        sweep = qn.experiment("a fox", seed=range(60), studio=studio)

        with pytest.raises(qn.errors.ServiceError, match="requests in a row were sent and got no answer"):
            sweep.run(budget=5000, progress=False)

        posts = len(stage.simulator.books.posts)
        assert 3 <= posts <= MOST_UNANSWERED
        wait_for(reaches(studio, lambda _: len(studio.uncertain) == posts), "all that was sent is uncertain")
        assert studio.money.spent == studio.money.reserved == 0
        assert studio.money.uncertain == posts * PRICE
        assert isinstance(studio.paused, qn.errors.ServiceError)

        stage.simulator.faults.switch_off()
        progress = sweep.run(budget=5000, progress=False)

        assert studio.paused is None
        assert progress.saved == 60 - posts
        assert stage.tasks == 60 - posts


def test_what_waits_in_the_queue_is_neither_sent_nor_lost(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open()
        stage.gate.hold(*POST)
        paused = reaches(studio, lambda _: studio.paused is not None)
        jobs = [studio.submit("a fox", seed=seed) for seed in range(40)]
        stage.gate.let_go()
        wait_for(paused, "the queue stops")
        stage.simulator.faults.switch_off()

        studio.unpause()

        for job in jobs:
            job.wait(WAIT_SECONDS)
        uncertain = len(studio.uncertain)
        assert uncertain <= MOST_UNANSWERED
        assert [job.status for job in jobs].count(State.SAVED) == 40 - uncertain == stage.tasks


def test_never_more_than_eight_are_without_an_answer(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open(max_in_flight=32)
        most: list[int] = []
        studio.subscribe(lambda _: most.append(_sending(studio)))
        jobs = [studio.submit("a fox", seed=seed) for seed in range(20)]
        stage.gate.wait_held(MOST_UNANSWERED)
        assert _sending(studio) == MOST_UNANSWERED
        stage.gate.let_go()

        assert [job.wait(WAIT_SECONDS) for job in jobs] == [State.SAVED] * 20
        assert max(most) <= MOST_UNANSWERED
        assert stage.tasks == 20


def test_a_loop_that_takes_no_notice_stops_too(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open()
        raised: list[Exception] = []
        for seed in range(20):
            with pytest.raises(qn.QwenError) as error:
                studio.generate("a fox", seed=seed)
            raised.append(error.value)

        assert [type(one) for one in raised[:3]] == [qn.errors.UncertainSubmission] * 3
        assert {str(one) for one in raised[3:]} == {str(studio.paused)}
        assert len(stage.simulator.books.posts) == 3 == len(studio.jobs)

        stage.simulator.faults.switch_off()
        studio.unpause()
        assert studio.generate("a fox", seed=19).credits == PRICE


def test_by_a_persons_word_one_is_the_test_and_the_others_wait_for_it(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open()
        for seed in range(3):
            studio.submit("a fox", seed=seed).wait(WAIT_SECONDS)
        first = studio.paused
        lost = studio.uncertain

        jobs = lost.send_again()
        wait_for(reaches(studio, lambda _: studio.paused is not first), "the test is lost too")
        assert len(stage.simulator.books.posts) == 4

        stage.simulator.faults.switch_off()
        studio.unpause()
        states = [job.wait(WAIT_SECONDS) for job in jobs]
        assert sorted(states) == [State.SAVED, State.SAVED, State.UNCERTAIN]
        assert stage.tasks == 2


def test_the_row_is_broken_by_any_answer(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open(max_in_flight=1)
        for seed in range(6):
            stage.simulator.faults.switch_on("submit-503-before")
            if seed == 2:
                stage.simulator.faults.switch_off()
            studio.submit("a fox", seed=seed).wait(WAIT_SECONDS)
            paused = studio.paused is not None
            assert paused == (seed == 5), seed


def test_how_many_is_a_setting(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open(patience=quick(lost_answers=1))
        studio.submit("a fox", seed=1).wait(WAIT_SECONDS)
        assert "1 request was sent and got no answer" in str(studio.paused)


def test_one_word_serves_those_that_were_shown_and_no_other(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open(patience=quick(lost_answers=9))
        for seed in (1, 2):
            studio.submit("a fox", seed=seed).wait(WAIT_SECONDS)
        shown = studio.uncertain
        later = studio.submit("a fox", seed=3)
        later.wait(WAIT_SECONDS)
        shown[0].dismiss()
        assert "2 jobs may have been charged (62 credits)" in repr(shown)
        assert "did not fall" in repr(shown)
        stage.simulator.faults.switch_off()

        again = shown.send_again()

        assert [job.request.seed for job in again] == [2], "the first was decided meanwhile"
        assert again[0].wait(WAIT_SECONDS) is State.SAVED
        assert later.status is State.UNCERTAIN
        assert shown.dismiss() == [] == shown.send_again()
        assert studio.uncertain.dismiss() == [later]
        assert repr(studio.uncertain) == "no job is uncertain"
        assert stage.tasks == 1


def test_many_are_sent_again_only_on_purpose(tmp_path: Path) -> None:
    with Stage(tmp_path, OUTAGE) as stage:
        studio = stage.open(patience=quick(lost_answers=99))
        for seed in range(21):
            studio.submit("a fox", seed=seed).wait(WAIT_SECONDS)
        stage.simulator.faults.switch_off()

        with pytest.raises(qn.errors.ConfirmPurchase, match=r"21 images for 651 credits.*yes=True"):
            studio.uncertain.send_again()
        assert stage.tasks == 0

        for job in studio.uncertain.send_again(yes=True):
            assert job.wait(WAIT_SECONDS) is State.SAVED
        assert stage.tasks == 21


def _sending(studio: qn.Studio) -> int:
    return sum(job.status is State.SENDING for job in studio.unsettled)
