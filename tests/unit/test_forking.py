"""A forked child works or says why not; it never hangs, and it never disturbs its parent. With real forks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import clean_environment

PROGRAMS = Path(__file__).parents[1] / "support" / "fork_programs.py"
# The package first: what is imported after it may take locks before a fork that come before its own wait.
START = (
    "import qwen_notebook.concurrency.forking, runpy, sys; del sys.argv[0]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
UNDER_WAY = (
    "RuntimeError: This was under way in another thread when the process was forked; it ends in the parent."
)
REFUSED = (
    "This process was forked while another thread was importing qwen_notebook.slow, and that import cannot "
    "end here. "
)
TODO = (
    "Import qwen_notebook and open the studio before the process is forked, or start processes with the method "
    '"spawn".'
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")


def run(program: str) -> list[str]:
    """What a program and its children print."""
    done = subprocess.run(
        # From 3.12 on Python warns of every fork in a process with threads.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", START, str(PROGRAMS), program],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr or program == "things_in_order", done.stderr
    return done.stdout.splitlines()


def test_a_fork_waits_for_an_import_that_ends() -> None:
    assert run("import_that_ends") == ["parent imported True", "child imported True", "may buy", "may buy"]


def test_where_an_import_cannot_end_in_the_child_it_is_refused_in_words_and_nothing_is_bought() -> None:
    assert run("import_that_goes_on") == [
        f"refused: {REFUSED}Nothing was charged. {TODO}",
        f"cannot import: {REFUSED}{TODO}",
        f"refused: {REFUSED}Nothing was charged. {TODO}",  # in the child's child
        "waited True",
        "waited again False",
        "parent imported True",
        "may buy",
    ]


def test_forks_are_watched_before_the_first_name_is_fetched() -> None:
    code = (
        "import sys, qwen_notebook as qn; qn.Studio; print(*(n for n in sys.modules if n.startswith('qwen')))"
    )
    names = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, check=True
    ).stdout.split()
    assert names[:4] == [
        "qwen_notebook.errors",
        "qwen_notebook",
        "qwen_notebook.concurrency",
        "qwen_notebook.concurrency.forking",
    ]  # as each was whole


def test_an_import_of_somebody_elses_package_is_neither_waited_for_nor_a_reason() -> None:
    assert run("import_of_somebody_elses") == [
        "may buy",
        "waited False",
        "waited again False",
        "parent imported True",
        "may buy",
    ]


def test_an_import_on_the_forking_thread_ends_in_both() -> None:
    assert sorted(run("import_of_its_own")) == [
        "child imported True",
        "may buy",
        "may buy",
        "parent imported True",
    ]


def test_what_is_registered_is_called_in_order_in_every_child_and_one_that_fails_stops_no_other() -> None:
    assert run("things_in_order") == [
        "parent 0",
        *(f"{name} {generation}" for generation in (1, 2) for name in ("one", "two", "three")),
        "parent 0 3",
    ]


def test_an_executor_starts_anew_in_the_child_and_what_was_unfinished_ends_there_in_words() -> None:
    assert run("executor") == [
        "child: done before",
        f"child: {UNDER_WAY}",
        f"child: {UNDER_WAY}",
        "child: cancelled True",
        "child: new",
        "child: The executor 'shut' was shut down and takes no more work.",
        "called in parent",
        "parent: ran",
        "parent: waited",
    ]


def test_work_that_forks_ends_in_both() -> None:
    assert sorted(run("executor_forked_by_its_own_work")) == ["child: new", "child: ran", "parent: ran"]


def test_a_child_has_a_worker_of_its_own_and_leaves_its_parents_alone() -> None:
    assert run("worker") == [
        f"child: {UNDER_WAY}",
        "child: refused: This belongs to the process that this one was forked from. "
        "Open the studio again in this process.",
        "child: another True",
        "child: works",
        "parent: hello",
        "parent: same True works",
        "last words in parent",
    ]


def test_a_worker_that_stops_leaves_nobody_waiting_and_refuses_what_comes_later() -> None:
    assert run("worker_that_stops") == [
        "refused: qwen-notebook has stopped, because the program is ending: nothing more is begun.",
        "left True all ended True",
    ]


def test_a_program_that_forks_ends_as_do_its_children() -> None:
    assert sorted(run("worker_and_processes")) == [
        *["child: works"] * 4,
        *["ended with 0"] * 3,
        "parent ends",
    ]


def test_a_preview_that_is_being_made_is_made_from_the_file_in_the_child() -> None:
    assert run("preview_under_way") == [
        "parent is making True",
        "child is making False",
        "child has it True",
        "parent is making False",
    ]
