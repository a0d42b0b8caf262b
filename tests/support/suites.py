"""Run all suites of ``make test``, two at a time, and say what took how long: ``python -m tests.support.suites``.

Each suite is a target of the Makefile and can be run alone. Two lanes run beside each other: much of what the second
lane does is waiting for kernels, pages and servers, which leaves the processors to the first. What a suite prints comes
in one piece when it has ended, and every suite is run, also after one that failed.
"""

import heapq
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic

ROOT = Path(__file__).parents[2]
LANES = (
    ("unit", "pay-once", "pythons"),
    ("lint", "browser", "front", "kernel", "notebooks", "wheel"),
)
SLOWEST = 10


@dataclass(frozen=True)
class Ended:
    """A suite that was run."""

    name: str
    seconds: float
    passed: bool


def main() -> int:
    began, one_at_a_time = monotonic(), Lock()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(LANES)) as lanes:

        def run_lane(names: Sequence[str]) -> list[Ended]:
            return [run(name, Path(folder), one_at_a_time) for name in names]

        ended = [suite for lane in lanes.map(run_lane, LANES) for suite in lane]
        slowest = heapq.nlargest(SLOWEST, test_times(Path(folder)))
    print_summary(ended, slowest, monotonic() - began)
    return 0 if all(suite.passed for suite in ended) else 1


def run(name: str, times: Path, one_at_a_time: Lock) -> Ended:
    """Make one target, and print what it said once it has ended."""
    began = monotonic()
    done = subprocess.run(
        ["make", "--no-print-directory", name, f"TIMES={times}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    suite = Ended(name, monotonic() - began, done.returncode == 0)
    with one_at_a_time:
        print(f"\n=== {name}: {suite.seconds:.0f} s{'' if suite.passed else ', FAILED'}", flush=True)
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
    return suite


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
    print(f"{whole:7.0f} s  from first to last, two at a time", flush=True)


if __name__ == "__main__":
    sys.exit(main())
