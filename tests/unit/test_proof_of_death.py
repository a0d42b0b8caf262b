"""A writer is held to be dead on proof alone: its very lock, free, on this running machine; or its last line."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qwen_notebook.journal.writers import is_alive, lock_path
from tests.support.writers import Writer, rewrite_first_line, writer_in


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Writer]:
    with writer_in(tmp_path) as writer:
        writer.kill()
        yield writer


def test_whoever_holds_its_lock_is_alive_and_whoever_was_killed_is_dead(tmp_path: Path) -> None:
    with writer_in(tmp_path) as writer:
        assert is_alive(writer.file) is True
        writer.kill()
        assert is_alive(writer.file) is False


def _another_boot(said: dict[str, Any]) -> None:
    said["boot"] = "0" * 16


def _another_device(said: dict[str, Any]) -> None:
    said["lock"][0] += 1


def _another_inode(said: dict[str, Any]) -> None:
    said["lock"][1] += 1


def _no_lock(said: dict[str, Any]) -> None:
    said["lock"] = None


def _as_before_the_locks(said: dict[str, Any]) -> None:
    del said["lock"], said["boot"]


@pytest.mark.parametrize(
    "change", [_another_boot, _another_device, _another_inode, _no_lock, _as_before_the_locks]
)
def test_where_one_thing_differs_nothing_is_known(
    change: Callable[[dict[str, Any]], None], killed: Writer
) -> None:
    rewrite_first_line(killed.file, change)

    assert is_alive(killed.file) is None


def _removed(lock: Path) -> None:
    lock.unlink()


def _replaced(lock: Path) -> None:
    other = lock.with_name("other")
    other.touch()
    other.rename(lock)  # while the old one is there, so that it cannot have the same inode


@pytest.mark.parametrize("change", [_removed, _replaced])
@pytest.mark.parametrize("living", [True, False], ids=["living", "killed"])
def test_another_lock_in_the_place_of_its_own_proves_nothing(
    living: bool, change: Callable[[Path], None], tmp_path: Path
) -> None:
    with writer_in(tmp_path) as writer:
        if not living:
            writer.kill()
        change(lock_path(writer.file))

        assert is_alive(writer.file) is None


@pytest.mark.parametrize("change", [_another_boot, _no_lock, _as_before_the_locks])
def test_its_last_line_proves_its_end_anywhere(
    change: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    with writer_in(tmp_path / "studio") as writer:
        writer.close()
        rewrite_first_line(writer.file, change)

        assert is_alive(writer.file) is False
        copy = shutil.copytree(tmp_path / "studio", tmp_path / "copy")
        assert is_alive(copy / "ledger" / writer.file.name) is False


def test_the_last_line_of_another_proves_nothing(killed: Writer) -> None:
    rewrite_first_line(killed.file, _another_boot)
    with killed.file.open("ab") as file:
        file.write(b'{"v":1,"kind":"closed","writer":"somebody-else","seq":9,"at":1.0}\n')

    assert is_alive(killed.file) is None


@pytest.mark.parametrize("living", [True, False], ids=["living", "killed"])
def test_a_copy_of_a_folder_proves_nothing(living: bool, tmp_path: Path) -> None:
    with writer_in(tmp_path / "studio") as writer:
        if not living:
            writer.kill()
        copy = shutil.copytree(tmp_path / "studio", tmp_path / "copy")

        assert is_alive(copy / "ledger" / writer.file.name) is None
