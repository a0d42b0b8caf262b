"""A rate that is too high for the service slows everybody down and loses nothing."""

from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, reaches, wait_for

JOBS = 40


def test_when_the_limit_bites_every_image_is_saved_and_none_is_refused(tmp_path: Path) -> None:
    with Stage(tmp_path, rate_limit=25) as stage:
        stage.clock.hold()  # no more than 25 calls are let in until it runs on
        studio = stage.open(rate=1000.0, max_in_flight=JOBS)
        bitten = reaches(studio, lambda job: isinstance(job.error, qn.errors.RateLimited))
        jobs = [studio.submit("a fox", seed=seed) for seed in range(JOBS)]
        wait_for(bitten, "the limit bites")
        stage.clock.release()

        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        assert stage.tasks == stage.images == JOBS


def test_a_request_that_waits_for_its_next_try_counts_in_the_budget(tmp_path: Path) -> None:
    with Stage(tmp_path, {"submit-429-seconds": Rule(seconds=3600)}) as stage:
        studio = stage.open(budget=PRICE)
        waiting = reaches(studio, lambda job: job.note is not None)
        studio.submit("a fox", seed=1)
        wait_for(waiting, "the request waits for its next try")

        with pytest.raises(qn.errors.BudgetExceeded):
            studio.submit("a fox", seed=2)
