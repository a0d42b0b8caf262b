"""A hundred jobs at once, against the service on a port in a process of its own."""

import json
import resource
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from statistics import mean, median
from time import process_time, time
from typing import Any

from qwen_notebook.studio.studio import core_of
from tests.bench.registry import Row, bench
from tests.bench.service import service
from tests.support.fixed_cadence import FixedCadence

JOBS = 100
RATE = 100
SEEDS = range(5)
LATENCY = {"latency_median": 1.0, "latency_sigma": 0.5, "rate_limit": RATE, "starting_balance": 10**6}
SCHEDULES = {
    "new": "in a new folder",
    "learned": "where 40 tasks were seen before",
    "fixed": "with a look every 1.5 s",
}


@bench("jobs")
def hundred_jobs() -> Iterator[Row]:
    """100 jobs at once, 100 requests a second, lognormal latencies of median 1 s and sigma 0.5, five seeds"""
    seen: dict[str, list[dict[str, float]]] = {schedule: [] for schedule in SCHEDULES}
    for seed in SEEDS:
        for schedule, results in seen.items():
            results.append(play(schedule, seed))
    for schedule, words in SCHEDULES.items():
        runs = {key: [run[key] for run in seen[schedule]] for key in seen[schedule][0]}
        goal = None if schedule == "fixed" else 1.15
        each = ", ".join(f"{ratio:.2f}" for ratio in runs["ratio"])
        yield Row(f"{words}: wall / the slowest job's own latency, median", median(runs["ratio"]), goal=goal)
        yield Row("  each seed", 0, text=each)
        yield Row("  looks a job", mean(runs["looks"]))
        yield Row("  mean delay, finished until seen", mean(runs["delay"]), "s")
        yield Row("  mean delay, finished until saved", mean(runs["saved"]), "s")
        yield Row("  processor time of the client, a job", mean(runs["cpu"]) * 1000 / JOBS, "ms")
        yield Row("  refused for their rate (429)", mean(runs["refused"]))
        yield Row("  peak memory above that of one job", max(runs["grown"]), "MB")


def play(schedule: str, seed: int) -> dict[str, float]:
    with service(seed=seed, **LATENCY) as url:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_hundred_jobs", url, schedule, str(seed)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def make_jobs(url: str, schedule: str, seed: int) -> dict[str, float]:
    """The client's side, in a process of its own."""
    import logging
    import math
    import random

    import qwen_notebook as qn
    from qwen_notebook.studio.cadence import HazardCadence
    from qwen_notebook.studio.scheduler import Scheduler

    refusals = Refusals()
    logging.getLogger("httpx").addHandler(refusals)
    logging.getLogger("httpx").setLevel(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        # Another account for the job that loads all modules, so that it takes nothing from the rate.
        warm = qn.Studio(f"{folder}/warm", api_key="rk_test_warm", base_url=url, rate=RATE)
        warm.generate("warm up", seed=1)
        warm.close()
        before = peak_megabytes()
        studio = qn.Studio(
            f"{folder}/posters", api_key="rk_test_bench", base_url=url, rate=RATE, max_in_flight=JOBS
        )
        scheduler: Scheduler = core_of(studio).scheduler
        if schedule == "fixed":
            scheduler._cadence = FixedCadence(1.5)  # type: ignore[assignment]
        elif schedule == "learned":
            draw = random.Random(seed)
            median_seconds, sigma = LATENCY["latency_median"], LATENCY["latency_sigma"]
            scheduler._cadence = HazardCadence(
                draw.lognormvariate(math.log(median_seconds), sigma) for _ in range(40)
            )
        began, busy = time(), process_time()
        jobs = [studio.submit(f"job {number}", seed=number) for number in range(JOBS)]
        for job in jobs:
            job.result(60)
        wall, busy = time() - began, process_time() - busy
        grown = peak_megabytes() - before
        records = [job.record for job in jobs]
        studio.close()
    tasks = books_of(url)
    own = [tasks[str(record.task_id)] for record in records]
    ready = [task["ready"] for task in own]
    seen = [(record.sent or 0) + (record.seconds or 0) for record in records]
    return {
        "ratio": wall / max(task["ready"] - task["created"] for task in own),
        "looks": mean(task["polls"] for task in own),
        "delay": mean(at - end for at, end in zip(seen, ready, strict=True)),
        "saved": mean((record.saved or 0) - end for record, end in zip(records, ready, strict=True)),
        "cpu": busy,
        "refused": refusals.count,
        "grown": grown,
    }


def books_of(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/_simulator/books") as answer:
        return {task["id"]: task for task in json.load(answer)["tasks"]}


def peak_megabytes() -> float:
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


class Refusals:
    """A handler of httpx's log that counts the answers 429."""

    level = 0

    def __init__(self) -> None:
        self.count = 0

    def handle(self, record: Any) -> None:
        self.count += " 429 " in record.getMessage()


if __name__ == "__main__":
    print(json.dumps(make_jobs(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
