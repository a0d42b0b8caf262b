"""A job that another kernel moves is waited for, and the wait comes back when that kernel is killed or stopped."""

import signal
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from tests.support.programs import Program
from tests.support.stage import WAIT_SECONDS, Stage
from tests.support.waiters import go_on, standing_at, waited_for


@pytest.mark.parametrize(
    ("state", "end"),
    [
        (State.PLANNED, State.SAVED),
        (State.SENDING, State.UNCERTAIN),
        (State.PROCESSING, State.SAVED),
        (State.DOWNLOADING, State.SAVED),
    ],
)
def test_what_it_was_killed_at_is_taken_up_by_who_waits(state: State, end: State, tmp_path: Path) -> None:
    with standing_at(state, tmp_path) as stage, Program([stage], seeds=[7]) as other:
        _, job = _joined(state, stage, other)
        outcome = waited_for(job)

        other.kill()
        go_on(stage)

        assert isinstance(outcome(), qn.Picture if end is State.SAVED else qn.errors.UncertainSubmission)
        assert job.status is end
        assert (stage.tasks, stage.images) == (1, end is State.SAVED)


@pytest.mark.parametrize("state", [State.PROCESSING, State.DOWNLOADING])
def test_what_it_has_paid_for_is_fetched_from_here_while_it_is_stopped(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lose_patience_soon(monkeypatch)
    with standing_at(state, tmp_path) as stage, Program([stage], seeds=[7]) as other:
        _, job = _joined(state, stage, other)
        other.signal(signal.SIGSTOP)
        go_on(stage)

        assert job.result(WAIT_SECONDS).path.exists()

        other.signal(signal.SIGCONT)
        assert other.until_done()["jobs"] == [[[7, job.id, State.SAVED]]]
        assert (stage.tasks, stage.images) == (1, 1)


@pytest.mark.parametrize("state", [State.PLANNED, State.SENDING])
def test_what_it_has_not_sent_is_left_to_it_and_the_wait_says_so_while_it_is_stopped(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lose_patience_soon(monkeypatch)
    with standing_at(state, tmp_path) as stage, Program([stage], seeds=[7]) as other:
        _, job = _joined(state, stage, other)
        other.signal(signal.SIGSTOP)

        with pytest.raises(
            qn.StillRunning, match=f"still {state}: another kernel has it, and has done nothing"
        ):
            job.result(WAIT_SECONDS)

        assert job.status is state
        assert len(stage.simulator.books.posts) == 1
        if state is State.SENDING:
            other.signal(signal.SIGCONT)
            go_on(stage)
            assert other.until_done()["jobs"] == [[[7, job.id, State.SAVED]]]
        else:
            other.kill()
        assert job.result(WAIT_SECONDS).path.exists()
        assert (stage.tasks, stage.images) == (1, 1)


def test_on_a_studio_that_is_closed_meanwhile_it_is_waited_for_no_longer(tmp_path: Path) -> None:
    with standing_at(State.SENDING, tmp_path) as stage, Program([stage], seeds=[7]) as other:
        studio, job = _joined(State.SENDING, stage, other)
        outcome = waited_for(job)

        studio.close()

        error = outcome()
        assert isinstance(error, qn.StillRunning)
        assert "studio is closed" in str(error)
        go_on(stage)
        other.until_done()
        stage.open()
        assert job.result(WAIT_SECONDS).path.exists()


def _joined(state: State, stage: Stage, other: Program) -> tuple[qn.Studio, qn.Job]:
    """Ask for what another kernel has brought to this state."""
    other.read_until(lambda word, rest: word == state and (state is not State.PLANNED or len(rest) > 1))
    if state in (State.SENDING, State.DOWNLOADING):
        stage.gate.wait_held()
    studio = stage.open()
    job = studio.submit("a fox", seed=7)
    assert job.status is state
    return studio, job


def _lose_patience_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for seconds where it would be minutes."""
    for name in ("_LOOK_FOR_OTHERS_SECONDS", "_SILENT_SECONDS"):
        monkeypatch.setattr(f"qwen_notebook.studio.scheduler.{name}", 0.5)
