"""The balance is the witness of a lost answer: what it says is evidence, has its time, and never stops a POST."""

import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import TEST_KEY, Rule
from qwen_notebook.studio.evidence import OTHER_WORK
from tests.support.environment import clean_environment
from tests.support.lost_answers import lose_next_answer, lost, task_ids
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

POST = "POST", "/images/generations"
ONCE = Rule(times=1)
PATIENT = {"lost_answers": 99}


def test_before_the_charge_and_after_it_are_told_apart(tmp_path: Path) -> None:
    for fault, says in (
        ("submit-500-before", "The balance did not fall since"),
        ("submit-500-after", "The balance fell by 31 since"),
    ):
        with Stage(tmp_path / fault, {fault: ONCE}) as stage:
            studio = stage.open()
            job = studio.submit("a fox", seed=7)
            assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
            assert says in str(job.error)
            assert "seen at" in str(job.error)


def test_what_it_says_is_kept_for_the_next_kernel(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        told = str(lost(stage, studio).error)
        studio.close()

        (again,) = stage.open().jobs

        assert "fell by 31 since" in told
        assert str(again.error) == told


def test_of_several_at_once_it_says_how_many(tmp_path: Path) -> None:
    faults = {"submit-500-after": Rule(prompt="owl"), "submit-503-before": Rule(prompt="fox")}
    with Stage(tmp_path, faults) as stage:
        studio = stage.open(patience=quick(**PATIENT))
        stage.gate.hold(*POST)
        jobs = [studio.submit(prompt, seed=7) for prompt in ("a fox", "an owl", "a red fox")]
        stage.gate.wait_held(3)
        told = _all_are(jobs, studio, lambda job: "without an answer" in str(job.error))
        stage.gate.let_go()
        wait_for(told, "the balance tells of the three together")

        for job in jobs:
            assert "fell by 31 since" in str(job.error)
            assert "as it would if 1 of the 3 without an answer was charged" in str(job.error)


def test_what_others_used_meanwhile_is_no_evidence(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        studio.generate("an owl", seed=1)
        studio.balance()
        _buy_elsewhere(stage)

        job = lost(stage, studio)

        assert OTHER_WORK in str(job.error)
        assert "as it would" not in str(job.error)


def test_what_this_process_buys_elsewhere_is_known(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        studio.balance()
        elsewhere = qn.Studio(
            tmp_path / "elsewhere", api_key=TEST_KEY, base_url=stage.proxy.url, patience=quick()
        )
        elsewhere.generate("an owl", seed=1)

        job = lost(stage, studio)
        elsewhere.close()

        assert "fell by 31 since" in str(job.error)


def test_a_look_later_corrects_what_was_said(tmp_path: Path) -> None:
    """The service may charge late: what is asked again is told again."""
    with Stage(tmp_path, {"submit-503-before": Rule(prompt="a fox")}) as stage:
        studio = stage.open()
        job = studio.submit("a fox", seed=7)
        job.wait(WAIT_SECONDS)
        assert "did not fall" in str(job.error)
        _buy_elsewhere(stage)  # as if it were charged only now

        studio.balance()

        assert "fell by 31 since" in str(job.error)


def test_one_whose_task_id_is_given_explains_the_fall(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        job = lost(stage, studio)
        before = studio.reconcile()
        assert (before.unexplained, before.uncertain) == (PRICE, PRICE)

        job.resolve(task_ids(stage)[0]).result(WAIT_SECONDS)

        after = studio.reconcile()
        assert (after.expected, after.seen, after.unexplained) == (stage.balance - PRICE,) * 2 + (0,)
        assert "as expected since" in str(after)


def test_a_refund_explains_itself(tmp_path: Path) -> None:
    with Stage(tmp_path, {"task-fails": Rule(prompt="owl")}) as stage:
        studio = stage.open()
        assert studio.submit("an owl", seed=1).wait(WAIT_SECONDS) is State.FAILED
        job = lost(stage, studio)

        assert "fell by 31 since" in str(job.error)
        assert studio.reconcile().unexplained == PRICE


def test_a_kernel_that_died_while_sending_left_a_witness(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        with Program([stage], seeds=[1]) as other:
            other.until("sending")
            stage.gate.wait_held()
            other.kill()
        stage.gate.let_go()
        studio = stage.open()
        (job,) = studio.jobs
        assert job.status is State.UNCERTAIN
        assert "The balance" not in str(job.error), "nobody has asked yet"

        reconciled = studio.reconcile()

        assert (reconciled.expected, reconciled.unexplained) == (stage.balance, PRICE)
        assert "fell by 31 since" in str(job.error)


def test_a_price_that_moved_is_said_wherever_money_is(tmp_path: Path) -> None:
    with Stage(tmp_path, price=35) as stage:
        studio = stage.open()
        studio.generate("a fox", seed=1)
        studio.balance()

        assert studio.money.seen_price == 35
        assert "the balance fell by 35 for an image: give the studio price=35" in str(studio.money)
        assert str(studio.money) in repr(studio)
        studio.close()

        right = stage.open(price=35)
        right.generate("an owl", seed=1)
        right.balance()
        assert "price" not in str(right.money)


def test_a_balance_that_does_not_come_stops_no_post(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold("GET", "/balance")
        studio = stage.open(patience=quick(balance=0.05))

        assert studio.generate("a fox", seed=1).credits == PRICE
        lose_next_answer(stage)
        job = studio.submit("a fox", seed=2)

        assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
        assert "The balance" not in str(job.error), "what was not seen is not told"


def test_a_preview_asks_for_no_balance(tmp_path: Path) -> None:
    studio = qn.Studio(tmp_path, offline=True)
    studio.generate("a fox", seed=1)
    assert studio.money.seen_price is None
    assert str(studio.money) == "offline previews are free"
    studio.close()


def _all_are(jobs: list[qn.Job], studio: qn.Studio, wanted: Callable[[qn.Job], bool]) -> threading.Event:
    return reaches(studio, lambda _: all(map(wanted, jobs)))


def _buy_elsewhere(stage: Stage) -> None:
    """An image that another program buys with the same key."""
    body = json.dumps({"model": "qwen-image-2", "prompt": "somebody else's"}).encode()
    headers = {"Authorization": f"Bearer {TEST_KEY}", "Content-Type": "application/json"}
    ask = urllib.request.Request(f"{stage.url}/api/v1/images/generations", body, headers)
    with urllib.request.urlopen(ask, timeout=WAIT_SECONDS) as answer:
        assert answer.status == 200


def test_what_was_said_of_one_stays_when_another_is_lost_after_it(tmp_path: Path) -> None:
    faults = {"submit-500-before": Rule(prompt="fox"), "submit-500-after": Rule(prompt="owl")}
    with Stage(tmp_path, faults) as stage:
        studio = stage.open()
        fox = studio.submit("a fox", seed=7)
        fox.wait(WAIT_SECONDS)
        owl = studio.submit("an owl", seed=7)
        owl.wait(WAIT_SECONDS)

        assert "did not fall since" in str(fox.error)
        assert "fell by 31 since" in str(owl.error)
        assert "of the 2" not in str(owl.error)


def test_a_new_kernel_reconciles_by_what_the_journal_knows(tmp_path: Path) -> None:
    with Stage(tmp_path, {"submit-500-after": Rule(prompt="fox", times=1)}) as stage:
        studio = stage.open()
        studio.submit("a fox", seed=7).wait(WAIT_SECONDS)
        studio.generate("an owl", seed=7)
        studio.close()
        code = f"import qwen_notebook as qn; print(qn.Studio({str(stage.folder)!r}).reconcile().unexplained)"
        environment = clean_environment(REAPI_API_KEY=TEST_KEY, REAPI_BASE_URL=stage.url)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
        )

        assert done.stdout == "0\n", "the look after the lost one is what it counts from"
