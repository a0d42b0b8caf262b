"""The service of a bench, in a process of its own: ``python -m tests.bench.service '{"latency_median": 1}'``."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from time import sleep
from typing import Any

from qwen_notebook.simulator import Assumed, Simulator, running


@contextmanager
def service(**settings: Any) -> Iterator[str]:
    """Run the service until the block ends; `settings` are the assumed numbers, and the seed."""
    with Popen(
        [sys.executable, "-m", "tests.bench.service", json.dumps(settings)], stdout=PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main(settings: dict[str, Any]) -> None:
    seed, pixels = settings.pop("seed"), settings.pop("pixels", "tiny")
    simulator = Simulator(assumed=Assumed(**settings), keys=None, picture_pixels=pixels, seed=seed)
    with running(simulator) as url:
        print(url, flush=True)
        while True:
            sleep(3600)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
