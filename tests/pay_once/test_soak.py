"""Hundreds of jobs, every fault at once, two kills in the middle: the books agree to the credit."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.simulator.books import Task
from tests.support.chance import Chance
from tests.support.fault_proxy import Trouble
from tests.support.journal import read_journal
from tests.support.programs import Program
from tests.support.stage import PRICE, Stage

IN_FLIGHT = 50
# A tenth of the POSTs gets no answer here, so three in a row are chance; `test_outage` has what an outage does.
PATIENCE = {"answer": 5.0, "look": 4.0, "download": 8.0, "lost_answers": 99}
FOR_EVER = 3600.0
FAULTS = {
    "submit-429-seconds": Rule(probability=0.04, seconds=0),
    "submit-429-date": Rule(probability=0.02, seconds=0),
    **{
        f"submit-{status}-{when}": Rule(probability=0.01)
        for status in (500, 502, 503, 504)
        for when in ("before", "after")
    },
    "submit-not-json": Rule(probability=0.01),
    "submit-slow": Rule(probability=0.005, seconds=FOR_EVER),
    "task-fails": Rule(probability=0.05),
    **{f"poll-{status}": Rule(probability=0.02) for status in (404, 500, 502, 503, 504)},
    "poll-429": Rule(probability=0.01, seconds=0),
    "poll-html": Rule(probability=0.02),
    "poll-cut-json": Rule(probability=0.02),
    "poll-unknown-status": Rule(probability=0.02),
    "poll-slow": Rule(probability=0.003, seconds=FOR_EVER),
    "url-expired": Rule(probability=0.4),
    "download-503": Rule(probability=0.05),
    "download-truncated": Rule(probability=0.1),
    "download-not-an-image": Rule(probability=0.2),
    "download-bomb": Rule(probability=0.2),
    "download-wrong-type": Rule(probability=0.2),
    "download-redirect-to-http": Rule(probability=0.02),
    "download-slow": Rule(probability=0.005, seconds=FOR_EVER),
}
BELOW = (
    (Trouble.LOSE_ANSWER, "POST", "/api/v1/images", 0.01),
    (Trouble.DELAY, "POST", "/api/v1/images", 0.005),
    (Trouble.LOSE_ANSWER, "GET", "/api/v1/tasks", 0.03),
    (Trouble.CUT_BODY, "GET", "/api/v1/tasks", 0.02),
    (Trouble.DELAY, "GET", "/api/v1/tasks", 0.003),
    (Trouble.LOSE_ANSWER, "GET", "/media", 0.03),
    (Trouble.CUT_BODY, "GET", "/media", 0.03),
    (Trouble.STALL_BODY, "GET", "/media", 0.005),
)


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.long)])
def test_every_charge_is_accounted_for(count: int, tmp_path: Path) -> None:
    with Stage(tmp_path, FAULTS, latency_median=0.3, rate_limit=300.0, starting_balance=10**6) as stage:
        stage.proxy.rules += [
            Chance(trouble, method, path, seconds=FOR_EVER, share=share, seed=1)
            for trouble, method, path, share in BELOW
        ]
        for _ in range(2):
            with _program(stage, count) as program:
                _read_saved(program, count // 4)
        with _program(stage, count) as program:
            program.until_done()
            program.end()

        records, spent = _journal(stage)
        tasks = _by_seed(stage)
        problems = [
            f"{problem}: {record}"
            for seed, record in records.items()
            for problem in _problems(stage, record, tasks.get(seed, []))
        ]
        assert not problems, "\n".join(problems)
        assert set(records) == set(range(count))
        assert set(tasks) <= set(records)
        # The money, as the two sides have it. What is uncertain the journal counts on neither side.
        books = stage.simulator.books
        refunded = {entry.task_id for entry in books.refunds}
        unsure = sum(
            task.price
            for seed, record in records.items()
            if record.state is State.UNCERTAIN
            for task in tasks.get(seed, [])
            if task.id not in refunded
        )
        assert books.charged - books.refunded == spent + unsure
        ends = Counter(record.state for record in records.values())
        assert stage.images == ends[State.SAVED]
        assert set(ends) == {State.SAVED, State.FAILED, State.UNCERTAIN}, (
            f"what was paid for is not given up: {ends}"
        )


def _program(stage: Stage, count: int) -> Program:
    return Program(
        [stage],
        through_proxy=True,
        seeds=list(range(count)),
        settings={"max_in_flight": IN_FLIGHT},
        patience=PATIENCE,
        longest=60 + count,
    )


def _read_saved(program: Program, count: int) -> None:
    left = iter(range(count - 1, -1, -1))
    program.read_until(lambda word, _: word == "saved" and next(left) == 0)


def _journal(stage: Stage) -> tuple[dict[int, JobRecord], int]:
    """The one job of each seed that was not cancelled before it was sent, and the credits spent."""
    journal, found = read_journal(stage.folder)
    records: dict[int, JobRecord] = {}
    for record in found:
        if record.state is not State.CANCELLED:
            assert record.seed not in records, "a request was made twice"
            records[record.seed] = record
    return records, journal.index.totals(REAPI).spent


def _by_seed(stage: Stage) -> dict[int, list[Task]]:
    tasks: dict[int, list[Task]] = {}
    for task in stage.simulator.books.tasks.values():
        tasks.setdefault(task.seed, []).append(task)
    return tasks


def _problems(stage: Stage, record: JobRecord, tasks: list[Task]) -> list[str]:
    refunds = {entry.task_id for entry in stage.simulator.books.refunds}
    checks = {"paid more than once": len(tasks) <= 1}
    match record.state:
        case State.SAVED | State.GONE | State.UNREADABLE:
            checks["no such task"] = [task.id for task in tasks] == [record.task_id]
            checks["refunded"] = not refunds & {record.task_id}
            checks["another price"] = record.credits == PRICE
        case State.FAILED:
            checks["no such task"] = [task.id for task in tasks] == [record.task_id]
            checks["not refunded"] = record.task_id in refunds
        case State.REFUSED:
            checks["paid"] = not tasks
        case state:
            checks["not at an end"] = state is State.UNCERTAIN
    if record.state is State.SAVED and tasks:
        picture = stage.simulator.gallery.begin(tasks[0]).result()
        checks["another request's picture"] = record.sha256 == hashlib.sha256(picture).hexdigest()
        checks["no file"] = (stage.folder / (record.file or "")).is_file()
    return [problem for problem, fine in checks.items() if not fine]
