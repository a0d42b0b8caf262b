"""Locks on files: never renamed, gone with a clean close, and never let go of by a child."""

import os
import stat
import sys
from pathlib import Path

import pytest

from qwen_notebook.journal.folder_lock import FolderLock
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.locks import FileLock, is_free
from qwen_notebook.journal.states import State
from qwen_notebook.journal.writers import lock_path
from tests.support.jobs import saved_record
from tests.support.writers import is_alive_for_a_third, writer_in

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
posix = pytest.mark.skipif(sys.platform == "win32", reason="no groups here")


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert one.take()
    assert one.identity is not None
    assert not other.take()
    assert is_free(one.path, one.identity) is False
    one.release()
    assert other.take()
    assert one.identity is None


def test_a_lock_on_a_file_that_was_replaced_meanwhile_binds_nobody_and_is_taken_anew(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert one.take()
    replacement = tmp_path / "replacement"
    replacement.touch()
    replacement.replace(one.path)

    assert other.take()
    assert one.identity != other.identity


def test_the_folders_lock_stays_the_same_file(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "ledger", int)
    inodes: set[int] = set()
    for _ in range(5):
        with lock.held():
            inodes.add((tmp_path / "ledger" / "folder.lock").stat().st_ino)
    inodes.add((tmp_path / "ledger" / "folder.lock").stat().st_ino)

    assert len(inodes) == 1


def test_a_writers_lock_stays_the_same_file_and_goes_with_a_clean_close(tmp_path: Path) -> None:
    renamed: list[str] = []

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event == "os.rename" and tmp_path.name in str(args[0]):
            renamed.append(str(args[1]))

    sys.addaudithook(hook)
    journal = Journal(tmp_path)
    for number in range(3):
        journal.write(saved_record(id=f"j{number}"))
    lock = lock_path(journal.folder / f"{journal.writer}.jsonl")
    identity = lock.stat().st_dev, lock.stat().st_ino
    assert is_free(lock, identity) is False

    journal.close()

    assert not lock.exists()
    assert not [name for name in renamed if name.endswith(".lock")]


@forks
def test_a_child_unlocks_nothing_of_its_parents(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(saved_record(state=State.PLANNED))
    child = os.fork()
    if child == 0:
        journal.after_fork()
        del journal
        os._exit(0)
    os.waitpid(child, 0)

    assert is_alive_for_a_third(tmp_path, journal.writer) == "True"
    journal.close()


@posix
def test_where_a_group_shares_the_folder_it_can_take_the_locks(tmp_path: Path) -> None:
    folder = tmp_path / "studio" / "ledger"
    folder.mkdir(parents=True)
    folder.chmod(0o2770)
    before = os.umask(0o077)
    try:
        with FolderLock(folder, int).held():
            pass
        journal = Journal(tmp_path / "studio")
        journal.write(saved_record())
    finally:
        os.umask(before)

    both = stat.S_IRGRP | stat.S_IWGRP
    for file in (folder / "folder.lock", lock_path(folder / f"{journal.writer}.jsonl")):
        assert file.stat().st_mode & both == both, file.name
        assert not file.stat().st_mode & stat.S_IWOTH, file.name
    journal.close()


def test_a_lock_that_nobody_may_write_is_taken_all_the_same_by_whoever_may_read_it(tmp_path: Path) -> None:
    with writer_in(tmp_path) as writer:
        writer.kill()
        lock = lock_path(writer.file)
        lock.chmod(0o444)
        assert is_free(lock, (lock.stat().st_dev, lock.stat().st_ino)) is True
        assert FileLock(lock).take()
