"""A journal that is cut, replaced or deleted under one's feet: what was bought is not bought a second time."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.records import REAPI
from tests.support.journal import read_journal
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage


def _cut(journal: Path) -> None:
    os.truncate(journal, 0)


def _cut_short(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    os.truncate(journal, len(lines[0]) + len(lines[1]))


def _replaced_by_an_older_copy(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    copy = journal.with_suffix(".copy")
    copy.write_bytes(b"".join(lines[:2]))
    copy.replace(journal)


def _deleted(journal: Path) -> None:
    journal.unlink()


def _deleted_with_its_folder(journal: Path) -> None:
    shutil.rmtree(journal.parent)


GONE = [_cut, _cut_short, _replaced_by_an_older_copy, _deleted, _deleted_with_its_folder]


@pytest.mark.parametrize("gone", GONE)
def test_what_this_kernel_bought_is_known_and_told_anew_with_the_next_line(
    gone: Callable[[Path], None], tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open(budget=2 * PRICE)
        first = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        gone(_journal(stage))

        assert studio.submit("a fox", seed=7).result(WAIT_SECONDS).id == first.id
        assert stage.tasks == 1
        studio.submit("an owl", seed=8).result(WAIT_SECONDS)

        journal, records = read_journal(stage.folder)
        assert {record.request.prompt for record in records} == {"a fox", "an owl"}
        assert journal.index.totals(REAPI).spent == 2 * PRICE


@pytest.mark.parametrize("gone", GONE)
def test_what_this_kernel_bought_is_told_anew_where_it_ends_before_the_next_line(
    gone: Callable[[Path], None], tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        picture = studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        gone(_journal(stage))
        studio.close()

        journal, _ = read_journal(stage.folder)
        assert journal.index.totals(REAPI).spent == PRICE
        with Program([stage], seeds=[7], anyway=True) as other:
            assert other.until_done()["jobs"] == [[[7, picture.id, "saved"]]]
        assert stage.tasks == 1


def test_a_folder_that_was_deleted_does_not_come_back_at_the_end(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studio = stage.open()
        studio.submit("a fox", seed=7).result(WAIT_SECONDS)
        shutil.rmtree(stage.folder)

        studio.close()

        assert not stage.folder.exists()


@pytest.mark.parametrize("gone", GONE)
def test_what_another_kernel_bought_is_not_bought_again_unasked(
    gone: Callable[[Path], None], tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage, Program([stage], seeds=[7]) as other:
        other.until_done()
        studio = stage.open()
        assert studio.spent == PRICE
        gone(_journal(stage))

        with pytest.raises(qn.QwenError, match=r"gone from the disk\. .* again=True\."):
            studio.submit("a fox", seed=7)

        assert (stage.tasks, studio.spent) == (1, PRICE)
        assert studio.submit("a fox", seed=7, again=True).result(WAIT_SECONDS).path.exists()
        assert stage.tasks == 2


def test_what_another_kernel_bought_is_found_where_it_is_at_hand(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, Program([stage], seeds=[7]) as other:
        other.until_done()
        studio = stage.open()
        (job,) = studio.jobs
        _deleted(_journal(stage))

        assert studio.submit("a fox", seed=7) is job
        assert job.result(WAIT_SECONDS).path.exists()


def _journal(stage: Stage) -> Path:
    (journal,) = (stage.folder / "ledger").glob("*.jsonl")
    return journal
