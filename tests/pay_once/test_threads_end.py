"""Threads end with the studio that they work for: a kernel that opens many does not fill up with them."""

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

import qwen_notebook as qn
from qwen_notebook.simulator import TEST_KEY
from tests.support.stage import WAIT_SECONDS, Stage, quick

SHARED = "qwen-notebook"
"""The one thread of the process, which all studios share."""
LONGEST_SECONDS = 20.0


def _close(studio: qn.Studio) -> None:
    studio.close()


def _drop(studio: qn.Studio) -> None:
    """Let go of it without a word, as a cell does that is run again."""


ENDS = {"closed": _close, "dropped": _drop}
each_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)


@each_end
def test_after_a_studio_nothing_but_the_shared_thread_is_left(
    end: Callable[[qn.Studio], None], tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage:
        before = set(threading.enumerate())
        for number in range(2):
            _use(
                qn.Studio(tmp_path / str(number), base_url=stage.url, api_key=TEST_KEY, patience=quick()), end
            )

        assert _left(before) == set()
        assert stage.tasks == 6


@each_end
def test_an_offline_studio_leaves_nothing_either(end: Callable[[qn.Studio], None], tmp_path: Path) -> None:
    before = set(threading.enumerate())
    studio = qn.Studio(tmp_path, offline=True)
    studio.generate("a fox", seed=1)
    end(studio)
    del studio

    assert _left(before, "simulator") == set()


@each_end
def test_a_picture_that_is_held_keeps_no_thread(end: Callable[[qn.Studio], None], tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        before = set(threading.enumerate())
        studio = _opened(stage, tmp_path / "held")
        picture = studio.generate("a fox", seed=1)
        end(studio)
        del studio

        assert _left(before) == set()
        assert picture.path.exists()
        assert picture.preview


def test_a_job_that_is_held_keeps_no_thread_of_a_closed_studio(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        before = set(threading.enumerate())
        studio = stage.open()
        job = studio.submit("a fox", seed=1)
        job.result(WAIT_SECONDS)
        studio.close()

        assert _left(before) == set()
        assert job.result(0).path.exists()


def _opened(stage: Stage, folder: Path) -> qn.Studio:
    """A studio that the stage does not hold."""
    return qn.Studio(folder, base_url=stage.url, api_key=TEST_KEY, patience=quick())


def _use(studio: qn.Studio, end: Callable[[qn.Studio], None]) -> None:
    """Have pictures made in every way that starts a thread."""
    studio.subscribe(print)
    panel = qn.qwen_widget(studio, prompt="a fox", seed=1)
    panel.observe(print, "_jobs")
    panel.on_picture(print)
    panel.create()
    studio.generate("a fox", seed=1)
    panel.close()
    qn.experiment("a {animal}", animal=["hen"], seed=1, studio=studio).run()
    thread = threading.Thread(target=studio.generate, args=("an owl",), kwargs={"seed": 1})
    thread.start()
    thread.join()
    end(studio)


def _left(before: set[threading.Thread], *more: str) -> set[str]:
    """Names of the threads of ours that are there since, and do not end."""
    until = monotonic() + LONGEST_SECONDS
    while (left := _ours(before, more)) and monotonic() < until:
        gc.collect()
        left[0].join(0.01)
    return {thread.name for thread in left}


def _ours(before: set[threading.Thread], more: tuple[str, ...]) -> list[threading.Thread]:
    since = (thread for thread in threading.enumerate() if thread not in before)
    return [one for one in since if one.name.startswith((SHARED, *more)) and one.name != SHARED]
