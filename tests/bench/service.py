"""The service of a bench, in a process of its own: ``python -m tests.bench.service '{"latency_median": 1}'``.

Its pictures are tiny; with `file`, the path of a PNG, each is that file, with the id of its task in a text chunk.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from time import sleep
from typing import Any

from qwen_notebook.simulator import Assumed, Simulator, running
from tests.support.one_file import OneFile


@contextmanager
def service(**settings: Any) -> Iterator[str]:
    """Run the service until the block ends; `settings` are the assumed numbers, the seed, and maybe a file."""
    with Popen(
        [sys.executable, "-m", "tests.bench.service", json.dumps(settings)], stdout=PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main(settings: dict[str, Any]) -> None:
    seed, file = settings.pop("seed"), settings.pop("file", None)
    simulator = Simulator(assumed=Assumed(**settings), keys=None, picture_pixels="tiny", seed=seed)
    if file is not None:
        simulator.gallery = OneFile(simulator.books, Path(file))
    with running(simulator) as url:
        print(url, flush=True)
        while True:
            sleep(3600)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
