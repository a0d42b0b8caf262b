"""Run all suites of ``make test`` and say what took how long: ``python -m tests.support.suites``.

Each suite is a target of the Makefile and can be run alone. They run one after the other, as each uses both cores of a
small machine, but for the two that use one: these run side by side. What a suite prints comes when it has ended. Every
suite is run, also after one that failed.
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
SUITES = (
    ("lint", "front"),
    ("unit",),
    ("pay-once",),
    ("kernel",),
    ("browser",),
    ("notebooks",),
    ("wheel",),
    ("pythons",),
)
"""What runs after one another; what stands together, at the same time."""
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
        with ThreadPoolExecutor(2) as lanes:
            run_here = partial(run, times=Path(folder))
            ended = [one for names in SUITES for one in lanes.map(run_here, names)]
        slowest = heapq.nlargest(SLOWEST, test_times(Path(folder)))
    print_summary(ended, slowest, monotonic() - began)
    return 0 if all(suite.passed for suite in ended) else 1


def run(name: str, times: Path) -> Ended:
    """Make one target."""
    began = monotonic()
    done = subprocess.run(
        ["make", "--no-print-directory", name, f"TIMES={times}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
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
