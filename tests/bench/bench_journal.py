"""What it costs to have everything on disk before it matters."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from unittest import mock

from tests.bench.registry import Row, bench

JOBS = 200


@bench("journal")
def journal() -> Iterator[Row]:
    """the lines of one job, planned to saved, written by the journal itself; medians of 200 jobs"""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        on_disk = median(lives(Path(folder)))
    with tempfile.TemporaryDirectory(dir=memory()) as folder, mock.patch("os.fsync"):
        in_memory = median(lives(Path(folder)))
    yield Row("a job's lines on disk, fsync counted", on_disk * 1000, "ms")
    yield Row("a job's lines in memory, no fsync", in_memory * 1000, "ms")
    yield Row("the disk's part", (on_disk - in_memory) * 1000, "ms")


def memory() -> Path | None:
    shared = Path("/dev/shm")
    return shared if shared.is_dir() else None


def lives(folder: Path) -> list[float]:
    """Seconds that the lines of each job take."""
    from qwen_notebook.journal.journal import Journal
    from qwen_notebook.journal.records import JobRecord, new_job_id
    from qwen_notebook.journal.states import State
    from qwen_notebook.reapi.request import GenerationRequest

    journal = Journal(folder)
    seconds: list[float] = []
    for number in range(JOBS):
        request = GenerationRequest(prompt=f"a poster that reads VISIT MARS, number {number}", seed=number)
        record = JobRecord(
            id=new_job_id(), request=request, service="reapi", created=1.0, changed=1.0, credits=31
        )
        life = [record]
        for at, (state, changes) in enumerate(
            {
                State.SENDING: {"sent": 2.0, "attempt": 1},
                State.SUBMITTED: {"task_id": f"task_{number:032x}"},
                State.PROCESSING: {},
                State.DOWNLOADING: {
                    "url": f"https://cdn.reapi.ai/media/tasks/{number:032x}/0.png",
                    "seconds": 4.2,
                },
                State.SAVED: {
                    "saved": 9.0,
                    "sha256": "0" * 64,
                    "width": 2688,
                    "height": 1536,
                    "file": "images/x.png",
                },
            }.items()
        ):
            life.append(replace(life[-1], state=state, changed=float(at), **changes))
        began = perf_counter()
        for step in life:
            journal.write(
                step,
                reserve=step.state is State.SENDING,
                sync=step.state in (State.SENDING, State.SUBMITTED, State.SAVED),
            )
        seconds.append(perf_counter() - began)
    journal.close()
    return seconds
