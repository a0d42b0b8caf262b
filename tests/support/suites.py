"""Run all suites of ``make test`` and say what took how long: ``python -m tests.support.suites``.

Each suite is a target of the Makefile and can be run alone. They run one after the other, as each uses both cores of a
small machine, but for the two that use one: these run side by side, and what they print comes when they have ended.
Every suite is run, also after one that failed.
"""

import heapq
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[2]
SIDE_BY_SIDE = ("lint", "front")
ONE_BY_ONE = ("unit", "pay-once", "kernel", "browser", "notebooks", "wheel", "pythons")
SLOWEST = 10


@dataclass(frozen=True)
class Ended:
    """A suite that was run."""

    name: str
    seconds: float
    passed: bool


def main() -> int:
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder)
        with ThreadPoolExecutor(len(SIDE_BY_SIDE)) as lanes:
            ended = list(lanes.map(partial(run, times=times, aside=True), SIDE_BY_SIDE))
        ended += [run(name, times) for name in ONE_BY_ONE]
        slowest = heapq.nlargest(SLOWEST, test_times(times))
    print_summary(ended, slowest, monotonic() - began)
    return 0 if all(suite.passed for suite in ended) else 1


def run(name: str, times: Path, *, aside: bool = False) -> Ended:
    """Make one target, and show what it prints: as it comes, or where another runs beside it, at its end."""
    began = monotonic()
    if not aside:
        print(f"\n=== {name}", flush=True)
    done = subprocess.run(
        ["make", "--no-print-directory", name, f"TIMES={times}"],
        cwd=ROOT,
        stdout=subprocess.PIPE if aside else None,
        stderr=subprocess.STDOUT if aside else None,
        text=True,
        errors="replace",
        check=False,
    )
    if aside:
        print(f"\n=== {name}\n{done.stdout}", end="", flush=True)
    return Ended(name, monotonic() - began, done.returncode == 0)


def test_times(folder: Path) -> Iterator[tuple[float, str]]:
    """Seconds and name of every test, from the JUnit reports that the suites have left in a folder."""
    for report in folder.glob("*.xml"):
        for case in ElementTree.parse(report).iter("testcase"):
            place, name = case.get("classname", ""), case.get("name", "")
            yield float(case.get("time", 0)), f"{place} · {name}"


def print_summary(ended: Sequence[Ended], slowest: Sequence[tuple[float, str]], whole: float) -> None:
    print(f"\n=== The slowest {SLOWEST} tests")
    for seconds, name in slowest:
        print(f"{seconds:7.1f} s  {name}")
    print("\n=== The suites")
    for suite in ended:
        print(f"{suite.seconds:7.0f} s  {suite.name}{'' if suite.passed else ': FAILED'}")
    print(f"{whole:7.0f} s  from first to last", flush=True)


if __name__ == "__main__":
    sys.exit(main())
