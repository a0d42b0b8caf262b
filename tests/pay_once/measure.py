"""Play the faults, and write down what came of each."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.studio.evidence import balance_says
from tests.pay_once.company_faults import Played
from tests.pay_once.fault_rows import GROUPS, Row
from tests.support.gate import Instead
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick

_AT_ONCE = 12


@dataclass(frozen=True)
class Outcome:
    """What came of one fault.

    Attributes
    ----------
    tasks
        Those that the service began and charged.
    jobs
        The states of all jobs in the folder.
    error
        What `Job.result` raised; None where it returned the image.
    balance
        What the account's balance says of a sending without an answer, as a sentence; empty where it says nothing.
    spent, unknown, charged
        Credits: what the studio holds to be spent, what it says may have been, and what the service charged.
    """

    row: Row
    tasks: int
    images: int
    jobs: tuple[State, ...]
    error: qn.errors.QwenError | None
    balance: str
    spent: int
    unknown: int
    charged: int

    @property
    def paid_right(self) -> bool:
        """Whether both sides agree on what was paid, to the credit, but for what is said to be unknown."""
        uncertain = self.unknown == PRICE * self.row.unknown
        if self.row.unknown == 0 and self.jobs == (State.UNCERTAIN,):  # of a submit whose fate nobody knows
            uncertain = self.unknown == PRICE
        beyond = self.charged - self.spent
        return uncertain and beyond % PRICE == 0 and 0 <= beyond <= self.unknown


def measure_all() -> dict[str, list[Outcome]]:
    """Play every fault, each against a service, a proxy and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        flat = [row for rows in GROUPS.values() for row in rows]
        made = list(pool.map(lambda at: measure(at[1], Path(folder) / str(at[0])), enumerate(flat)))
    found = iter(made)
    return {group: [next(found) for _ in rows] for group, rows in GROUPS.items()}


def measure(row: Row, folder: Path) -> Outcome:
    """Play one fault on one request."""
    with Stage(folder, row.faults, latency_median=row.seconds, latency_sigma=0.0) as stage:
        played = row.company(stage) if row.company is not None else _asked(row, stage)
        studio, job = played.studio, played.job
        error = _error(job)
        books = stage.simulator.books
        return Outcome(
            row=row,
            tasks=stage.tasks,
            images=stage.images,
            jobs=tuple(one.status for one in studio.jobs),
            error=error,
            balance=balance_says(job.record) if job.status is State.UNCERTAIN else "",
            spent=studio.spent,
            unknown=studio.committed - studio.spent,
            charged=books.charged - books.refunded,
        )


def _asked(row: Row, stage: Stage) -> Played:
    """Ask for one image, while the row's fault is played."""
    if row.below is not None:
        below = row.below
        stage.proxy.add(
            below.trouble, method=below.method, path=below.path, times=below.times, seconds=below.seconds
        )
    if row.endless:
        stage.gate.never_end("/media", row.endless, row.declared)
    if row.instead is not None:
        status, body, times = row.instead
        stage.gate.answer_instead(Instead("/media", status, body, times))
    if row.outage:
        stage.gate.hold("GET", "/media")
    if row.cut_off:
        stage.proxy.refuse()
    if row.seconds:
        stage.clock.hold()
    way = stage.proxy.url if row.through_proxy else stage.url
    studio = stage.open(base_url=way, patience=quick(**row.patience))
    job = studio.submit("a fox", seed=7)
    if row.during is not None:
        row.during(stage, studio)
    return Played(studio, job)


def _error(job: qn.Job) -> qn.errors.QwenError | None:
    try:
        job.result(WAIT_SECONDS)
    except qn.errors.QwenError as error:
        return error
    return None
