"""Jobs that the service took and whose answer was lost on the way: charged, and uncertain."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import TEST_KEY
from tests.support.fault_proxy import Trouble
from tests.support.stage import WAIT_SECONDS, Stage, quick, reaches, wait_for

ELSEWHERE = "an owl"
"""What another folder's image is made from."""


def lose_next_answer(stage: Stage) -> None:
    """Let the next POST through the proxy be answered in vain."""
    stage.proxy.add(Trouble.LOSE_ANSWER, method="POST", path="/api/v1/images", times=1)


def lost(stage: Stage, studio: qn.Studio, prompt: str = "a fox", seed: int = 7) -> qn.Job:
    """A job whose answer was lost."""
    lose_next_answer(stage)
    job = studio.submit(prompt, seed=seed)
    assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
    return job


def lost_again(stage: Stage, job: qn.Job) -> None:
    """Send it again, and lose that answer too."""
    lose_next_answer(stage)
    assert job.send_again().wait(WAIT_SECONDS) is State.UNCERTAIN


@contextmanager
def made_elsewhere(stage: Stage) -> Generator[str]:
    """The task of an image that another folder of the same account asked for: nobody's of this folder."""
    folder = stage.folder.with_name("elsewhere")
    studio = qn.Studio(folder, api_key=TEST_KEY, base_url=stage.url, patience=quick())
    try:
        asked_for = reaches(studio, lambda job: job.task_id is not None)
        job = studio.submit(ELSEWHERE, seed=1)
        wait_for(asked_for, "the other folder's image is asked for")
        assert job.task_id is not None
        yield job.task_id
    finally:
        studio.close()


def task_ids(stage: Stage) -> list[str]:
    """The ids of all tasks that the service began, oldest first: what its history shows."""
    return list(stage.simulator.books.tasks)


def posts(stage: Stage, seed: int) -> int:
    """How often the service was asked for the image with this seed."""
    return sum(post.body["seed"] == seed for post in stage.simulator.books.posts)


def fetched(stage: Stage, job: qn.Job, task_id: str) -> qn.Picture:
    """The picture of a job, once it is saved: of this task, as the service has it."""
    picture = job.result(WAIT_SECONDS)
    assert (picture.id, picture.task_id) == (job.id, task_id)
    assert task_id in (picture.url or "")
    assert picture.path.exists()
    assert picture.sha256 == digest_of(stage, task_id)
    return picture


def digest_of(stage: Stage, task_id: str) -> str:
    """The hash of a task's picture, as the service has it."""
    return hashlib.sha256(file_of(stage, task_id)).hexdigest()


def file_of(stage: Stage, task_id: str) -> bytes:
    """A task's picture, as the service has it."""
    return stage.simulator.gallery.begin(stage.simulator.books.tasks[task_id]).result(WAIT_SECONDS)
