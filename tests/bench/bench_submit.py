"""What it costs to ask for an image, as the folder fills with the files of kernels that have ended."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.bench_journal import memory
from tests.bench.registry import Row, bench

FILES = (1, 100, 1000)
JOBS_A_FILE = 3
SUBMITS = 60
LOCKS = 2000


@bench("submit")
def submit() -> Iterator[Row]:
    """a submit until it is on disk as planned, beside closed and compacted files of other kernels; medians"""
    with tempfile.TemporaryDirectory(dir=memory()) as root:
        folders = {files: Path(root) / str(files) for files in FILES}
        for files, folder in folders.items():
            write_files(folder, files)
        submits = {files: median(submits_in(folder)) for files, folder in folders.items()}
        looks = {files: median(looks_at(folder / "ledger")) for files, folder in folders.items()}
        for files in FILES:
            yield Row(
                f"a submit beside {files:,} files ({files * JOBS_A_FILE:,} jobs)", submits[files] * 1000, "ms"
            )
            if files != FILES[0]:
                yield Row("  times one beside 1 file", submits[files] / submits[FILES[0]])
            yield Row(
                "  of it os.scandir and stat of the files, the least there can be", looks[files] * 1000, "ms"
            )
    for where, words in ((memory(), "in memory"), (Path.cwd(), "on the disk")):
        with tempfile.TemporaryDirectory(dir=where) as folder:
            yield Row(
                f"the folder's lock, taken and released, {words}", median(locks_in(Path(folder))) * 1e6, "µs"
            )


def write_files(folder: Path, files: int) -> None:
    """Leave so many files as kernels do that end: closed, compacted, with a few saved jobs each."""
    from qwen_notebook.journal.journal import Journal
    from qwen_notebook.journal.records import JobRecord, new_job_id
    from qwen_notebook.journal.states import State
    from qwen_notebook.reapi.request import GenerationRequest

    for number in range(files):
        journal = Journal(folder)
        for seed in range(number * JOBS_A_FILE, (number + 1) * JOBS_A_FILE):
            request = GenerationRequest(prompt="a poster that reads VISIT MARS", seed=seed)
            record = JobRecord(
                id=new_job_id(), request=request, service="reapi", created=1.0, changed=1.0, credits=31
            )
            journal.write(record, sync=False)
            for state, changes in {
                State.SENDING: {"sent": 2.0, "attempt": 1},
                State.SUBMITTED: {"task_id": f"task_{seed:032x}"},
                State.DOWNLOADING: {
                    "url": f"https://cdn.reapi.ai/media/tasks/{seed:032x}/0.png",
                    "seconds": 4.2,
                },
                State.SAVED: {"saved": 9.0, "sha256": f"{seed:064x}", "file": f"images/{record.id}.png"},
            }.items():
                record = replace(record, state=state, **changes)
                journal.write(record, sync=False)
        journal.close()


def submits_in(folder: Path) -> list[float]:
    """Seconds that each submit takes; the service is out of reach, so that nothing else runs for long."""
    import qwen_notebook as qn

    studio = qn.Studio(folder, api_key="rk_test_bench", base_url="http://127.0.0.1:9", max_in_flight=1)
    seconds: list[float] = []
    try:
        for seed in range(SUBMITS):
            began = perf_counter()
            job = studio.submit("a fox", seed=seed)
            seconds.append(perf_counter() - began)
            with suppress(qn.QwenError):
                job.cancel()
    finally:
        studio.close()
    return seconds


def looks_at(journal: Path) -> list[float]:
    """Seconds that a look at the files takes, without reading any."""
    seconds: list[float] = []
    for _ in range(SUBMITS):
        began = perf_counter()
        with os.scandir(journal) as files:
            for file in files:
                file.stat()
        seconds.append(perf_counter() - began)
    return seconds


def locks_in(folder: Path) -> list[float]:
    """Seconds that it takes to take the folder's lock and to release it."""
    from qwen_notebook.journal.folder_lock import FolderLock

    lock = FolderLock(folder / "ledger", int)
    with lock.held():
        pass
    seconds: list[float] = []
    for _ in range(LOCKS):
        began = perf_counter()
        with lock.held():
            pass
        seconds.append(perf_counter() - began)
    return seconds
