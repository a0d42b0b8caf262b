"""Programs that fork while another thread is about to take a lock: ``fork_lock_programs.py NAME FOLDER``.

This process forks a parent, and the parent a child at the worst moment; then the parent is killed and the child lives
on. What is printed at the end is what the tests read.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from qwen_notebook.journal.folder_lock import FolderBusy, FolderLock
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.studio.job_store import job_store

CHILD_SECONDS = 10
ON_THREAD = "the other thread"
PROGRAMS: dict[str, Callable[[Path], None]] = {}


def program(function: Callable[[Path], None]) -> Callable[[Path], None]:
    PROGRAMS[function.__name__] = function
    return function


class Moment:
    """A moment in another thread, at which it stands until it is told to go on."""

    def __init__(self, event: str, is_of: Callable[[str], bool]) -> None:
        self._event, self._is_of = event, is_of
        self._there, self._go_on = threading.Event(), threading.Event()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if (
            event == self._event
            and threading.current_thread().name == ON_THREAD
            and not self._there.is_set()
            and self._is_of(str(args[0]))
        ):
            self._there.set()
            self._go_on.wait()

    def fork_at(self, work: Callable[[], object], in_child: Callable[[], object]) -> None:
        """Fork while another thread does this work and stands; then let it go on, in the parent.

        Where the moment never comes, because there is no such danger, fork when the work is done.
        """

        def until_done() -> None:
            work()
            self._there.set()

        threading.Thread(name=ON_THREAD, target=until_done, daemon=True).start()
        assert self._there.wait(CHILD_SECONDS)
        fork(in_child)
        self._go_on.set()


def fork(function: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    return child


def pause() -> NoReturn:
    while True:
        signal.pause()


class Pipe:
    """Words from one process to another."""

    def __init__(self) -> None:
        self._out, self._into = os.pipe()

    def say(self, word: str) -> None:
        os.write(self._into, word.encode())

    def hear(self) -> str:
        return os.read(self._out, 100).decode()


def killed(parent: int) -> None:
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)


def planned(number: int = 0) -> JobRecord:
    from qwen_notebook.reapi.request import GenerationRequest

    request = GenerationRequest(prompt="a fox", seed=number)
    return JobRecord(id=f"j{number}", request=request, service=REAPI, created=1.0, changed=1.0, credits=31)


@program
def writers_lock(folder: Path) -> None:
    """The parent's file is just being made: the child keeps nothing of its lock."""
    of_child, of_parent = Pipe(), Pipe()

    def in_parent() -> None:
        store = job_store(folder)

        def write() -> None:
            store.journal.write(planned())
            of_parent.say(store.journal.writer)

        Moment("open", lambda path: path.endswith(".jsonl")).fork_at(
            write, lambda: (of_child.say(str(os.getpid())), pause())
        )
        pause()

    parent = fork(in_parent)
    child, writer = int(of_child.hear()), of_parent.hear()
    killed(parent)
    print("the dead parent is alive:", Journal(folder).is_alive(writer))
    os.kill(child, signal.SIGKILL)


@program
def folders_lock(folder: Path) -> None:
    """The parent is just taking the folder's lock: the child keeps nothing of it."""
    of_child, of_parent = Pipe(), Pipe()

    def in_parent() -> None:
        store = job_store(folder)
        (folder / "ledger").mkdir(parents=True)

        def hold() -> None:
            with store.folder_lock.held():
                of_parent.say("held")
                threading.Event().wait()

        Moment("fcntl.flock", lambda _: True).fork_at(hold, lambda: (of_child.say(str(os.getpid())), pause()))
        pause()

    parent = fork(in_parent)
    child, _ = int(of_child.hear()), of_parent.hear()
    killed(parent)
    try:
        with FolderLock(folder / "ledger", int).held():
            print("the folder is free")
    except FolderBusy:
        print("the folder is locked by nobody")
    os.kill(child, signal.SIGKILL)


@program
def temporary_folder(folder: Path) -> None:
    """Another thread is just finding out where the temporary folder is, as it does once: the child need not wait."""
    of_child = Pipe()

    def take() -> None:
        with FolderLock(folder / "ledger", int).held():
            pass

    def in_child() -> None:
        signal.alarm(CHILD_SECONDS)  # its end, where it waits for a thread that does not exist here
        take()
        of_child.say("the child goes on")

    Moment("open", lambda path: os.environ["TMPDIR"] in path).fork_at(take_twin_first, in_child)
    child_ended, _ = os.wait()
    assert child_ended
    of_child.say("\nend")
    print(of_child.hear().partition("\n")[0] or "the child hung")


def take_twin_first() -> None:
    import tempfile

    tempfile.gettempdir()


@program
def parent_in_memory(folder: Path) -> None:
    """The child still has the parent's journal in its memory, and sees all the same that the parent is dead."""
    of_child, of_parent, word = Pipe(), Pipe(), Pipe()

    def in_parent() -> None:
        store = job_store(folder)
        journal = store.journal
        journal.write(planned())

        def in_child() -> None:
            word.hear()
            of_child.say(f"the dead parent is alive: {store.ownership.is_alive(journal.writer)}")

        fork(in_child)
        of_parent.say("forked")
        pause()

    parent = fork(in_parent)
    of_parent.hear()
    killed(parent)
    word.say("dead")
    print(of_child.hear())


@program
def parent_being_made(folder: Path) -> None:
    """The parent's file is made and not yet on the disk: the child does not take that writer for one of its own."""
    of_child, of_parent, word = Pipe(), Pipe(), Pipe()

    def in_parent() -> None:
        (folder / "ledger").mkdir(parents=True)
        store = job_store(folder)
        journal = store.journal

        def in_child() -> None:
            writer = word.hear()
            of_child.say(f"the dead parent is alive: {store.ownership.is_alive(writer)}")

        def write() -> None:
            journal.write(planned())
            of_parent.say(journal.writer)

        Moment("open", lambda path: path.endswith("ledger")).fork_at(write, in_child)
        pause()

    parent = fork(in_parent)
    writer = of_parent.hear()
    killed(parent)
    word.say(writer)
    print(of_child.hear())


if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](Path(sys.argv[2]))
