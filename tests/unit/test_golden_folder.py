"""A folder that version 0.1 wrote is opened as it was: nothing is lost, paid twice, or written over.

``tests/goldens/make_folder.py`` tells how the folder was made, and why it is never made anew.
"""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.simulator import Simulator, running
from qwen_notebook.studio.studio import core_of
from tests.support.folder_facts import facts_of_job
from tests.support.goldens import GOLDENS, assert_golden, golden
from tests.support.journal import read_journal
from tests.support.studios import instant_simulator, studio_at

NAME = "folder-0.1"
FACTS: dict[str, Any] = golden(f"{NAME}.json")
JOBS: dict[str, dict[str, Any]] = FACTS["jobs"]
Opened = tuple[qn.Studio, Simulator]

# What may become of a job whose writer is out of sight: whether that is held to be dead is not for a golden to say.
MAY_BECOME = {"planned": {"planned", "cancelled"}, "sending": {"sending", "uncertain"}}
MOVING = ("status", "error")


@pytest.fixture(params=[0, 86_400], ids=["written just now", "written a day ago"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    copy = tmp_path / NAME
    shutil.copytree(GOLDENS / NAME, copy)
    for file in copy.rglob("*"):
        os.utime(file, (time() - request.param,) * 2)
    return copy


@pytest.fixture
def opened(folder: Path) -> Iterator[Opened]:
    """The folder, open, and a service that knows none of its tasks."""
    simulator = instant_simulator()
    with running(simulator) as url, studio_at(url, folder) as studio:
        yield studio, simulator


def ids(*statuses: str) -> list[str]:
    return [job_id for job_id, facts in JOBS.items() if facts["status"] in statuses]


def must(studio: qn.Studio, job_id: str) -> qn.Job:
    job = studio.job(job_id)
    assert job is not None, f"{JOBS[job_id]['request']['prompt']!r} is not in the folder any more"
    return job


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_golden_has_a_job_in_every_state() -> None:
    assert {facts["status"] for facts in JOBS.values()} == {str(state) for state in qn.State}


def test_no_line_of_the_journal_is_damaged(folder: Path) -> None:
    _, records = read_journal(folder)

    assert [record.id for record in records] == list(JOBS)


def test_every_job_is_there_as_it_was(opened: Opened) -> None:
    studio, _ = opened
    assert [job.id for job in studio.jobs] == list(JOBS)
    for job_id, kept in JOBS.items():
        found = facts_of_job(must(studio, job_id))
        if kept["status"] in MAY_BECOME:
            assert found["status"] in MAY_BECOME[kept["status"]], kept["request"]["prompt"]
            found |= {name: kept[name] for name in MOVING}
        prompt = kept["request"]["prompt"]
        assert_golden(f"{NAME}.json", {prompt: kept}, {prompt: found}, more=True)


def test_the_money_is_as_it_was(opened: Opened) -> None:
    studio, _ = opened
    cancelled = [i for i in ids("planned") if must(studio, i).status is qn.State.CANCELLED]

    assert studio.spent == FACTS["spent"]
    assert studio.committed == FACTS["committed"] - sum(JOBS[job_id]["credits"] for job_id in cancelled)


def test_every_picture_is_there_with_its_pixels_and_its_preview(opened: Opened) -> None:
    studio, _ = opened
    saved = [(i, facts["picture"]) for i, facts in JOBS.items() if facts["picture"] is not None]

    assert [picture.id for picture in studio.pictures] == [job_id for job_id, _ in saved]
    assert studio.picture_count == len(saved)
    for picture, (job_id, facts) in zip(studio.pictures, saved, strict=True):
        assert picture.image.size == tuple(facts["size"]), facts["file"]
        assert picture.preview == (GOLDENS / NAME / "previews" / f"{job_id}.jpg").read_bytes(), facts["file"]
    assert [picture.note for picture in studio.find("cover", starred=True)] == ["for the cover"]


def test_nothing_is_sent_whatever_is_asked_for_again(opened: Opened) -> None:
    studio, simulator = opened
    for job_id in (*ids("saved", "uncertain"), *ids("submitted", "processing", "downloading")):
        job = must(studio, job_id)
        if JOBS[job_id]["service"] == studio.service and (job.picture or not job.status.ended):
            assert core_of(studio).admit(job.request).job is job, job.request.prompt
    for job_id, facts in JOBS.items():
        if facts["client_id"] is not None and facts["service"] == studio.service:
            again = (
                core_of(studio)
                .admit(must(studio, job_id).request, again=True, client_id=facts["client_id"])
                .job
            )
            assert again.id == job_id, facts["client_id"]
        if facts["origin"] is not None:
            assert [job.id for job in core_of(studio).jobs_from(facts["origin"])] == [job_id]
    for job_id in ids("planned", "sending", "submitted", "processing", "downloading"):
        with suppress(qn.StillRunning):
            must(studio, job_id).wait(timeout=0.05)
    studio.resume()
    assert (
        studio.balance() == simulator.assumed.starting_balance
    )  # asked after all that, and nothing was charged

    assert simulator.books.posts == []
    assert len(studio.jobs) == len(JOBS)


def test_its_experiment_is_the_same_and_has_its_pictures(opened: Opened, folder: Path) -> None:
    studio, simulator = opened
    sweep = qn.experiment("a red {animal}", animal=["fox", "owl"], seed=[1], studio=studio)
    sweep.run(progress=False)

    assert sweep.id == FACTS["sweep"]
    assert [picture.request.prompt for picture in sweep.pictures] == ["a red fox", "a red owl"]
    assert [file.name for file in (folder / "sweeps").iterdir()] == [f"{sweep.id}.json"]
    assert simulator.books.posts == []


def test_its_preview_is_found_by_the_offline_studio(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        studio = qn.Studio(folder, offline=True)
    (job_id,) = [i for i, facts in JOBS.items() if facts["service"] == "simulator"]
    job = must(studio, job_id)

    assert core_of(studio).admit(job.request).job is job
    assert len(studio.jobs) == len(JOBS)
    studio.close()


def test_no_file_of_another_writer_is_written(folder: Path) -> None:
    before = content_of(folder)
    simulator = instant_simulator(seed=2)  # with other task ids than those of the folder
    with running(simulator) as url:
        with studio_at(url, folder) as studio:
            studio.generate("one picture more", seed=7)
            studio.pictures[0].star(False)
        with studio_at(url, folder) as later:
            assert later.pictures[0].starred is False
            assert must(later, studio.jobs[-1].id).status is qn.State.SAVED

    after = content_of(folder)
    assert [name for name, content in before.items() if after.get(name) != content] == []
    assert len(simulator.books.posts) == 1
