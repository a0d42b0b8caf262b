"""A child that is forked while another thread takes a lock: it keeps none of its parent's, and waits for none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import clean_environment

PROGRAM = Path(__file__).parents[1] / "support" / "fork_lock_programs.py"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("writers_lock", "the dead parent is alive: False"),
        ("folders_lock", "the folder is free"),
        ("temporary_folder", "the child goes on"),
        ("parent_in_memory", "the dead parent is alive: False"),
        ("parent_being_made", "the dead parent is alive: False"),
    ],
)
def test_forked_at_the_worst_moment(name: str, end: str, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(PROGRAM), name, str(tmp_path / "studio")],
        env=clean_environment(TMPDIR=str(temporary)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.stdout.splitlines() == [end], done.stderr
