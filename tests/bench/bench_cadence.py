"""When tasks are looked at: what delay and looks together cost, beside the best that knows the law."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from random import Random
from time import perf_counter

from qwen_notebook.studio.cadence import HazardCadence
from tests.bench.registry import Row, bench
from tests.support.looking import (
    Either,
    IsBad,
    Law,
    Lognormal,
    Seen,
    Service,
    best,
    drawn,
    expected,
    follow_all,
    look_at_all,
    never,
    seen_of,
    the_look_that_sees_the_end,
)

FOLDERS = 120
"""New folders that a figure is the mean of; in the table of all laws a quarter."""
CACHED = Either(0.3, Lognormal(1, 0.2), Lognormal(15, 0.3))
LAWS = [*(Lognormal(*law) for law in product((0.4, 1, 4, 15, 30, 90), (0.1, 0.25, 0.5, 0.8))), CACHED]
MOST = {
    (Lognormal(4, 0.5), 10): 1.05,
    (Lognormal(4, 0.25), 10): 1.1,
}

known = cache(best)


@bench("cadence")
def cadence() -> Iterator[Row]:
    """Delay and 0.16 s for each look, in a time that is moved; "best" is the schedule that knows the law"""
    for law, learned in product((Lognormal(4, 0.5), Lognormal(4, 0.25)), (0, 10, 40)):
        yield from _rows(
            f"{_name(law)}, after {learned}", law, _after(learned, law), MOST.get((law, learned))
        )
    law = Lognormal(4, 0.5)
    seen = Seen.mean([_together(law, 50, seed) for seed in range(FOLDERS)])
    yield from _rows(f"{_name(law)}, 50 at once in a new folder", law, seen, 1.1)
    yield Row("  looks a task", seen.looks, goal=4.5)
    first = [follow_all(HazardCadence(), drawn(Lognormal(30, 0.25), 3, seed)) for seed in range(FOLDERS)]
    yield Row("looks a task, of the first 3 in a new folder that take 30 s", Seen.mean(first).looks, goal=8)
    quiet = _delay(never)
    for name, is_bad in {
        "first look": _first,
        "look that would have seen the end": the_look_that_sees_the_end(),
    }.items():
        yield Row(f"one bad look costs, the {name}", _delay(is_bad) - quiet, "s", goal=1)
    yield from _table()
    yield from _speed()


def _rows(name: str, law: Law, seen: Seen, goal: float | None) -> Iterator[Row]:
    yield Row(f"{name}: delay and looks / best", seen.cost / known(law).cost, goal=goal)
    yield Row("  delay × looks / best", seen.product / known(law).product)
    yield Row("  delay and looks", 0, text=f"{seen.delay:.2f} s, {seen.looks:.2f}")


def _after(learned: int, law: Law, folders: int = FOLDERS) -> Seen:
    """What is to be expected of the next task once so many were looked at, one after the other, in a new folder."""
    every: list[Seen] = []
    for seed in range(folders):
        one = HazardCadence()
        if learned:
            follow_all(one, drawn(law, learned, seed))
        every.append(expected(one, law))
    return Seen.mean(every)


def _together(law: Law, count: int, seed: int) -> Seen:
    service = Service(drawn(law, count, seed))
    look_at_all(HazardCadence(), service, seed=seed)
    return seen_of(service)


def _first(_task: int, look: int, _ended: bool) -> bool:
    return look == 1


def _delay(is_bad: IsBad) -> float:
    law = Lognormal(4, 0.5)
    service = Service(drawn(law, 400), is_bad=is_bad)
    look_at_all(HazardCadence(drawn(law, 40, seed=1)), service, together=False)
    return seen_of(service).delay


def _table() -> Iterator[Row]:
    """All laws: the next task after so many, and 50 at once."""
    yield Row("delay and looks / best, of all laws", 0, text="after 0, 3, 10, 40; 50 at once")
    for law in LAWS:
        ratios = [_after(learned, law, FOLDERS // 4).cost / known(law).cost for learned in (0, 3, 10, 40)]
        ratios.append(Seen.mean([_together(law, 50, seed) for seed in range(3)]).cost / known(law).cost)
        yield Row(f"  {_name(law)}", max(ratios), text="  ".join(f"{ratio:.2f}" for ratio in ratios))


def _name(law: Law) -> str:
    return f"median {law.median:g} s, σ {law.sigma:g}" if isinstance(law, Lognormal) else "30 % from a cache"


def _speed() -> Iterator[Row]:
    law, draw = Lognormal(4, 0.5), Random(0)
    one, running = HazardCadence(drawn(law, 40)), [draw.uniform(0.5, 5) for _ in range(100)]
    yield Row(
        "to know what to do, with 100 running",
        1e6 * _seconds(lambda: one.next_look(1, running)),
        "µs",
        goal=50,
    )

    def news() -> None:
        one.learn(3.0, 3.5)
        one.next_look(1, running)

    yield Row("to learn from an end, with 100 running", 1e3 * _seconds(news), "ms", goal=2)


def _seconds(work: Callable[[], object]) -> float:
    """The least of some runs."""
    taken: list[float] = []
    for _ in range(50):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return min(taken)
