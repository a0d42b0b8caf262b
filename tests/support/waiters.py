"""Jobs that stand still at one state, and threads that wait for them."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.support.stage import WAIT_SECONDS, Stage

Outcome = qn.Picture | qn.QwenError
_HOUR = Rule(times=1, seconds=3600)


@contextmanager
def standing_at(state: State, folder: Path) -> Generator[Stage]:
    """A stage where a job stays in this state until `go_on`."""
    faults = {"submit-429-seconds": _HOUR} if state is State.PLANNED else {}
    with Stage(folder, faults, latency_median=1.0 if state is State.PROCESSING else 0.0) as stage:
        if state is State.PROCESSING:
            stage.clock.hold()
        elif state is State.SENDING:
            stage.gate.hold("POST", "/images/generations")
        elif state is State.DOWNLOADING:
            stage.gate.hold("GET", "/media")
        yield stage


def go_on(stage: Stage) -> None:
    """Let all that stands still go on."""
    stage.clock.release()
    stage.gate.let_go()


def waited_for(job: qn.Job) -> Callable[[], Outcome]:
    """Wait for a job on a thread, and return what tells what came of it."""
    begun, came = threading.Event(), list[Outcome]()

    def wait() -> None:
        try:
            job.wait(WAIT_SECONDS, tick=lambda _: begun.set())
        except qn.QwenError as error:
            came.append(error)
        else:
            came.append(outcome_of(job))
        begun.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert begun.wait(WAIT_SECONDS)

    def outcome() -> Outcome:
        thread.join(WAIT_SECONDS)
        assert came, "The wait does not come back."
        return came[0]

    return outcome


def outcome_of(job: qn.Job) -> Outcome:
    """Wait for a job: its picture, or why there is none."""
    try:
        return job.result(WAIT_SECONDS)
    except qn.QwenError as error:
        return error
