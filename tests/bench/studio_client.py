"""The studio as a client of a load."""

import math
import os
import random
from collections.abc import Callable
from time import time
from typing import Any

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.studio.cadence import HazardCadence
from qwen_notebook.studio.studio import core_of
from tests.bench.load import KEY, WARM_KEY, Load, Times, Watch

PATIENCE_SECONDS = 600.0


def in_a_new_folder(url: str, folder: str, load: Load, watch: Watch) -> list[Times]:
    return _make_images(url, folder, load, watch, lambda: None)


def in_a_folder_that_knows(url: str, folder: str, load: Load, watch: Watch) -> list[Times]:
    """Where forty tasks were seen before."""
    draw = random.Random(load.jobs)
    middle, sigma = math.log(load.assumed["latency_median"]), load.assumed["latency_sigma"]
    return _make_images(
        url, folder, load, watch, lambda: HazardCadence(draw.lognormvariate(middle, sigma) for _ in range(40))
    )


def _make_images(url: str, folder: str, load: Load, watch: Watch, cadence: Callable[[], Any]) -> list[Times]:
    # Another account for the job that loads all modules, so that it takes nothing from the rate.
    warm = qn.Studio(f"{folder}/warm", api_key=WARM_KEY, base_url=url)
    warm.generate("warm up", seed=1)
    warm.close()
    studio = qn.Studio(f"{folder}/posters", api_key=KEY, base_url=url, **load.settings)
    if (own := cadence()) is not None:
        core_of(studio).scheduler._cadence = own
    watch.start()
    seen: dict[str, float] = {}

    def note(job: qn.Job) -> None:
        if job.status is State.DOWNLOADING:
            seen.setdefault(job.id, time())

    core_of(studio).follow(note)
    jobs = [studio.submit(f"job {number} of {os.getpid()}", seed=number) for number in range(load.jobs)]
    for job in jobs:
        job.result(PATIENCE_SECONDS)
    records = [job.record for job in jobs]
    studio.close()
    return [Times(str(record.task_id), seen[record.id], record.saved or 0) for record in records]
