"""What it costs to open a folder that has seen a hundred thousand jobs."""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from tests.bench.registry import Row, bench
from tests.support.environment import clean_environment

if TYPE_CHECKING:
    from qwen_notebook.reapi.request import GenerationRequest

LINES = 100_000
WRITERS = 10
STEPS = 6
"""Lines of one job from planned to saved; the answer stands in room that was reserved for it."""


@bench("journal-open")
def journal_open() -> Iterator[Row]:
    """a studio opened in a new process on a folder of 100,000 lines: processor time, memory above an empty one"""
    with tempfile.TemporaryDirectory() as root:
        empty, live, compacted = (Path(root) / name for name in ("empty", "live", "compacted"))
        write_folder(empty, 0, compact=False)
        write_folder(live, LINES // STEPS, compact=False)
        write_folder(compacted, LINES, compact=True)
        nothing = opened(empty)
        for folder, what in ((live, "as written"), (compacted, "compacted, a line a job")):
            found = opened(folder)
            size = sum(file.stat().st_size for file in folder.glob("ledger/*")) / 2**20
            yield Row(f"100,000 lines {what} ({found['jobs']:,} jobs, {size:.0f} MB)", found["cpu"], "s", 1.0)
            yield Row("  memory", (found["rss"] - nothing["rss"]) / 1024, "MB")


def opened(folder: Path) -> dict[str, float]:
    """Open a folder in a process of its own: the best of three."""
    runs = [
        json.loads(
            subprocess.run(
                [sys.executable, __file__, str(folder)],
                env=clean_environment(),
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(3)
    ]
    return min(runs, key=lambda run: run["cpu"])


def write_folder(folder: Path, jobs: int, *, compact: bool) -> None:
    """Write the journal of so many saved jobs, from the lines that the journal itself writes of one."""
    from qwen_notebook.journal.journal import Journal

    with tempfile.TemporaryDirectory() as scratch:
        journal = Journal(Path(scratch))
        _write_one(journal)
        if compact:
            journal.close()
        head, *lines = next(journal.folder.glob("*.jsonl")).read_bytes().splitlines(keepends=True)
        lines = [line for line in lines if b'"kind":"closed"' not in line]
        writer, key = journal.writer.encode(), _request().key.encode()
    target = folder / "ledger"
    target.mkdir(parents=True)
    for number in range(WRITERS):
        name = b"%08x-%d-%08x" % (0, 100_000 + number, number)
        with (target / f"{name.decode()}.jsonl").open("wb") as file:
            file.write(head.replace(writer, name))
            for job in range(number, jobs, WRITERS):
                for line in lines:
                    file.write(
                        line.replace(writer, name)
                        .replace(b"thejbsjd00", b"j%09d" % job)
                        .replace(b'"key":"' + key[:8], b'"key":"%08x' % job)
                        .replace(b'"created":1.0', b'"created":%d.5' % (1_700_000_000 + job))
                    )


def _request() -> "GenerationRequest":
    from qwen_notebook.reapi.request import GenerationRequest

    return GenerationRequest(prompt="a poster that reads VISIT MARS, in the style of the thirties", seed=7)


def _write_one(journal: "object") -> None:
    from qwen_notebook.journal.journal import Journal
    from qwen_notebook.journal.records import JobRecord
    from qwen_notebook.journal.states import State

    assert isinstance(journal, Journal)
    record = JobRecord(
        id="thejbsjd00", request=_request(), service="reapi", created=1.0, changed=1.0, credits=31
    )
    journal.write(record)
    for state, changes in {
        State.SENDING: {"sent": 2.0, "attempt": 1, "balance_before": 12_500},
        State.SUBMITTED: {"task_id": f"task_{7:032x}"},
        State.PROCESSING: {},
        State.DOWNLOADING: {"url": f"https://cdn.reapi.ai/media/tasks/task_{7:032x}/0.png", "seconds": 14.2},
        State.SAVED: {
            "saved": 9.0,
            "sha256": "0" * 64,
            "width": 2688,
            "height": 1536,
            "file": "images/2026-11-22-a-poster-that-reads-visit-mars-s7-thejbsjd00.png",
        },
    }.items():
        record = replace(record, state=state, **changes)
        journal.write(record, reserve=state is State.SENDING)


def _open(folder: Path) -> dict[str, float]:
    import qwen_notebook as qn

    _ = qn.Studio
    began, began_wall = process_time(), perf_counter()
    studio = qn.Studio(folder, api_key="rk_test_bench", base_url="http://127.0.0.1:9")
    jobs, spent = len(studio.jobs), studio.spent
    cpu, wall = process_time() - began, perf_counter() - began_wall
    assert spent == 31 * jobs
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"cpu": cpu, "wall": wall, "rss": rss, "jobs": jobs}


if __name__ == "__main__":
    print(json.dumps(_open(Path(sys.argv[1]))))
