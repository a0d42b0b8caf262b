"""Many images at once with default settings, and beside them the loop that the service's own page tells of."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

from tests.bench.bench_bytes import real_picture
from tests.bench.load import Load, play
from tests.bench.registry import Row, bench

SEEDS, REAL_SEEDS = range(3), range(2)
ASSUMED = {"latency_sigma": 0.5, "rate_limit": None, "starting_balance": 10**6}
FIFTY = Load(50, ASSUMED | {"latency_median": 4.0})
HUNDRED = Load(100, ASSUMED | {"latency_median": 1.0})
HUNDRED_A_SECOND = Load(100, ASSUMED | {"latency_median": 1.0, "rate_limit": 100})
CLIENTS = {
    "new": "in a new folder",
    "learned": "where 40 tasks were seen before",
    "seed": "the page's own loop with httpx",
}


@bench("at-once")
def at_once() -> Iterator[Row]:
    """many at once, default settings, lognormal latencies of sigma 0.5, three seeds; the service sets no limit"""
    yield from _rows(FIFTY, "50 of median 4 s", ratio=1.10, looks=4.5)
    yield from _rows(HUNDRED, "100 of median 1 s", ratio=1.20)
    yield from _rows(
        HUNDRED_A_SECOND, "100 of median 1 s, 100 calls a second", ratio=None, clients=("new", "learned")
    )


@bench("real-at-once")
def real_at_once() -> Iterator[Row]:
    """100 real pictures of 2688 × 1536 pixels at once, median 1 s, and beside it the loop of the service's own page"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "real.png"
        file.write_bytes(real_picture())
        load = Load(100, ASSUMED | {"latency_median": 1.0}, file=str(file))
        seen = {client: [play(client, load, seed) for seed in REAL_SEEDS] for client in ("learned", "seed")}
    in_hand = {client: median(run["in_hand"] for run in runs) for client, runs in seen.items()}
    yield Row(
        "finished until in hand, median, in times of the page's own loop",
        in_hand["learned"] / in_hand["seed"],
        goal=1.2,
    )
    for client, runs in seen.items():
        yield Row(f"{CLIENTS[client]}: finished until in hand, median", in_hand[client], "s")
        yield Row("  until all are in hand", median(run["wall"] for run in runs), "s")
        yield Row("  processor time of the client, a job", mean(run["cpu"] for run in runs), "ms")
        peak = max(run["peak"] for run in runs)
        yield Row("  peak memory of the process", peak, "MB", goal=120 if client == "learned" else None)


def _rows(
    load: Load,
    what: str,
    *,
    ratio: float | None,
    looks: float | None = None,
    clients: tuple[str, ...] = tuple(CLIENTS),
) -> Iterator[Row]:
    for client in clients:
        runs = [play(client, load, seed) for seed in SEEDS]
        seen = {key: [run[key] for run in runs] for key in runs[0]}
        ours = client in ("new", "learned")
        yield Row(
            f"{what}, {CLIENTS[client]}: wall / the slowest job's own, median",
            median(seen["ratio"]),
            goal=ratio if ours else None,
        )
        yield Row("  each seed", 0, text=", ".join(f"{one:.2f}" for one in seen["ratio"]))
        yield Row("  looks a job", mean(seen["looks"]), goal=looks if client == "new" else None)
        yield Row("  finished until seen, mean", mean(seen["delay"]), "s")
        yield Row("  finished until in hand, median", median(seen["in_hand"]), "s")
        yield Row("  processor time of the client, a job", mean(seen["cpu"]), "ms")
        yield Row("  calls", mean(seen["calls"]))
        yield Row("  peak memory of the process", max(seen["peak"]), "MB", goal=120 if ours else None)
