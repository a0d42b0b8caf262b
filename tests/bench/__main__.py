"""``python -m tests.bench [name …]``: all figures, or some."""

import importlib
import os
import pkgutil
import sys
import traceback

from tests import bench
from tests.bench.registry import BENCHES, Row


def main(names: list[str]) -> int:
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name.startswith("bench_"):
            importlib.import_module(f"tests.bench.{module.name}")
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"There is no bench {unknown[0]!r}: choose from {', '.join(BENCHES)}.")
        return 2
    if hasattr(os, "getloadavg"):
        print(
            f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: above 0.5 the absolute figures are others' too"
        )
    failed = False
    for name in names or BENCHES:
        print(f"\n{name}: {(BENCHES[name].__doc__ or '').strip().splitlines()[0]}", flush=True)
        try:
            for row in BENCHES[name]():
                print_row(row)
        except Exception:
            traceback.print_exc()
            failed = True
    return 1 if failed else 0


def print_row(row: Row) -> None:
    print(f"  {row.name:<66} {row.shown:>14}  {row.verdict}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
