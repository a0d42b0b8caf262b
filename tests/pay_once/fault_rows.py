"""Every fault that is played, and the end that the design has for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import qwen_notebook as qn
from qwen_notebook.simulator import Rule
from qwen_notebook.studio.states import State
from tests.support.fault_proxy import Trouble
from tests.support.stage import Stage, reaches, wait_for

ONCE, ALWAYS = Rule(times=1), Rule()
FOR_EVER = 3600.0


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
    patience
        What differs from that of the other rows.
    cut_off
        Whether the service cannot be reached at first.
    seconds
        How long the service works on the task.
    during
        What happens while the job runs.
    """

    what: str
    ends: State
    tasks: int = 1
    faults: dict[str, Rule] = field(default_factory=dict[str, Rule])
    below: Below | None = None
    endless: int = 0
    declared: int | None = None
    patience: dict[str, Any] = field(default_factory=dict[str, Any])
    cut_off: bool = False
    seconds: float = 0.0
    during: Callable[[Stage, qn.Studio], None] | None = None

    @property
    def through_proxy(self) -> bool:
        """Whether the fault is played below HTTP."""
        return self.below is not None or self.cut_off


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


def _restart(stage: Stage, studio: qn.Studio) -> None:
    wait_for(reaches(studio, lambda job: job.status is State.PROCESSING), "the task is seen to run")
    stage.restart()
    stage.clock.release()


GROUPS: dict[str, list[Row]] = {
    "The submit": _on_submit(),
    "A look at the task": _on_poll(),
    "The download": _on_download(),
    "The service": _at_large(),
}
