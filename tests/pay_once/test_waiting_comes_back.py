"""Whoever waits for a job has its picture, or is told why not: nobody waits for one that nobody moves."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import TEST_KEY, Assumed, Rule
from tests.support.stage import WAIT_SECONDS, Stage, reaches, wait_for
from tests.support.waiters import go_on, outcome_of, standing_at, waited_for

BROKEN: dict[str, dict[str, Any]] = {
    "wrong key": {"revoked_keys": (TEST_KEY,)},
    "no credits": {"assumed": Assumed(starting_balance=0, latency_median=0.0, rate_limit=None)},
}
PAUSING = (qn.errors.AuthenticationError, qn.errors.InsufficientCredits)

each_state = pytest.mark.parametrize("state", [State.PLANNED, State.PROCESSING, State.DOWNLOADING])


class TestClosedStudio:
    @each_state
    def test_another_studio_of_the_folder_takes_it(self, state: State, tmp_path: Path) -> None:
        with standing_at(state, tmp_path) as stage:
            studio, _heir = stage.open(), stage.open()
            job = _brought_to(state, stage, studio)
            outcome = waited_for(job)

            studio.close()
            go_on(stage)

            assert isinstance(outcome(), qn.Picture)
            assert (stage.tasks, stage.images) == (1, 1)

    @each_state
    def test_where_none_is_open_it_says_so_and_goes_on_once_one_is(
        self, state: State, tmp_path: Path
    ) -> None:
        with standing_at(state, tmp_path) as stage:
            studio = stage.open()
            job = _brought_to(state, stage, studio)
            outcome = waited_for(job)

            studio.close()
            go_on(stage)

            for error in (outcome(), outcome_of(job)):
                if state is State.PLANNED:
                    assert isinstance(error, qn.errors.JobCancelled)
                else:
                    assert isinstance(error, qn.StillRunning)
                    assert "studio is closed" in str(error)
                    assert "qn.Studio('studio')" in str(error)
            again = stage.open()
            assert job.wait(WAIT_SECONDS) is (State.CANCELLED if state is State.PLANNED else State.SAVED)
            assert again.submit("a fox", seed=7).result(WAIT_SECONDS).path.exists()
            assert (stage.tasks, stage.images) == (1, 1)

    def test_what_is_being_sent_comes_back_and_is_saved_once_the_folder_is_open(self, tmp_path: Path) -> None:
        with standing_at(State.SENDING, tmp_path) as stage:
            studio = stage.open()
            job = _brought_to(State.SENDING, stage, studio)
            stage.gate.wait_held()
            outcome = waited_for(job)

            studio.close()

            assert isinstance(outcome(), qn.QwenError)
            go_on(stage)
            stage.open()
            assert job.result(WAIT_SECONDS).path.exists()
            assert (len(stage.simulator.books.posts), stage.images) == (1, 1)

    def test_an_await_comes_back_too(self, tmp_path: Path) -> None:
        with standing_at(State.PROCESSING, tmp_path) as stage:
            studio = stage.open()
            job = _brought_to(State.PROCESSING, stage, studio)

            async def closed_meanwhile() -> qn.Picture:
                waits = asyncio.ensure_future(_awaited(job))
                await asyncio.sleep(0)
                await asyncio.to_thread(studio.close)
                return await waits

            with pytest.raises(qn.StillRunning, match="studio is closed"):
                asyncio.run(closed_meanwhile())

    def test_the_balance_is_not_waited_for(self, tmp_path: Path) -> None:
        with Stage(tmp_path) as stage:
            studio = stage.open()
            studio.close()

            with pytest.raises(qn.QwenError, match="studio is closed"):
                studio.balance()


class TestPausedQueue:
    @pytest.mark.parametrize("broken", BROKEN)
    def test_who_waits_is_told_why_and_has_the_picture_after_it_is_mended(
        self, broken: str, tmp_path: Path
    ) -> None:
        with Stage(tmp_path, settings=BROKEN[broken]) as stage:
            stage.gate.hold("POST", "/images/generations")
            studio = stage.open(max_in_flight=1)
            jobs = [studio.submit("a fox", seed=seed) for seed in range(3)]
            stage.gate.wait_held()
            outcomes = [waited_for(job) for job in jobs]

            stage.gate.let_go()

            assert all(isinstance(outcome(), PAUSING) for outcome in outcomes)
            assert [job.status for job in jobs].count(State.REFUSED) == 1
            studio.unpause()  # too early
            assert all(isinstance(outcome_of(job), PAUSING) for job in jobs)
            assert [job.status for job in jobs].count(State.REFUSED) == 2
            assert isinstance(studio.paused, PAUSING)
            stage.settings = {}
            stage.restart()
            studio.unpause()
            (last,) = (job for job in jobs if job.status is not State.REFUSED)
            assert last.result(WAIT_SECONDS).path.exists()
            assert stage.tasks == 1

    def test_an_await_is_told_why_too(self, tmp_path: Path) -> None:
        with Stage(tmp_path, settings=BROKEN["wrong key"]) as stage:
            stage.gate.hold("POST", "/images/generations")
            studio = stage.open(max_in_flight=1)
            studio.submit("a fox", seed=1)
            stage.gate.wait_held()
            planned = studio.submit("a fox", seed=2)

            async def refused_meanwhile() -> None:
                waits = asyncio.ensure_future(_awaited(planned))
                await asyncio.sleep(0)
                stage.gate.let_go()
                await waits

            with pytest.raises(PAUSING):
                asyncio.run(refused_meanwhile())

    @pytest.mark.parametrize(("broken", "then"), [("wrong key", "resolved"), ("no credits", "dismissed")])
    def test_what_is_sent_again_meanwhile_comes_back_and_another_word_counts_then(
        self, broken: str, then: str, tmp_path: Path
    ) -> None:
        with Stage(tmp_path, {"submit-not-json": Rule(prompt="lost")}) as stage:
            studio = stage.open()
            job = studio.submit("a lost fox", seed=7)
            assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
            stage.settings = BROKEN[broken]
            stage.restart()
            _pause(studio)

            with pytest.raises(qn.errors.UncertainSubmission, match="Sent again, it was refused"):
                job.send_again().result(WAIT_SECONDS)

            assert studio.paused is not None
            stage.settings = {}
            stage.restart()
            if then == "dismissed":
                job.dismiss()
            else:
                assert job.resolve(next(iter(stage.simulator.books.tasks))) is job
                job.result(WAIT_SECONDS)
            studio.unpause()
            studio.submit("a hen", seed=7).result(WAIT_SECONDS)
            assert job.status is (State.DISMISSED if then == "dismissed" else State.SAVED)
            assert stage.tasks == 2


def _brought_to(state: State, stage: Stage, studio: qn.Studio) -> qn.Job:
    job = studio.submit("a fox", seed=7)
    wait_for(reaches(studio, lambda _: _stands_at(job, state)), f"the job is {state}")
    return job


def _stands_at(job: qn.Job, state: State) -> bool:
    return job.status is state and (state is not State.PLANNED or job.note is not None)


def _pause(studio: qn.Studio) -> None:
    with pytest.raises(PAUSING):
        studio.submit("a fox that nobody pays for").result(WAIT_SECONDS)
    assert studio.paused is not None


async def _awaited(job: qn.Job) -> qn.Picture:
    return await job
