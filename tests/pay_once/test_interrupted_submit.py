"""An interrupted submit, wherever the interrupt strikes: what nobody hears of is not sent, and no lock stays taken."""

import random
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import qwen_notebook as qn
from qwen_notebook import errors
from qwen_notebook.journal.folder_lock import FolderBusy, FolderLock
from qwen_notebook.journal.states import State
from qwen_notebook.studio.studio import core_of
from tests.support.journal import read_journal
from tests.support.stage import WAIT_SECONDS, Stage

TRIED = 150
HERE = str(Path(errors.__file__).parent)


def test_it_leaves_no_planned_job_and_no_lock(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        studio.submit("a fox", seed=0).result(WAIT_SECONDS)
        lines = _traced(lambda: studio.submit("a fox", seed=1), -1)
        assert lines > 20
        numbers = sorted(random.Random(1).sample(range(lines), min(TRIED, lines)))
        for number in numbers:
            with suppress(KeyboardInterrupt):
                _traced(lambda seed=1000 + number: studio.submit("a fox", seed=seed), number)
            assert _is_free(studio), f"the folder is locked for ever, after line {number} of {lines}"
        # By the end of another one, all that was begun before it is in the journal.
        studio.submit("a fox", seed=2).result(WAIT_SECONDS)
        for job in studio.jobs:
            with suppress(qn.errors.StillRunning):
                job.wait(10)

        _, records = read_journal(stage.folder)
        problems = [
            f"{record.state} after line {record.seed - 1000} of {lines}"
            for record in records
            if record.state not in (State.SAVED, State.CANCELLED)
        ]
        assert not problems, "\n".join(problems)
        saved = {record.seed for record in records if record.state is State.SAVED}
        assert saved == {task.seed for task in stage.simulator.books.tasks.values()}


def _is_free(studio: qn.Studio) -> bool:
    """Whether the folder's lock can be had, here and by others; the worker may hold it for a moment."""
    folder = studio.store.folder / "ledger"
    for lock in (core_of(studio).scheduler.jobs.folder_lock, FolderLock(folder, int)):
        try:
            with lock.held():
                pass
        except FolderBusy:
            return False
    return True


def _traced(submit: Callable[[], object], number: int) -> int:
    """Run it, interrupted before the so many-th line of the studio's code; how many lines there were."""
    lines = 0

    def each(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if event == "line":
            lines += 1
            if lines - 1 == number:
                sys.settrace(None)
                signal.raise_signal(signal.SIGINT)
        return each

    def outer(frame: FrameType, _: str, __: object) -> Any:
        return each if frame.f_code.co_filename.startswith(HERE) else None

    sys.settrace(outer)
    try:
        submit()
    finally:
        sys.settrace(None)
    return lines
