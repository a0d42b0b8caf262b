"""Kernels, forks, threads and studios in one folder, killed and stopped at any moment: the books agree."""

import hashlib
import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from PIL import Image

from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.simulator.books import Task
from tests.support.chance import Chance
from tests.support.company import Company, Plan
from tests.support.fault_proxy import Trouble
from tests.support.journal import read_journal
from tests.support.stage import PRICE, WAIT_SECONDS, Stage

FAULTS = {
    "submit-429-seconds": Rule(probability=0.05, seconds=0),
    "submit-500-before": Rule(probability=0.03),
    "submit-500-after": Rule(probability=0.03),
    "task-fails": Rule(probability=0.08),
    "poll-503": Rule(probability=0.05),
    "url-expired": Rule(probability=0.1),
}
LOST = 0.06
SHORT = (range(3), range(3, 6))
LONG = tuple(range(start, start + 20) for start in range(1000, 1200, 20))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked or stopped here")


@pytest.mark.parametrize(
    "rounds", [*SHORT, *(pytest.param(some, marks=pytest.mark.long) for some in LONG)], ids=str
)
def test_nothing_is_paid_twice_beyond_the_budget_or_for_nothing(rounds: range, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for seed in rounds:
        counts += _round(seed, tmp_path / str(seed))
    print(json.dumps(counts))


def _round(seed: int, folder: Path) -> Counter[str]:
    plan = Plan.drawn(seed)
    company = Company()
    with Stage(folder, FAULTS, latency_median=0.05, latency_sigma=0.5) as stage:
        stage.proxy.rules.append(Chance(Trouble.LOSE_ANSWER, "POST", "/api/v1/images", share=LOST, seed=seed))
        try:
            company.play(plan, stage.folder, stage.proxy.url, PRICE)
            stage.simulator.faults.switch_off()
            _come_to_an_end(stage)
            problems = list(_problems(stage, plan, company))
        except BaseException as error:
            problems = [f"{type(error).__name__}: {error}"]
        said = "\n".join(company.lines[-300:])
        assert not problems, f"plan {seed}: {plan}\n" + "\n".join(problems) + f"\n\n{said}"
        posts, images = len(stage.simulator.books.posts), stage.images
    return Counter(
        rounds=1,
        processes=plan.processes,
        kills=company.counts["killed"],
        stops=company.counts["stop"],
        posts=posts,
        pictures=images,
        refused=company.counts["refused"],
        busy=company.counts["busy"],
    )


def _come_to_an_end(stage: Stage) -> None:
    """Let a last studio take up what can come."""
    studio = stage.open(base_url=stage.url)
    for job in studio.jobs:
        job.wait(WAIT_SECONDS)
    studio.close()


def _problems(stage: Stage, plan: Plan, company: Company) -> list[str]:
    journal, records = read_journal(stage.folder)
    of_seed: dict[int, list[JobRecord]] = defaultdict(list)
    for record in records:
        of_seed[record.seed].append(record)
    tasks = _tasks(stage)
    wrong = ("broken ", "trouble ", "Current thread ")  # the last where a process hung
    problems = [line for line in company.lines if line.partition(" ")[2].startswith(wrong)]
    problems += [f"not at rest: {record}" for record in records if not record.state.settled]
    problems += [
        f"an end without a reason: {record}"
        for record in records
        if record.state not in (State.SAVED, State.FAILED, State.UNCERTAIN, State.CANCELLED)
    ]
    for file in journal.folder.glob("*.jsonl"):
        alive, lines = journal.is_alive(file.stem), file.read_bytes().splitlines()
        # Killed between making its file and writing its first line, a writer has begun nothing.
        if alive is not False and lines:
            problems.append(f"nothing proves that {file.stem} is dead: {alive}, {lines[0]!r}, {lines[-1]!r}")
    problems += _of_money(stage, plan, journal.index.totals(REAPI).spent, records)
    for seed in {*of_seed, *tasks}:
        problems += _of_seed(stage, seed, of_seed[seed], tasks.get(seed, []))
    problems += _torn(stage)
    return problems


def _tasks(stage: Stage) -> dict[int, list[Task]]:
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in stage.simulator.books.tasks.values():
        tasks[task.seed].append(task)
    return tasks


def _of_money(stage: Stage, plan: Plan, spent: int, records: list[JobRecord]) -> list[str]:
    """The credits, at every moment, as the service has them; and at the end, as both sides do."""
    books, problems = stage.simulator.books, list[str]()
    moved = [(entry.at, entry.credits) for entry in books.charges]
    moved += [(entry.at, -entry.credits) for entry in books.refunds]
    held = most = 0
    for _, amount in sorted(moved):
        held += amount
        most = max(most, held)
    if most > plan.budget_images * PRICE:
        problems.append(f"{most} credits at once, with a budget of {plan.budget_images * PRICE}")
    unknown = sum(record.credits or 0 for record in records if record.state is State.UNCERTAIN)
    if not spent <= books.charged - books.refunded <= spent + unknown:
        problems.append(
            f"the service has {books.charged - books.refunded} credits, the folder {spent} and {unknown} uncertain"
        )
    if spent + unknown > plan.budget_images * PRICE:
        problems.append(f"{spent} credits spent and {unknown} uncertain are beyond the budget")
    return problems


def _of_seed(stage: Stage, seed: int, records: list[JobRecord], tasks: list[Task]) -> list[str]:
    refunded = {entry.task_id for entry in stage.simulator.books.refunds}
    paid = [task for task in tasks if task.id not in refunded]
    by_task = {record.task_id: record for record in records if record.task_id is not None}
    uncertain = [record for record in records if record.state is State.UNCERTAIN]
    checks = {
        "paid more than once": len(paid) <= 1,
        "more tasks than jobs that were sent": len(tasks)
        <= sum(record.state is not State.CANCELLED for record in records),
        "a job for a task that is none": set(by_task) <= {task.id for task in tasks},
        "more than one job has a picture or may have": sum(
            record.state in (State.SAVED, State.UNCERTAIN) for record in records
        )
        <= 1,
    }
    for task in tasks:
        record = by_task.get(task.id)
        if record is None:
            checks[f"task {task.id} is neither known nor uncertain"] = bool(uncertain)
        elif task.id in refunded:
            checks[f"task {task.id} failed, and the job did not"] = record.state is State.FAILED
        else:
            picture = stage.simulator.gallery.begin(task).result()
            checks[f"task {task.id} is paid and not saved"] = (
                record.state is State.SAVED
                and record.sha256 == hashlib.sha256(picture).hexdigest()
                and (stage.folder / (record.file or "")).is_file()
            )
    return [f"seed {seed}: {what}: {records}, {tasks}" for what, fine in checks.items() if not fine]


def _torn(stage: Stage) -> list[str]:
    problems: list[str] = []
    for file in (stage.folder / "ledger").glob("*.jsonl"):
        problems += [
            f"torn: {file.name}: {line[:80]!r}"
            for line in file.read_bytes().splitlines(keepends=True)
            if not line.isspace() and not (line.endswith(b"\n") and isinstance(json.loads(line), dict))
        ]
    for part in ("images", "previews"):
        for file in (stage.folder / part).glob("[!.]*"):
            with Image.open(file) as image:
                image.load()  # raises if it is cut
    return problems
