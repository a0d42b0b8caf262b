"""A key or an account that the service refuses stops the queue once; a person or a new request starts it again."""

from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import TEST_KEY, Assumed
from tests.support.stage import WAIT_SECONDS, Stage, reaches, wait_for

JOBS = 12
IN_FLIGHT = 4
BROKEN = {
    qn.errors.AuthenticationError: {"revoked_keys": (TEST_KEY,)},
    qn.errors.InsufficientCredits: {
        "assumed": Assumed(starting_balance=0, latency_median=0.0, rate_limit=None)
    },
    qn.errors.PermissionDenied: {"forbidden_keys": (TEST_KEY,)},
}


@pytest.mark.parametrize("reason", BROKEN, ids=lambda reason: reason.__name__)
@pytest.mark.parametrize("way_out", ["unpause", "new request"])
def test_the_queue_stops_once_and_goes_on(reason: type[qn.QwenError], way_out: str, tmp_path: Path) -> None:
    with Stage(tmp_path, settings=BROKEN[reason]) as stage:
        studio, jobs = _submit_to_broken(stage)
        assert isinstance(studio.paused, reason)
        assert [job.status for job in jobs].count(State.REFUSED) == 1
        assert [job.status for job in jobs].count(State.PLANNED) == JOBS - 1
        assert _posts(stage) <= IN_FLIGHT
        waiting = next(job for job in jobs if job.status is State.PLANNED)
        with pytest.raises(reason):
            waiting.result(WAIT_SECONDS)

        stage.settings = {}
        stage.restart()
        if way_out == "unpause":
            studio.unpause()
        else:
            jobs.append(studio.submit("a fox that asks anew", seed=JOBS))
            jobs[-1].result(WAIT_SECONDS)

        refused = [job for job in jobs if job.wait(WAIT_SECONDS) is State.REFUSED]
        assert len(refused) == 1
        assert isinstance(refused[0].error, reason)
        assert studio.paused is None
        assert stage.tasks == stage.images == len(jobs) - 1


def test_a_new_request_while_nothing_is_mended_is_the_only_one_sent(tmp_path: Path) -> None:
    with Stage(tmp_path, settings={"revoked_keys": (TEST_KEY,)}) as stage:
        studio, jobs = _submit_to_broken(stage)
        before = _posts(stage)

        with pytest.raises(qn.errors.AuthenticationError):
            studio.submit("a fox that asks anew", seed=JOBS).result(WAIT_SECONDS)

        assert _posts(stage) == before + 1
        assert studio.paused is not None
        assert [job.status for job in jobs].count(State.PLANNED) == JOBS - 1


def _submit_to_broken(stage: Stage) -> tuple[qn.Studio, list[qn.Job]]:
    studio = stage.open(max_in_flight=IN_FLIGHT)
    stage.gate.hold(
        "POST", "/images"
    )  # what is asked for after the first refusal would be another test of the trouble
    jobs = [studio.submit("a fox", seed=seed) for seed in range(JOBS)]
    stage.gate.wait_held(IN_FLIGHT)
    stage.gate.let_go()

    def is_over(_: Any) -> bool:
        return studio.paused is not None and all(job.status is not State.SENDING for job in jobs)

    wait_for(reaches(studio, is_over), "the queue stops")
    return studio, jobs


def _posts(stage: Stage) -> int:
    return sum(method == "POST" for method, _ in stage.proxy.seen)
