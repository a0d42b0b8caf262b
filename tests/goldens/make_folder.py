"""How ``folder-0.1`` was made: a studio's folder as version 0.1 writes it, with a job in every state.

It was run once, with version 0.1, and is kept to tell what is in the folder. **Do not run it again over the committed
folder**: a later version would write the folder in its own way, and the test would no longer prove that it reads the
folders that people have. A version that changes what is written adds a folder of its own beside this one.

    python -m tests.goldens.make_folder SOMEWHERE

There are three writers. The first closed its studio, so its file is compacted. The second was cut off in the middle of
its work: its file is as it was written, with room that is still blank for the answer of a POST, and with room that was
filled. The third drew an offline preview. Their names are made up, of a computer that is nobody's; the service was the
simulator on a port. ``folder-0.1.json`` beside the folder says what version 0.1 read from it.
"""

import json
import shutil
import sys
import zlib
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import qwen_notebook as qn
from qwen_notebook.simulator import Assumed, FaultPlan, Rule, Simulator, running
from qwen_notebook.studio.studio import core_of
from tests.support.folder_facts import facts_of_job
from tests.support.stage import reaches, wait_for
from tests.support.studios import studio_at

PORT = 47807
PATIENCE = qn.Patience(usual=0.1, backoff=0.05, backoff_ceiling=0.2, submit_tries=2)
SWEEP: dict[str, Any] = {"animal": ["fox", "owl"], "seed": [1]}
FAULTS = {
    "task-fails": Rule(prompt="failed"),
    "url-expired": Rule(prompt="gone"),
    "download-not-an-image": Rule(prompt="unreadable"),
    "submit-429-seconds": Rule(prompt="refused", seconds=0),
    "submit-503-before": Rule(prompt="sent twice", times=1),
    "submit-500-after": Rule(prompt="uncertain"),
    "submit-slow": Rule(prompt="sending", seconds=3600),
    "poll-503": Rule(prompt="submitted"),
    "task-never-ends": Rule(prompt="processing"),
    "download-slow": Rule(prompt="downloading", seconds=3600),
}


def main(target: Path) -> None:
    """Make the folder, and beside it the file that says what is in it."""
    names = (f"0f1e2d3c-{number}-{number:08x}" for number in count(101))
    with TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place) / "studio"
        stack.enter_context(mock.patch("qwen_notebook.journal.journal.new_writer", partial(next, names)))
        simulator = Simulator(
            assumed=Assumed(latency_median=0, rate_limit=None),
            faults=FaultPlan(1, FAULTS),
            picture_pixels="tiny",
            seed=1,
        )
        seal_some_pictures(simulator)
        url = stack.enter_context(running(simulator, PORT))
        with studio_at(url, folder, patience=PATIENCE, rate=1000.0) as first:
            work_that_ended(first, simulator)
        draw_a_preview(folder)
        second = stack.enter_context(studio_at(url, folder, patience=PATIENCE, rate=1000.0, max_in_flight=4))
        work_that_was_cut_off(second)
        shutil.copytree(folder, target)
        text = json.dumps(facts_of(second), ensure_ascii=False, indent=1)
        target.with_name(f"{target.name}.json").write_text(text + "\n", encoding="utf-8")


def work_that_ended(studio: qn.Studio, simulator: Simulator) -> None:
    """What the first writer did: everything that has an end, marks, and an experiment."""
    press = partial(ask, studio, seed=7)
    first = press("a poster that reads VISIT 火星 🦊", client_id="press-1", origin="cell-1").result()
    first.star().set_note("for the cover")
    press("a jpeg", output_format="jpeg", image_size="1:1", nsfw_checker=True).wait()
    press("an edit", image_url="https://example.com/source.png?signature=abc", image_size="21:9").wait()
    press("one that carries credentials").wait()
    press("one that is deleted").result().delete()
    for prompt in ("one that failed", "one that is gone", "one that is unreadable", "one that is refused"):
        press(prompt).wait()
    press("one that is uncertain", client_id="press-2").wait()
    press("an uncertain one that another writer dismissed").wait()
    dismissed = press("an uncertain one that is dismissed")
    dismissed.wait()
    dismissed.dismiss()
    found = press("an uncertain one whose task is found")
    found.wait()
    found.resolve(list(simulator.books.tasks)[-1]).wait()
    again = press("an uncertain one that is sent twice")
    again.wait()
    simulator.faults.switch_off("submit-500-after")
    again.send_again().wait()
    qn.experiment("a red {animal}", **SWEEP, studio=studio).run(progress=False)


def draw_a_preview(folder: Path) -> None:
    """What the third writer did: one offline preview."""
    tiny = partial(Simulator, picture_pixels="tiny")
    with mock.patch("qwen_notebook.simulator.Simulator", tiny):
        studio = qn.Studio(folder, offline=True)
        ask(studio, "a preview", seed=7, client_id="press-3").wait()
        studio.close()


def work_that_was_cut_off(studio: qn.Studio) -> None:
    """What the second writer did, and was at when the folder was copied: a job in every state that does not last."""
    for job in studio.jobs:
        if "another writer" in job.request.prompt:
            job.dismiss()
    studio.pictures[1].star()
    for state in ("sending", "submitted", "processing", "downloading"):
        job = ask(studio, f"one that is {state}", seed=7, client_id=f"press-{state}")
        wait_for(
            reaches(studio, lambda other, job=job, state=state: other is job and job.status == state), state
        )
    ask(studio, "one that is planned", seed=7, client_id="press-planned")
    ask(studio, "one that is cancelled", seed=7).cancel()


def ask(
    studio: qn.Studio, prompt: str, client_id: str | None = None, origin: str | None = None, **fields: Any
) -> qn.Job:
    """Ask for an image as a panel does."""
    request = studio.request(prompt=prompt, **fields)
    return core_of(studio).admit(request, client_id=client_id, origin=origin).job


def seal_some_pictures(simulator: Simulator) -> None:
    """Have the service put content credentials into some pictures: those get a sidecar."""
    plain = simulator.gallery.picture

    async def picture(task: Any) -> bytes:
        content = await plain(task)
        if "credentials" not in task.order.prompt:
            return content
        chunk = b"caBX" + b"sealed"
        return (
            content[:33]
            + (6).to_bytes(4, "big")
            + chunk
            + zlib.crc32(chunk).to_bytes(4, "big")
            + content[33:]
        )

    simulator.gallery.picture = picture  # type: ignore[method-assign]


def facts_of(studio: qn.Studio) -> dict[str, Any]:
    """What a person can see of a folder, as JSON."""
    return {
        "spent": studio.spent,
        "committed": studio.committed,
        "sweep": qn.experiment("a red {animal}", **SWEEP, studio=studio).id,
        "jobs": {job.id: facts_of_job(job) for job in studio.jobs},
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
