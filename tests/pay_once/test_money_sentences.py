"""Each sentence about money that can be said, with the state of the service's books that made it.

Panel, grid, magic and Python are asked for the same folder, and what each says is held against the books: never a
"nothing was charged" where something was, and never a charge where there was none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Assumed, Rule
from tests.support.lost_answers import lose_next_answer, task_ids
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick
from tests.support.widget_talk import WidgetTalk

ALWAYS = Rule()
WRONG_KEY = "rk_test_a_key_that_nobody_knows"


def _asks(*seeds: int) -> Callable[[Stage, qn.Studio], None]:
    def play(stage: Stage, studio: qn.Studio) -> None:
        for seed in seeds:
            studio.submit("a fox", seed=seed).wait(WAIT_SECONDS)

    return play


def _asks_at_once(stage: Stage, studio: qn.Studio) -> None:
    stage.gate.hold(
        "POST", "/images/generations"
    )  # an answer that came earlier would make the next one the test
    jobs = [studio.submit("a fox", seed=seed) for seed in range(15)]
    stage.gate.let_go()
    jobs[0].wait(WAIT_SECONDS)


def _loses(stage: Stage, studio: qn.Studio) -> None:
    lose_next_answer(stage)
    _asks(7)(stage, studio)


def _loses_and_dismisses(stage: Stage, studio: qn.Studio) -> None:
    _loses(stage, studio)
    studio.uncertain.dismiss()


def _loses_and_sends_again(stage: Stage, studio: qn.Studio) -> None:
    _loses(stage, studio)
    (job,) = studio.uncertain.send_again()
    job.wait(WAIT_SECONDS)


def _loses_and_gives_the_id(stage: Stage, studio: qn.Studio) -> None:
    _loses(stage, studio)
    studio.jobs[0].resolve(task_ids(stage)[0]).wait(WAIT_SECONDS)


def _is_over_budget(stage: Stage, studio: qn.Studio) -> None:
    _asks(1)(stage, studio)
    with pytest.raises(
        qn.errors.BudgetExceeded, match=r"has 0 left, and an image costs 31 \(31 credits spent\)"
    ):
        studio.submit("a fox", seed=2)


def _cancels(stage: Stage, studio: qn.Studio) -> None:
    stage.gate.hold("POST", "/images")
    first, second = (studio.submit("a fox", seed=seed) for seed in (1, 2))
    stage.gate.wait_held()
    assert second.cancel()
    stage.gate.let_go()
    first.wait(WAIT_SECONDS)


def _is_being_sent(stage: Stage, studio: qn.Studio) -> None:
    stage.gate.hold("POST", "/images")
    studio.submit("a fox", seed=1)
    stage.gate.wait_held()


def _buys_again(stage: Stage, studio: qn.Studio) -> None:
    _asks(1)(stage, studio)
    studio.submit("a fox", seed=1, again=True).wait(WAIT_SECONDS)


def _deletes(stage: Stage, studio: qn.Studio) -> None:
    _asks(1)(stage, studio)
    studio.pictures[0].delete()


@dataclass(frozen=True)
class Row:
    """What happens, and the line that says what it came to.

    Attributes: `error`, a part of what the newest job's error says of the money.
    """

    what: str
    play: Callable[[Stage, qn.Studio], None]
    line: str
    error: str = ""
    faults: dict[str, Rule] = field(default_factory=dict[str, Rule])
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    patience: dict[str, Any] = field(default_factory=dict[str, Any])
    assumed: Assumed | None = None


ROWS = [
    Row("nothing was asked for", _asks(), "0 credits spent"),
    Row("one is saved", _asks(1), "31 credits spent"),
    Row("the same is asked for again", _asks(1, 1, 1), "31 credits spent"),
    Row("it is bought again", _buys_again, "62 credits spent"),
    Row("it is deleted", _deletes, "31 credits spent", "The image was charged."),
    Row("it is being sent", _is_being_sent, "0 credits spent · 31 reserved"),
    Row("another is cancelled", _cancels, "31 credits spent", settings={"max_in_flight": 1}),
    Row(
        "the key is wrong, and fourteen wait",
        _asks_at_once,
        "0 credits spent · 434 reserved",
        settings={"api_key": WRONG_KEY, "max_in_flight": 1},
    ),
    Row(
        "the account is empty",
        _asks(1),
        "0 credits spent",
        "Nothing was charged.",
        assumed=Assumed(starting_balance=0, latency_median=0.0, rate_limit=None),
    ),
    Row("the budget is used up", _is_over_budget, "31 of 31 credits spent · 0 left", settings={"budget": 31}),
    Row("the answer is lost", _loses, "0 credits spent · 31 uncertain", "The balance fell by 31 since"),
    Row(
        "500 before the charge",
        _asks(1),
        "0 credits spent · 31 uncertain",
        "The balance did not fall since",
        faults={"submit-500-before": ALWAYS},
    ),
    Row("a lost one is dismissed", _loses_and_dismisses, "0 credits spent · 31 uncertain", "may have been"),
    Row("a lost one is sent again", _loses_and_sends_again, "31 credits spent · 31 uncertain"),
    Row("a lost one's task id is given", _loses_and_gives_the_id, "31 credits spent"),
    Row("the task failed", _asks(1), "0 credits spent", "was refunded", faults={"task-fails": ALWAYS}),
    Row(
        "the address expired",
        _asks(1),
        "31 credits spent",
        "The image was charged.",
        faults={"url-expired": ALWAYS},
        patience={"deadline": 2.0},
    ),
    Row(
        "what arrived is no image",
        _asks(1),
        "31 credits spent",
        "The image was charged.",
        faults={"download-not-an-image": ALWAYS},
        patience={"deadline": 2.0},
    ),
    Row("429, every time", _asks(1), "0 credits spent", "Nothing was charged.",
        faults={"submit-429-seconds": Rule(seconds=0)}, patience={"submit_tries": 2}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_what_is_said_of_money_is_what_the_books_have(
    row: Row, tmp_path: Path, shell: InteractiveShell
) -> None:
    settings = {"assumed": row.assumed} if row.assumed is not None else None
    with Stage(tmp_path, row.faults, settings) as stage:
        studio = stage.open(patience=quick(**row.patience), **row.settings)
        row.play(stage, studio)

        assert _lines(studio, shell) == {row.line}
        _hold_line_against(stage, studio)
        for job in studio.jobs:
            _hold_sentence_against(stage, job)
        if row.error:
            assert row.error in str(studio.jobs[-1].error)


def test_previews_are_free_wherever_that_is_said(tmp_path: Path, shell: InteractiveShell) -> None:
    studio = qn.Studio(tmp_path, offline=True, budget=10)
    studio.generate("a fox", seed=1, output_format="jpeg")
    assert _lines(studio, shell) == {"offline previews are free"}
    studio.close()


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "qwen_notebook")
    yield made
    InteractiveShell.clear_instance()


def _lines(studio: qn.Studio, shell: InteractiveShell) -> set[str]:
    """The line of the folder's money, as panel, grid, magic and Python have it."""
    shell.user_ns["posters"] = studio
    with capture_output() as shown:
        shell.run_line_magic("qwen", "budget --studio posters")
    panel, grid = qn.qwen_widget(studio), qn.experiment("an owl", seed=99, studio=studio).grid()
    for widget in (panel, grid):
        WidgetTalk(widget)
    lines = {
        str(studio.money),
        repr(studio).rstrip(">").split(" pictures · ")[1],
        shown.stdout.strip(),
        panel._studio["money"]["line"],
        grid._standing["folder_money"]["line"],
    }
    panel.close()
    grid.close()
    return lines


def _hold_line_against(stage: Stage, studio: qn.Studio) -> None:
    """What is spent is charged; what is charged beyond it is said to be uncertain, or on its way."""
    books, money = stage.simulator.books, studio.money
    charged = books.charged - books.refunded
    assert money.spent <= charged <= money.committed
    assert charged - money.spent <= money.uncertain + sum(
        PRICE for job in studio.jobs if job.status is State.SENDING
    )
    (said,) = re.findall(r"^([\d,]+)(?: of [\d,]+)? credits spent", str(money))
    assert int(said.replace(",", "")) == money.spent


def _hold_sentence_against(stage: Stage, job: qn.Job) -> None:
    """A job's error says of its charge what the books have."""
    books = stage.simulator.books
    seed, said = job.request.seed, str(job.error or "")
    tasks = {task.id for task in books.tasks.values() if task.order.seed == seed}
    charged = [entry for entry in books.charges if entry.task_id in tasks]
    refunded = [entry for entry in books.refunds if entry.task_id in tasks]
    if "Nothing was charged" in said:
        assert not charged
    if "refunded" in said:
        assert len(charged) == len(refunded) > 0
    if "The image was charged" in said:
        assert len(charged) > len(refunded)
    if "The balance fell" in said:
        assert charged
    if "did not fall" in said:
        assert len(charged) == len(refunded)
    if job.status.maybe_billed and job.status is not State.SENDING:
        assert "may have been charged" in said


def test_a_run_that_is_stopped_says_what_it_cost(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        sweep = qn.experiment("a fox", seed=range(4), studio=studio)
        with pytest.raises(qn.errors.BudgetExceeded) as stopped:
            sweep.run(budget=2 * PRICE, progress=False)

        assert "This run: 62 credits spent." in str(stopped.value)
        assert "Nothing was charged" not in str(stopped.value)
        assert stage.simulator.books.charged == 2 * PRICE

        with pytest.raises(qn.errors.BudgetExceeded, match="Nothing was charged"):
            sweep.run(budget=PRICE - 1, progress=False)
