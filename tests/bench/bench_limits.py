"""What is refused by services that have limits, which nobody has told us."""

from collections.abc import Iterator

from tests.bench.load import Load, play_again
from tests.bench.registry import Row, bench

SEED = 1
SERVICES = {
    "no limit": ({}, 1.0, 100, 4.0),
    "10 calls a second": ({"rate_limit": 10.0}, 2.0, 60, 0.0),
    "2 calls a second": ({"rate_limit": 2.0}, 2.0, 40, 0.0),
    "5 tasks at once": ({"tasks_at_once": 5}, 2.0, 40, 16.0),
}
"""What is assumed beside no limit, the median of the latencies, how many at once, and how long they take at least."""


@bench("limits")
def limits() -> Iterator[Row]:
    """many at once in a new folder, and again in one that remembers, default settings; calls refused with 429"""
    for name, (limit, middle, jobs, least) in SERVICES.items():
        assumed = {
            "latency_median": middle,
            "latency_sigma": 0.3,
            "rate_limit": None,
            "starting_balance": 10**6,
        }
        runs = play_again("new", Load(jobs, assumed | limit), SEED)
        for run, words, goal in zip(runs, ("in a new folder", "once more in it"), (None, 2.0), strict=True):
            yield Row(f"{name}, {jobs} {words}: calls refused", 100 * run["refused"], "%", goal=goal)
            yield Row("  calls", run["calls"])
            yield Row(
                "  all of them",
                run["wall"],
                "s",
                text=f"{run['wall']:.1f} s" + (f" of at least {least:.0f}" if least else ""),
            )
