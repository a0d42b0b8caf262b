"""A folder that others use too: whoever has to wait says so, and nothing is read, sent or left over in vain."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.folder_lock import FolderBusy
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.locks import FileLock
from qwen_notebook.journal.states import State
from tests.support.environment import clean_environment
from tests.support.jobs import saved_record
from tests.support.programs import Program
from tests.support.stage import WAIT_SECONDS, Stage

OPENED: Counter[str] = Counter()
NOBODY = 65534
READER = """
import sys
import qwen_notebook as qn
studio = qn.Studio(sys.argv[1], api_key="rk_test_simulator", base_url=sys.argv[2])
print([str(job.status) for job in studio.jobs], len(studio.pictures), studio.spent)
print(studio.submit("a fox", seed=7).result(5).path.exists())
try:
    studio.submit("a fox", seed=8)
except qn.QwenError as error:
    print(error)
studio.close()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[FileLock]:
    """The lock of the stage's folder, held by somebody else."""
    folder = tmp_path / "studio" / "ledger"
    folder.mkdir(parents=True)
    lock = FileLock(folder / "folder.lock")
    assert lock.take()
    yield lock
    lock.release()


def test_while_somebody_else_holds_the_folder_nothing_is_bought_and_it_says_so(
    held: FileLock, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        with pytest.raises(FolderBusy, match=r"Another kernel holds the folder.* Nothing was charged\."):
            studio.submit("a fox", seed=7)
        assert (stage.tasks, len(studio.jobs)) == (0, 0)

        held.release()

        assert studio.submit("a fox", seed=7).result(WAIT_SECONDS).path.exists()
        assert stage.tasks == 1


def test_two_kernels_that_ask_for_the_same_at_once_pay_for_one_and_both_have_it(tmp_path: Path) -> None:
    with (
        Stage(tmp_path) as stage,
        Program([stage], seeds=[7, 8, 9], wait_for_word=True, anyway=True) as one,
        Program([stage], seeds=[9, 8, 7], wait_for_word=True, anyway=True) as other,
    ):
        for program in (one, other):
            program.until("ready")
        for program in (one, other):
            program.say()
        seen = [program.until_done()["jobs"][0] for program in (one, other)]

        assert sorted(seen[0]) == sorted(seen[1])
        assert {state for _, _, state in seen[0]} == {State.SAVED}
        assert stage.tasks == stage.images == len(stage.simulator.books.posts) == 3


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0 or shutil.which("setpriv") is None,
    reason="for root, who can be another user",
)
def test_a_folder_that_may_only_be_read_opens_and_shows_what_is_there() -> None:
    with tempfile.TemporaryDirectory() as root, Stage(Path(root)) as stage:
        stage.open().submit("a fox", seed=7).result(WAIT_SECONDS)
        Path(root).chmod(0o755)
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        done = subprocess.run(
            [*command, sys.executable, "-c", READER, str(stage.folder), stage.url],
            env=clean_environment(HOME="/nonexistent"),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.stdout and "qwen_notebook" not in done.stderr:
            pytest.skip("this Python is for root alone")

        opened, equal, other = done.stdout.splitlines()
        assert opened == "['saved'] 1 31"
        assert equal == "True"
        assert "cannot be written" in other
        assert "not bought" in other
        assert stage.tasks == 1


def test_only_journal_files_that_changed_are_read_again(tmp_path: Path) -> None:
    writers = [Journal(tmp_path) for _ in range(20)]
    for number, writer in enumerate(writers):
        writer.write(saved_record(id=f"j{number}"))
    reader = Journal(tmp_path)
    reader.refresh()
    for writer in writers[:10]:
        writer.close()
    reader.refresh()
    sys.addaudithook(_count_opened)
    OPENED.clear()

    reader.refresh()
    assert not _opened(tmp_path)
    writers[15].write(saved_record(id="j77"))
    name = f"{writers[15].writer}.jsonl"
    OPENED.clear()
    assert reader.refresh() == {"j77"}
    assert _opened(tmp_path) == {name}

    OPENED.clear()
    assert reader.refresh() == set()
    assert not _opened(tmp_path)
    for writer in writers[10:]:
        writer.close()


def _count_opened(event: str, args: tuple[object, ...]) -> None:
    if event == "open" and str(args[0]).endswith(".jsonl"):
        OPENED[str(args[0])] += 1


def _opened(folder: Path) -> set[str]:
    return {Path(name).name for name in OPENED if name.startswith(str(folder))}


def test_a_kernel_that_holds_no_lock_while_it_waits_holds_up_nobody(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold("POST", "/images/generations")
        with Program([stage], seeds=[1]) as other:
            stage.gate.wait_held()
            studio = stage.open()
            job = studio.submit("a fox", seed=2)
            stage.gate.wait_held(2)
            stage.gate.let_go()
            assert job.wait(WAIT_SECONDS) is State.SAVED
            other.until_done()


def test_listeners_may_ask_for_more_while_others_wait_for_the_folder(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio, again = stage.open(), threading.Event()
        asked: SimpleQueue[qn.Job] = SimpleQueue()

        def listen(job: qn.Job) -> None:
            if job.record.seed == 1 and not again.is_set():
                again.set()
                asked.put(studio.submit("a fox", seed=2))

        studio.subscribe(listen)
        first = studio.submit("a fox", seed=1)
        second = asked.get(timeout=WAIT_SECONDS)

        assert [job.wait(WAIT_SECONDS) for job in (first, second)] == [State.SAVED, State.SAVED]
        assert stage.tasks == 2
