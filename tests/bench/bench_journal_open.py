"""What it costs to open a folder that has seen a hundred thousand jobs."""

import gc
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from tests.bench.many_jobs import STEPS, looked_at, peak_megabytes, write_folder
from tests.bench.registry import Row, bench

LINES = 100_000


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
            yield Row(f"100,000 lines {what} ({found['jobs']:,.0f} jobs, {size:.0f} MB)", found["cpu"], "s")
            yield Row("  of the same lines, json.loads of each", found["plain"], "s")
            yield Row("  opening them / that", found["cpu"] / found["plain"], goal=1.5)
            yield Row(
                "  peak memory above that of an empty folder", found["peak"] - nothing["peak"], "MB", 105
            )


def opened(folder: Path) -> dict[str, float]:
    """Open a folder in a process of its own: the best of five."""
    return min(looked_at(__name__, folder, times=5), key=lambda run: run["cpu"])


def main(folder: Path) -> dict[str, float]:
    import qwen_notebook as qn

    _ = qn.Studio
    began = process_time()
    studio = qn.Studio(folder, api_key="rk_test_bench", base_url="http://127.0.0.1:9")
    jobs, spent = len(studio.jobs), studio.spent
    cpu, peak = process_time() - began, peak_megabytes()
    assert spent == 31 * jobs
    return {"cpu": cpu, "peak": peak, "plain": plain_pass(folder), "jobs": jobs}


def plain_pass(folder: Path) -> float:
    """Seconds that it takes to read the lines and do nothing with them."""
    gc.disable()
    began = process_time()
    for file in sorted(folder.glob("ledger/*.jsonl")):
        with file.open("rb") as lines:
            for line in lines:
                if not line.isspace():
                    json.loads(line)
    return process_time() - began


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
