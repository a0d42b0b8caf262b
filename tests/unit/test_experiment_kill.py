"""An experiment whose kernel is killed in the middle: run again, it posts nothing twice and says what is uncertain."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.simulator import TEST_KEY, Simulator, running
from tests.support.studios import instant_simulator, studio_at

PROGRAM = Path(__file__).parents[1] / "support" / "sweep_program.py"
ROOT = Path(__file__).parents[2]
CELLS = 8


def run_and_kill(folder: Path, url: str, *, state: str, nth: int) -> None:
    """Run the program until a job of it has come so far for the nth time, and kill it then and there."""
    command = [sys.executable, str(PROGRAM), str(folder), url, TEST_KEY, str(CELLS)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    ) as program:
        assert program.stdout is not None
        seen = 0
        for line in program.stdout:
            seen += line.strip() == state
            if seen == nth:
                program.kill()
                break
        else:
            pytest.fail(f"the program ended before it came to {state} {nth} times")


def posts_of_each_cell(simulator: Simulator) -> Counter[tuple[str, int | None]]:
    return Counter((task.order.prompt, task.order.seed) for task in simulator.books.tasks.values())


@pytest.mark.parametrize(("state", "nth"), [("planned", 5), ("sending", 3), ("submitted", 6), ("saved", 5)])
def test_no_cell_is_posted_twice_and_each_is_saved_or_uncertain(tmp_path: Path, state: str, nth: int) -> None:
    simulator = instant_simulator()
    with running(simulator) as url:
        run_and_kill(tmp_path, url, state=state, nth=nth)
        with studio_at(url, tmp_path, rate=1000.0) as studio:
            sweep = qn.experiment("a {x}", x=range(CELLS), repeats=2, studio=studio)
            before = sweep.plan()
            told = sweep.run(yes=True)
            after = sweep.plan()
            known = {job.task_id for job in studio.jobs if job.task_id is not None}

    assert max(posts_of_each_cell(simulator).values()) == 1
    assert after.saved + after.uncertain == after.cells == 2 * CELLS
    assert after.uncertain == before.uncertain <= 4, "only what was being sent when the kill fell"
    assert told.failed == 0
    assert len(simulator.books.tasks) - len(known) <= after.uncertain
    assert (f"{after.uncertain} uncertain" in str(after)) == (after.uncertain > 0)


def test_killed_twice_and_run_to_the_end_it_still_posts_nothing_twice(tmp_path: Path) -> None:
    simulator = instant_simulator()
    with running(simulator) as url:
        run_and_kill(tmp_path, url, state="saved", nth=3)
        run_and_kill(tmp_path, url, state="saved", nth=3)
        with studio_at(url, tmp_path, rate=1000.0) as studio:
            sweep = qn.experiment("a {x}", x=range(CELLS), repeats=2, studio=studio)
            sweep.run(yes=True)
            plan = sweep.plan()

    assert max(posts_of_each_cell(simulator).values()) == 1
    assert plan.saved + plan.uncertain == plan.cells
