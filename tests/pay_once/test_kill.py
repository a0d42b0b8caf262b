"""A process killed at any moment: the next one saves all that has a task id, and sends nothing a second time."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qwen_notebook.journal.records import JobRecord
from qwen_notebook.journal.states import State
from tests.support.journal import read_journal
from tests.support.programs import Program
from tests.support.stage import Stage

SEEDS = 3
IN_FLIGHT = 2
AT_ONCE = 4
ORDINARY, LONG = 2, 20
POST = "POST", "/images/generations"


@dataclass(frozen=True)
class Moment:
    """When to kill.

    Attributes
    ----------
    stop
        Where the program stops and waits to be killed; empty where an answer that is held back stops it.
    held
        The answers that the service holds back: method and part of the path.
    on_disk
        A state that the journal then has.
    """

    on_disk: State
    stop: dict[str, Any]
    held: tuple[str, str] | None = None


MOMENTS = {
    "planned": Moment(State.PLANNED, {}, POST),
    "before the POST": Moment(State.SENDING, {"state": "sending"}),
    "the answer held back": Moment(State.SENDING, {}, POST),
    "submitted": Moment(State.SUBMITTED, {"state": "submitted"}),
    "processing": Moment(State.PROCESSING, {"state": "processing"}),
    "before the download": Moment(State.DOWNLOADING, {"state": "downloading"}),
    "the download held back": Moment(State.DOWNLOADING, {}, ("GET", "/media")),
    "before the file has its name": Moment(State.DOWNLOADING, {"rename": "before"}),
    "after the file has its name": Moment(State.DOWNLOADING, {"rename": "after"}),
    "saved": Moment(State.SAVED, {"state": "saved"}),
}
ROUNDS = [range(ORDINARY), pytest.param(range(ORDINARY, LONG), marks=pytest.mark.long)]


@pytest.mark.parametrize("rounds", ROUNDS, ids=["ordinary", "long"])
@pytest.mark.parametrize("name", MOMENTS)
def test_killed_at_each_state(name: str, rounds: range, tmp_path: Path) -> None:
    moment = MOMENTS[name]

    def kill_there(stage: Stage, number: int) -> Program:
        stop = moment.stop
        if moment.on_disk is State.PROCESSING:
            stage.clock.hold()
        if moment.held is not None:
            stage.gate.hold(*moment.held)
        elif "state" in stop:
            stop = stop | {"nth": number % IN_FLIGHT + 1}
        return _program(stage, stop=stop)

    def wait_there(stage: Stage, program: Program) -> None:
        if moment.held is None:
            program.until("at")
        else:
            _read_planned(program)
            stage.gate.wait_held()

    for some in _in_parts(rounds):
        with _stages(tmp_path, some, latency_median=0.1) as stages:
            programs = [kill_there(stage, number) for number, stage in zip(some, stages, strict=True)]
            for stage, program in zip(stages, programs, strict=True):
                with program:
                    wait_there(stage, program)
            for stage in stages:
                assert moment.on_disk in {record.state for record in _on_disk(stage).values()}
            _go_on(stages)


@pytest.mark.parametrize("rounds", ROUNDS, ids=["ordinary", "long"])
def test_killed_at_a_random_line(rounds: range, tmp_path: Path) -> None:
    with _stages(tmp_path / "whole", range(1)) as stages, _program(stages[0], stop={"line": -1}) as program:
        lines = program.until_done()["lines"]
    assert lines > 1000
    for some in _in_parts(rounds):
        with _stages(tmp_path, some) as stages:
            programs = [
                _program(stage, stop={"line": random.Random(number).randrange(lines)})
                for number, stage in zip(some, stages, strict=True)
            ]
            for program in programs:
                with program:
                    program.read_until_dead_or_done()
            _go_on(stages)


def test_a_process_that_nobody_buried_is_dead(tmp_path: Path) -> None:
    with _stages(tmp_path, range(1)) as stages, _program(stages[0], stop={"state": "submitted"}) as program:
        program.until("at")
        program.kill(reap=False)
        program.read_until_dead_or_done()

        _go_on(stages)


def _program(stage: Stage, **told: Any) -> Program:
    return Program([stage], seeds=list(range(SEEDS)), settings={"max_in_flight": IN_FLIGHT}, **told)


def _read_planned(program: Program) -> None:
    """Read until all jobs are in the journal."""
    planned = iter(range(SEEDS - 1, -1, -1))
    program.read_until(lambda word, _: word == "planned" and next(planned) == 0)


@contextmanager
def _stages(folder: Path, numbers: Sequence[int], **assumed: Any) -> Iterator[list[Stage]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Stage(folder / str(number), **assumed)) for number in numbers]


def _in_parts(rounds: range) -> Iterator[range]:
    for start in range(0, len(rounds), AT_ONCE):
        yield rounds[start : start + AT_ONCE]


def _on_disk(stage: Stage) -> dict[str, JobRecord]:
    return {record.id: record for record in read_journal(stage.folder)[1]}


def _go_on(stages: Sequence[Stage]) -> None:
    """Let a new process open the folders, and compare what it makes of them with what was on disk."""
    before = [_on_disk(stage) for stage in stages]
    for stage in stages:
        stage.gate.let_go()
        stage.clock.release()
    with Program(stages, through_proxy=True) as program:
        program.until_done()
        program.end()
    for stage, left in zip(stages, before, strict=True):
        after = _on_disk(stage)
        assert {job: _expected(record) for job, record in left.items()} == {
            job: record.state for job, record in after.items()
        }
        saved = [record for record in after.values() if record.state is State.SAVED]
        assert all((stage.folder / (record.file or "")).is_file() for record in saved)
        assert stage.images == len(saved)
        assert [path for method, path in stage.proxy.seen if method == "POST"] == []
        assert max(_tasks_by_seed(stage).values(), default=0) <= 1


def _expected(left: JobRecord) -> State:
    if left.task_id is not None:
        return State.SAVED
    return {State.PLANNED: State.CANCELLED, State.SENDING: State.UNCERTAIN}[left.state]


def _tasks_by_seed(stage: Stage) -> Counter[int]:
    return Counter(task.seed for task in stage.simulator.books.tasks.values())
