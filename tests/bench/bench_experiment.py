"""Experiments: ten thousand cells of one, and a hundred against their bound, with the service in its own process."""

import json
import sys
import tempfile
from collections.abc import Iterator
from statistics import median
from time import monotonic
from typing import Any

from tests.bench.client_process import told_by
from tests.bench.load import books_of
from tests.bench.memory import peak_megabytes
from tests.bench.registry import Row, bench
from tests.bench.service import service

CELLS = 10_000
HUNDRED = {"latency_median": 1.0, "latency_sigma": 0.5, "rate_limit": 100, "starting_balance": 10**9}
TEN_THOUSAND = {"latency_median": 0, "rate_limit": None, "starting_balance": 10**9}


@bench("experiment")
def ten_thousand_cells() -> Iterator[Row]:
    """An experiment of 10,000 cells with tiny pictures, and what opening it again costs"""
    told = play("many", TEN_THOUSAND, seed=1)
    yield Row("cells saved", told["saved"], text=f"{told['saved']:,.0f} of {CELLS:,}")
    yield Row("  cells without a picture", CELLS - told["saved"], goal=0)
    yield Row("  posts of a second run", told["posts_again"], goal=0)
    yield Row("peak memory above that of an open studio", told["grown"], "MB", goal=200)
    yield Row("  wall, a cell", told["wall"] / CELLS * 1000, "ms")
    yield Row("plan(), before", told["plan"], "s", goal=1)
    yield Row("plan(), with all cells in the folder", told["plan_again"], "s", goal=1)
    yield Row("to_frame()", told["frame"], "s", goal=1)
    yield Row("  in a new kernel, with the folder opened", told["frame_cold"], "s")


@bench("experiment-wall")
def hundred_cells() -> Iterator[Row]:
    """100 cells at once, median 1 s, three seeds: wall by the slowest job's own latency"""
    ratios = [play("wall", HUNDRED, seed=seed)["ratio"] for seed in range(3)]
    yield Row("wall / the slowest cell's own latency, median", median(ratios), goal=1.15)
    yield Row("  each seed", 0, text=", ".join(f"{ratio:.2f}" for ratio in ratios))


def play(kind: str, assumed: dict[str, Any], *, seed: int) -> dict[str, float]:
    with service(seed=seed, **assumed) as url:
        return told_by("tests.bench.bench_experiment", kind, url)


def many(url: str, folder: str) -> dict[str, float]:
    import qwen_notebook as qn

    settings: dict[str, Any] = {"api_key": "rk_test_bench", "base_url": url, "rate": 1e6}
    studio = qn.Studio(folder, **settings)
    studio.generate("warm up", seed=1)
    before = peak_megabytes()
    sweep = _laid_out(studio)
    plan = _timed(sweep.plan)
    wall = _timed(lambda: sweep.run(yes=True))
    plan_again = _timed(sweep.plan)
    grown = peak_megabytes() - before
    saved = sweep.plan().saved
    frame = _timed(sweep.to_frame, warm=True)
    posts = len(books_of(url)["tasks"])
    sweep.run()
    posts_again = len(books_of(url)["tasks"]) - posts
    studio.close()
    frame_cold = _timed(lambda: _laid_out(qn.Studio(folder, **settings)).to_frame())
    return {
        "plan": plan,
        "wall": wall,
        "plan_again": plan_again,
        "grown": grown,
        "saved": saved,
        "frame": frame,
        "posts_again": posts_again,
        "frame_cold": frame_cold,
    }


def wall(url: str, folder: str) -> dict[str, float]:
    import qwen_notebook as qn

    warm = qn.Studio(f"{folder}/warm", api_key="rk_test_warm", base_url=url, rate=100)
    warm.generate("warm up", seed=1)
    warm.close()
    studio = qn.Studio(
        f"{folder}/posters", api_key="rk_test_bench", base_url=url, rate=100, max_in_flight=100
    )
    sweep = qn.experiment("a {x}", x=range(50), seed=[1, 2], studio=studio)
    seconds = _timed(lambda: sweep.run(yes=True))
    tasks = {task["id"]: task for task in books_of(url)["tasks"]}
    own = [tasks[str(picture.task_id)] for picture in sweep.pictures]
    studio.close()
    return {"ratio": seconds / max(task["ready"] - task["created"] for task in own)}


def _laid_out(studio: Any) -> Any:
    import qwen_notebook as qn

    return qn.experiment("a {x} {y}", x=range(CELLS // 100), y=range(10), repeats=10, studio=studio)


def _timed(work: Any, *, warm: bool = False) -> float:
    if warm:
        work()  # else it is mostly the import of pandas
    began = monotonic()
    work()
    return monotonic() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        print(json.dumps({"many": many, "wall": wall}[sys.argv[1]](sys.argv[2], scratch)))
