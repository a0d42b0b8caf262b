"""An uncertain job waits for a person's word, and does what the word says, once, however quickly it comes."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.records import REAPI
from qwen_notebook.journal.states import State
from qwen_notebook.studio.studio import core_of
from tests.support.fault_proxy import Trouble
from tests.support.journal import read_journal
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, reaches, wait_for


def test_nothing_happens_by_itself_and_the_balance_is_taken_down(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio, job = _uncertain(stage, None)
        assert job.record.balance_after == stage.balance - PRICE
        studio.close()

        again = stage.open()

        assert [one.status for one in again.jobs] == [State.UNCERTAIN]
        assert again.submit("a fox", seed=7).id == job.id
        assert stage.tasks == 1


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
def test_the_task_id_brings_the_image(at_once: bool, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:

        def word(job: qn.Job) -> None:
            job.resolve(next(iter(stage.simulator.books.tasks)))

        studio, job = _uncertain(stage, word if at_once else None)
        saved = reaches(studio, lambda job: job.status is State.SAVED)
        if not at_once:
            word(job)
            job.result(WAIT_SECONDS)

        wait_for(saved, "the image is saved")
        assert (stage.tasks, stage.images) == (1, 1)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
def test_send_again_sends_once_more_and_no_oftener(at_once: bool, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio, job = _uncertain(stage, _twice_again if at_once else None)
        saved = reaches(studio, lambda job: job.status is State.SAVED)
        if not at_once:
            _twice_again(job)
            job.result(WAIT_SECONDS)

        wait_for(saved, "the image is saved")
        assert job.record.attempt == 2
        assert (stage.tasks, stage.images) == (2, 1)


def test_a_second_lost_answer_is_uncertain_anew_and_no_earlier_word_counts(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio, job = _uncertain(stage, None, lost=2)
        _twice_again(job)
        assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
        studio.submit("another fox", seed=8).result(WAIT_SECONDS)  # by then a second word would have acted
        assert (job.record.attempt, stage.tasks) == (2, 3)

        job.send_again().result(WAIT_SECONDS)  # this word was said after it

        assert (job.record.attempt, stage.tasks, stage.images) == (3, 4, 2)


def test_every_sending_is_read_back_with_its_money(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio, job = _uncertain(stage, None, lost=2)
        job.send_again().wait(WAIT_SECONDS)
        assert studio.committed == 2 * PRICE

        journal, (record,) = read_journal(stage.folder)  # as another kernel finds it

        assert journal.index.totals(REAPI).open == 2 * PRICE
        assert (record.state, [one.number for one in record.earlier]) == (State.UNCERTAIN, [1])


def test_dismissed_is_over_and_stays_counted(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio, job = _uncertain(stage, None)

        job.dismiss()

        assert job.wait(WAIT_SECONDS) is State.DISMISSED
        assert (studio.spent, studio.committed) == (0, PRICE)


def _twice_again(job: qn.Job) -> None:
    """Press the button twice."""
    job.send_again()
    with suppress(qn.QwenError):  # if the first has moved it by now
        job.send_again()


def _uncertain(
    stage: Stage, word: Callable[[qn.Job], None] | None, lost: int = 1
) -> tuple[qn.Studio, qn.Job]:
    """A job whose answer was lost; the word is said by a listener, at the very moment."""
    stage.proxy.add(Trouble.LOSE_ANSWER, method="POST", path="/api/v1/images", times=lost)
    studio = stage.open()
    core_of(studio).follow(lambda job: word(job) if word and job.status is State.UNCERTAIN else None)
    job = studio.submit("a fox", seed=7)
    job.wait(WAIT_SECONDS)
    return studio, job
