"""Many images at once against the service on a port, by one client or another, each in a process of its own."""

import json
import logging
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import mean, median
from time import process_time, time
from typing import Any

from tests.bench.client_process import told_by
from tests.bench.memory import peak_megabytes
from tests.bench.service import service

KEY, WARM_KEY = "rk_test_bench", "rk_test_warm"


@dataclass(frozen=True)
class Load:
    """So many images at once, and the service: `assumed` are its numbers, `file` is the picture that it makes."""

    jobs: int
    assumed: dict[str, Any]
    file: str | None = None
    settings: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Times:
    """Of one job, in Unix seconds: when its end was seen, and when its picture was in hand."""

    task_id: str
    seen: float
    in_hand: float


class Watch:
    """Begins to count when a client has done what it does only once, such as to load its modules."""

    def start(self) -> None:
        self.began, self.busy = time(), process_time()
        self.peak = peak_megabytes()


Client = Callable[[str, str, Load, Watch], list[Times]]
"""Makes all images of a load: at a URL, in a folder."""


def play(client: str, load: Load, seed: int) -> dict[str, float]:
    """What came of a load, by a client that is named; see `measured`."""
    return play_again(client, load, seed, times=1)[0]


def play_again(client: str, load: Load, seed: int, *, times: int = 2) -> list[dict[str, float]]:
    """What came of it each time, one after the other in the same folder."""
    with (
        tempfile.TemporaryDirectory() as folder,
        service(seed=seed, file=load.file, **load.assumed) as url,
    ):
        arguments = client, url, folder, json.dumps(asdict(load))
        return [told_by("tests.bench.load", *arguments) for _ in range(times)]


def measured(client: Client, url: str, folder: str, load: Load) -> dict[str, float]:
    """Make all images, and compare with the books of the service."""
    refusals = Refusals()
    logging.getLogger("httpx").addHandler(refusals)
    logging.getLogger("httpx").setLevel(logging.INFO)
    watch = Watch()
    all_times = client(url, folder, load, watch)
    wall, busy = time() - watch.began, process_time() - watch.busy
    peak = peak_megabytes()
    books = books_of(url)
    tasks = {task["id"]: task for task in books["tasks"]}
    own = [(times, tasks[times.task_id]) for times in all_times]
    calls = sum(task["polls"] for _, task in own) + load.jobs + refusals.count
    return {
        "ratio": wall / max(task["ready"] - task["created"] for _, task in own),
        "looks": mean(task["polls"] for _, task in own),
        "delay": mean(times.seen - task["ready"] for times, task in own),
        "in_hand": median(times.in_hand - task["ready"] for times, task in own),
        "cpu": busy / load.jobs * 1000,
        "wall": wall,
        "calls": calls,
        "refused": refusals.count / calls,
        "peak": peak,
        "grown": peak - watch.peak,
    }


class Refusals:
    """A handler of httpx's log that counts the answers 429."""

    level = 0

    def __init__(self) -> None:
        self.count = 0

    def handle(self, record: logging.LogRecord) -> None:
        self.count += " 429 " in record.getMessage()


def books_of(url: str) -> dict[str, Any]:
    """What the service knows, as it tells it."""
    with urllib.request.urlopen(f"{url}/_simulator/books") as answer:
        return json.load(answer)


def main(name: str, url: str, folder: str, load: str) -> None:
    from tests.bench import seed_loop, studio_client

    clients: dict[str, Client] = {
        "new": studio_client.in_a_new_folder,
        "learned": studio_client.in_a_folder_that_knows,
        "seed": seed_loop.make_images,
    }
    print(json.dumps(measured(clients[name], url, folder, Load(**json.loads(load)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
