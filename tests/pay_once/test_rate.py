"""A rate that is too high for the service slows everybody down and loses nothing."""

from contextlib import suppress
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import TEST_KEY, Rule
from qwen_notebook.studio.congestion import Congestion, Refused
from qwen_notebook.studio.remembered_limits import RememberedLimits
from qwen_notebook.studio.studio import core_of
from tests.support.gate import Instead
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

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


def test_no_request_is_given_up_as_long_as_the_service_takes_others(tmp_path: Path) -> None:
    with Stage(tmp_path, tasks_at_once=2, latency_median=0.3, latency_sigma=0.0) as stage:
        studio = stage.open(patience=quick(submit_tries=2))
        jobs = [studio.submit("a fox", seed=seed) for seed in range(16)]
        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        assert stage.tasks == stage.images == 16
        refused = len(stage.simulator.books.posts) - 16
        assert refused > 0, "the limit was met"


def test_who_is_refused_again_and_again_while_others_are_taken_is_not_given_up(tmp_path: Path) -> None:
    unlucky = Rule(times=3, prompt="unlucky", seconds=0)
    with Stage(tmp_path, {"submit-429-seconds": unlucky}) as stage:
        studio = stage.open(patience=quick(submit_tries=2), max_in_flight=2)
        jobs = [studio.submit("an unlucky fox", seed=1)]
        jobs += [studio.submit("a fox", seed=seed) for seed in range(12)]
        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        assert len(stage.simulator.books.posts) == len(jobs) + 3


def test_a_file_that_is_slow_to_come_takes_no_place_at_the_service(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        account = core_of(studio).provider.account_id()
        RememberedLimits(stage.folder, account).keep(Refused(tasks=1))
        stage.gate.hold("GET", "/media")
        jobs = [studio.submit("a fox", seed=seed) for seed in range(3)]
        stage.gate.wait_held(3)
        assert {job.status for job in jobs} == {State.DOWNLOADING}
        assert _congestion(studio).tasks.count == 1
        stage.gate.let_go()
        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}


def test_what_the_service_takes_is_known_to_the_next_kernel(tmp_path: Path) -> None:
    with Stage(tmp_path, tasks_at_once=2, latency_median=1.0, latency_sigma=0.0) as stage:
        stage.clock.hold()  # no task ends until it runs on
        studio = stage.open()
        refused_twice = reaches(studio, lambda _: _congestion(studio).refused.tasks is not None)
        jobs = [studio.submit("a fox", seed=seed) for seed in range(4)]
        wait_for(refused_twice, "one more than two is refused, and once more after the pause")
        stage.clock.release()
        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        studio.close()
        assert TEST_KEY not in (stage.folder / "ledger" / "limits.json").read_text()
        posts = len(stage.simulator.books.posts)

        studio = stage.open()
        for job in [studio.submit("a fox", seed=seed) for seed in range(4, 8)]:
            assert job.wait(WAIT_SECONDS) is State.SAVED

        assert _congestion(studio).tasks.count <= 3
        assert len(stage.simulator.books.posts) - posts <= 5, "and hardly any is sent in vain"


def test_a_hundred_at_once_without_any_setting_are_all_saved_and_sent_once(tmp_path: Path) -> None:
    with Stage(tmp_path, latency_median=0.2, latency_sigma=0.5) as stage:
        studio = stage.open(rate=None)
        jobs = [studio.submit("a fox", seed=seed) for seed in range(100)]
        assert {job.wait(WAIT_SECONDS) for job in jobs} == {State.SAVED}
        assert len(stage.simulator.books.posts) == stage.tasks == stage.images == 100


def _congestion(studio: qn.Studio) -> Congestion:
    pipeline = core_of(studio).scheduler._pipeline
    assert pipeline is not None
    return pipeline._congestion


def test_a_look_at_the_balance_counts_among_the_calls_and_slows_all_when_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stage(tmp_path, rate_limit=5) as stage:
        studio = stage.open()
        studio.generate("a fox", seed=1)
        limiter = _congestion(studio).limiter
        drawn, draw = [0], limiter.draw

        def count() -> None:
            drawn[0] += 1
            draw()

        monkeypatch.setattr(limiter, "draw", count)
        stage.clock.hold()  # no call is let in any more, once a second's worth is used up
        for _ in range(6):
            with suppress(qn.errors.RateLimited):
                studio.balance()
        assert drawn == [6]
        assert core_of(studio).scheduler.paused_for > 0
        assert limiter.rate < 500.0
        stage.clock.release()
        assert studio.generate("a fox", seed=2).credits == PRICE


def test_the_balance_is_not_looked_at_for_each_image(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Stage(tmp_path) as stage, caplog.at_level("INFO", "httpx"):
        studio = stage.open()
        for seed in range(12):
            studio.generate("a fox", seed=seed)
        looks = [record for record in caplog.records if "/balance" in record.getMessage()]
        assert 1 <= len(looks) <= 4


def test_a_balance_that_is_not_told_is_not_asked_for_after_each_image(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Stage(tmp_path) as stage, caplog.at_level("INFO", "httpx"):
        stage.gate.answer_instead(Instead("/balance", 500, b"", times=1000))
        studio = stage.open()
        for seed in range(12):
            studio.generate("a fox", seed=seed)
        looks = [record for record in caplog.records if "/balance" in record.getMessage()]
        assert 1 <= len(looks) <= 4
