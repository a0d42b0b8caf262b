"""One id is one object, whoever asks for it: two would tell different things of one image."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.studio.studio import core_of
from tests.support.programs import Program
from tests.support.stage import WAIT_SECONDS, Stage
from tests.support.waiters import go_on, standing_at

THREADS, ROUNDS = 4, 200


def _link_to(folder: Path) -> Path:
    link = folder.with_name("link")
    link.symlink_to(folder)
    return link


SPELLINGS: dict[str, Callable[[Path], Path]] = {
    "the same": lambda folder: folder,
    "a detour": lambda folder: folder / ".." / folder.name,
    "relative": lambda folder: Path(os.path.relpath(folder)),
    "a link": _link_to,
}


@pytest.fixture
def _switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_two_studios_of_one_folder_have_one_object(spelling: str, tmp_path: Path) -> None:
    with standing_at(State.PROCESSING, tmp_path) as stage:
        studio = stage.open()
        job = studio.submit("a fox", seed=7)
        folder = SPELLINGS[spelling](stage.folder)
        stage.folder = folder
        other = stage.open()

        for one in (studio, other):
            seen = [
                one.job(job.id),
                one.jobs[0],
                one.jobs[-1],
                *one.unsettled,
                core_of(one).find_equal(job.request),
            ]
            seen += [one.submit("a fox", seed=7), *one.jobs]
            assert [each is job for each in seen] == [True] * len(seen)
        studio.close()
        go_on(stage)

        assert job.result(WAIT_SECONDS).path.exists()
        assert other.job(job.id) is job
        assert stage.tasks == 1


def test_another_kernel_s_job_is_one_object_too_and_moves_when_it_is_read(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold("GET", "/media")
        with Program([stage], seeds=[7]) as program:
            stage.gate.wait_held()
            studio, other = stage.open(), stage.open()
            job = studio.jobs[0]
            assert other.submit("a fox", seed=7) is other.job(job.id) is job
            go_on(stage)
            program.until_done()

        other.refresh()

        assert job.status is State.SAVED
        assert studio.jobs[0] is job


@pytest.mark.usefixtures("_switching_often")
def test_threads_that_ask_at_once_have_one_object(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        studios = [stage.open() for _ in range(2)]
        job_id = studios[0].submit("a fox", seed=7).result(WAIT_SECONDS).id
        seen: list[qn.Job | None] = [None] * THREADS
        objects: list[int] = []

        def compare_and_let_go() -> None:
            objects.append(len({id(job) for job in seen}))
            seen[:] = [None] * THREADS  # so that the next to ask has it made anew

        at_once, afterwards = threading.Barrier(THREADS), threading.Barrier(THREADS, compare_and_let_go)

        def ask(number: int) -> None:
            studio = studios[number % 2]
            for _ in range(ROUNDS):
                at_once.wait()
                seen[number] = studio.job(job_id) if number < 2 else studio.jobs[0]
                afterwards.wait()

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert objects == [1] * ROUNDS
