"""Every fault that is played, and the end that the design has for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from tests.pay_once import company_faults
from tests.pay_once.company_faults import Played
from tests.support.fault_proxy import Trouble
from tests.support.stage import Stage, reaches, wait_for

ONCE, ALWAYS = Rule(times=1), Rule()
FOR_EVER = 3600.0
LATE = 6


@dataclass(frozen=True)
class Below:
    """A trouble below HTTP; `times` None is every time."""

    trouble: Trouble
    method: str
    path: str
    times: int | None = 1
    seconds: float = FOR_EVER


@dataclass(frozen=True)
class Row:
    """One fault.

    Attributes
    ----------
    ends
        The state that the one job comes to.
    tasks
        How many tasks the service begins: each is paid for.
    faults, below
        What the simulator and the proxy do.
    endless, declared
        How many downloads never end, and the length in bytes that they declare.
    instead
        The status and the body that the file host answers with at first, and how often.
    patience
        What differs from that of the other rows.
    cut_off
        Whether the service cannot be reached at first.
    seconds
        How long the service works on the task.
    outage
        Whether the fault lies between the service and us, so that all goes through the proxy.
    during
        What happens while the job runs.
    company
        Plays the fault itself, with the others that have a part in it, and gives the studio and the job to look at.
    unknown
        For how many tasks nobody can say whether they were paid for.
    sendings
        How often a person had it sent: never more is paid for.
    """

    what: str
    ends: State
    tasks: int = 1
    faults: dict[str, Rule] = field(default_factory=dict[str, Rule])
    below: Below | None = None
    endless: int = 0
    declared: int | None = None
    instead: tuple[int, bytes, int] | None = None
    patience: dict[str, Any] = field(default_factory=dict[str, Any])
    cut_off: bool = False
    seconds: float = 0.0
    outage: bool = False
    during: Callable[[Stage, qn.Studio], None] | None = None
    company: Callable[[Stage], Played] | None = None
    unknown: int = 0
    sendings: int = 1

    @property
    def through_proxy(self) -> bool:
        """Whether the fault is played below HTTP."""
        return self.below is not None or self.cut_off or self.outage


def _on_submit() -> list[Row]:
    post = "POST", "/api/v1/images"
    uncertain = State.UNCERTAIN
    rows = [
        Row(
            "the answer is dropped after the work, every time",
            uncertain,
            below=Below(Trouble.LOSE_ANSWER, *post, None),
        ),
        Row("the answer is dropped after the work, once", uncertain, below=Below(Trouble.LOSE_ANSWER, *post)),
        Row("the answer is cut", uncertain, below=Below(Trouble.CUT_BODY, *post)),
        Row(
            "the answer is slower than the timeout",
            uncertain,
            below=Below(Trouble.DELAY, *post),
            patience={"answer": 3.0},
        ),
        Row("the answer cannot be read", uncertain, faults={"submit-not-json": ONCE}),
    ]
    for status in (500, 502, 503, 504):
        rows += [
            Row(f"{status} before the charge", uncertain, 0, {f"submit-{status}-before": ONCE}),
            Row(f"{status} after the charge", uncertain, 1, {f"submit-{status}-after": ONCE}),
        ]
    second = Rule(times=1, seconds=1)
    return [
        *rows,
        Row("429 with seconds", State.SAVED, faults={"submit-429-seconds": second}),
        Row("429 with a date", State.SAVED, faults={"submit-429-date": second}),
        Row(
            "429, every time",
            State.REFUSED,
            0,
            {"submit-429-seconds": Rule(seconds=0)},
            patience={"submit_tries": 3},
        ),
        Row("no connection, for a while", State.SAVED, cut_off=True, during=_connect_again),
        Row(
            "no connection, every time",
            State.REFUSED,
            0,
            cut_off=True,
            patience={"submit_tries": 3},
        ),
    ]


def _on_poll() -> list[Row]:
    get = "GET", "/api/v1/tasks"
    saved = State.SAVED
    return [
        Row("the answer is dropped", saved, below=Below(Trouble.LOSE_ANSWER, *get)),
        Row("the answer is cut", saved, below=Below(Trouble.CUT_BODY, *get)),
        Row(
            "the answer is slower than the timeout",
            saved,
            below=Below(Trouble.DELAY, *get),
            patience={"look": 2.0},
        ),
        *(Row(str(status), saved, faults={f"poll-{status}": ONCE}) for status in (404, 500, 502, 503, 504)),
        Row("429", saved, faults={"poll-429": Rule(times=1, seconds=1)}),
        Row("a page of HTML", saved, faults={"poll-html": ONCE}),
        Row("JSON that is cut", saved, faults={"poll-cut-json": ONCE}),
        Row("a status that nobody has heard of", saved, faults={"poll-unknown-status": ONCE}),
        Row(
            "the task does not end before the deadline",
            State.PROCESSING,
            faults={"task-never-ends": ALWAYS},
            patience={"deadline": 2.0},
        ),
        Row("the task failed", State.FAILED, faults={"task-fails": ALWAYS}),
    ]


def _on_download() -> list[Row]:
    get = "GET", "/media"
    saved = State.SAVED
    return [
        Row("the answer is dropped", saved, below=Below(Trouble.LOSE_ANSWER, *get)),
        Row("the file is cut", saved, below=Below(Trouble.CUT_BODY, *get)),
        Row("the file stalls", saved, below=Below(Trouble.STALL_BODY, *get), patience={"look": 2.0}),
        Row("the file never ends", saved, endless=1, patience={"download": 2.0}),
        Row("the file is larger than may be taken", saved, endless=1, declared=1 << 30),
        Row("a 503 page", saved, faults={"download-503": ONCE}),
        Row("a redirect to plain http", saved, faults={"download-redirect-to-http": ONCE}),
        Row("the wrong type is declared, every time", saved, faults={"download-wrong-type": ALWAYS}),
        *_once_and_always("the image is torn", "download-truncated"),
        *_once_and_always("a page of HTML", "download-not-an-image"),
        *_once_and_always("a decompression bomb", "download-bomb"),
        Row("the address has expired, once", saved, faults={"url-expired": ONCE}),
        Row("the address has expired, for a while", saved, faults={"url-expired": Rule(times=6)}),
        Row(
            "the address has expired, every time",
            State.GONE,
            faults={"url-expired": ALWAYS},
            patience={"deadline": 2.0},
        ),
        Row("the file is late: 403, for a while", saved, instead=(403, b"Forbidden", LATE)),
        Row("the file is late: an empty 202, for a while", saved, instead=(202, b"", LATE)),
        Row("no connection while the file lies ready", saved, outage=True, during=_cut_off_and_connect),
    ]


def _once_and_always(what: str, fault: str) -> list[Row]:
    return [
        Row(f"{what}, once", State.SAVED, faults={fault: ONCE}),
        Row(f"{what}, for a while", State.SAVED, faults={fault: Rule(times=6)}),
        Row(f"{what}, every time", State.UNREADABLE, faults={fault: ALWAYS}, patience={"deadline": 2.0}),
    ]


def _at_large() -> list[Row]:
    return [
        Row("it is restarted while the task runs", State.SAVED, seconds=1.0, during=_restart),
    ]


def _connect_again(stage: Stage, studio: qn.Studio) -> None:
    wait_for(reaches(studio, lambda job: job.note is not None), "the job waits for a connection")
    stage.proxy.accept()


def _cut_off_and_connect(stage: Stage, studio: qn.Studio) -> None:
    stage.gate.wait_held()
    stage.proxy.refuse()
    stage.gate.let_go()
    _connect_again(stage, studio)


def _restart(stage: Stage, studio: qn.Studio) -> None:
    wait_for(reaches(studio, lambda job: job.status is State.PROCESSING), "the task is seen to run")
    stage.restart()
    stage.clock.release()


def _in_company() -> list[Row]:
    saved, uncertain = State.SAVED, State.UNCERTAIN
    return [
        Row("two kernels ask for the same at once", saved, company=company_faults.two_at_once),
        Row(
            "a kernel in another container, with the same host name and process id",
            saved,
            company=company_faults.two_containers,
        ),
        Row("another kernel dies before it has sent it", saved, company=company_faults.dies_while_planned),
        Row(
            "another kernel dies while it sends it",
            uncertain,
            unknown=1,
            company=company_faults.dies_while_sending,
        ),
        Row("a process is forked while it is being sent", saved, company=company_faults.forked),
        Row("the folder is renamed while it is being sent", saved, company=company_faults.renamed),
        Row("the journal is replaced by a copy of it", saved, company=company_faults.replaced),
        Row("a wrong task id is given by hand", uncertain, unknown=1, company=company_faults.wrong_task_id),
        Row(
            "it is sent again after a lost answer",
            saved,
            tasks=2,
            unknown=1,
            sendings=2,
            company=company_faults.sent_again,
        ),
    ]


GROUPS: dict[str, list[Row]] = {
    "The submit": _on_submit(),
    "A look at the task": _on_poll(),
    "The download": _on_download(),
    "The service": _at_large(),
    "In company, and by hand": _in_company(),
}
