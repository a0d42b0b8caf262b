"""An hour's pause holds up what is not paid for, says until when, and holds up nothing that is."""

import re
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, reaches, wait_for

HOUR = 3600.0
FOX, OWL = "a fox", "an owl"
CLOCK = r"\d\d:\d\d"


def test_what_is_paid_is_saved_while_what_is_not_sent_waits_and_says_until_when(tmp_path: Path) -> None:
    hour = Rule(prompt=OWL, seconds=HOUR)
    with Stage(tmp_path, {"submit-429-seconds": hour}, latency_median=1.0) as stage:
        stage.clock.hold()
        studio = stage.open()
        fox = studio.submit(FOX, seed=7)
        wait_for(reaches(studio, lambda _: fox.status is State.PROCESSING), "the task is seen to run")
        owl = studio.submit(OWL, seed=7)
        _wait_for_time(studio, owl)
        _wait_for_time(studio, fox)
        later = studio.submit("a hen", seed=7)
        _wait_for_time(studio, later)
        stage.clock.release()

        assert fox.result(WAIT_SECONDS).path.exists()
        for job in (owl, later):
            assert job.status is State.PLANNED
            assert re.search(f"it is sent at {CLOCK}", job.note or "")
        assert 0.9 * HOUR < studio.paused_for < 1.5 * HOUR
        assert [post.body["prompt"] for post in stage.simulator.books.posts] == [FOX, OWL]
        assert (stage.tasks, stage.images, studio.spent) == (1, 1, PRICE)
        for job in (owl, later):
            assert job.cancel(), "nothing was sent, so nothing need be waited for"


def test_a_look_that_is_turned_away_for_an_hour_is_repeated_long_before(tmp_path: Path) -> None:
    with Stage(tmp_path, {"poll-429": Rule(times=1, prompt=FOX, seconds=HOUR)}) as stage:
        studio = stage.open()
        fox = studio.submit(FOX, seed=7)
        _wait_for_time(studio, fox)
        assert studio.paused_for > 0.9 * HOUR
        hen = studio.submit("a hen", seed=7)
        _wait_for_time(studio, hen)

        assert fox.result(WAIT_SECONDS).path.exists()
        assert studio.paused_for > 0.9 * HOUR
        assert hen.status is State.PLANNED
        assert (len(stage.simulator.books.posts), stage.tasks, stage.images) == (1, 1, 1)
        assert hen.cancel()


@pytest.mark.parametrize("fault", ["submit-429-date", "poll-429"])
def test_a_run_ends_with_a_sentence_and_what_it_paid_for_is_saved(fault: str, tmp_path: Path) -> None:
    on_look = fault == "poll-429"
    rule = Rule(times=1, prompt=FOX if on_look else OWL, seconds=HOUR)
    with Stage(tmp_path, {fault: rule}) as stage:
        studio = stage.open()
        sweep = qn.experiment("{animal}", animal=[FOX, OWL, "a hen"], seed=7, studio=studio)

        with pytest.raises(
            qn.errors.RateLimited, match=f"until {CLOCK}.*minutes.*Run it again then"
        ) as raised:
            sweep.run(max_in_flight=1)

        assert raised.value.retry_after is not None
        assert raised.value.retry_after > 0.9 * HOUR
        assert studio.jobs[0].result(WAIT_SECONDS).request.prompt == FOX
        assert {job.status for job in studio.jobs} <= {State.SAVED, State.CANCELLED}
        assert (stage.tasks, stage.images) == (1, 1)
        assert len(stage.simulator.books.posts) == (1 if on_look else 2)


def test_a_run_that_has_nothing_left_to_send_ends_with_all_saved(tmp_path: Path) -> None:
    with Stage(tmp_path, {"poll-429": Rule(times=1, prompt=FOX, seconds=HOUR)}) as stage:
        studio = stage.open()

        progress = qn.experiment("{animal}", animal=[FOX, OWL], seed=7, studio=studio).run()

        assert (progress.saved, progress.done) == (2, 2)
        assert studio.paused_for > 0.9 * HOUR


def test_run_again_in_the_pause_it_says_so_again_and_afterwards_it_makes_what_is_missing(
    tmp_path: Path,
) -> None:
    with Stage(tmp_path, {"submit-429-seconds": Rule(times=1, prompt=OWL, seconds=HOUR)}) as stage:
        studio = stage.open()
        sweep = qn.experiment("{animal}", animal=[FOX, OWL, "a hen"], seed=7, studio=studio)
        for _ in range(2):
            with pytest.raises(qn.errors.RateLimited):
                sweep.run(max_in_flight=1)
        assert len(stage.simulator.books.posts) == 2
        studio.close()
        studio = stage.open()  # which knows of no pause

        sweep = qn.experiment("{animal}", animal=[FOX, OWL, "a hen"], seed=7, studio=studio)

        assert (sweep.plan().saved, sweep.plan().new) == (1, 2)
        assert sweep.run().saved == 2
        assert (stage.tasks, stage.images, studio.spent) == (3, 3, 3 * PRICE)


def _wait_for_time(studio: qn.Studio, job: qn.Job) -> None:
    """Wait until a job's note tells a time of the day."""
    told = reaches(studio, lambda _: re.search(f"asked for a pause.* {CLOCK}", job.note or "") is not None)
    wait_for(told, "the note says until when")
