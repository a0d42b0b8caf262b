"""Studios against a simulator on a port, quick enough to be made by the dozen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qwen_notebook as qn
from qwen_notebook.simulator import TEST_KEY, Assumed, FaultPlan, Simulator, running

QUICK = qn.Patience(usual=0.1, answer=5, look=5, download=5, backoff=0.05, backoff_ceiling=0.2)


def instant_simulator(faults: FaultPlan | None = None, *, seed: int = 1, **assumed: Any) -> Simulator:
    """A service whose tasks end before the first look, with pictures that cost nothing to draw."""
    numbers: dict[str, Any] = {"latency_median": 0, "rate_limit": None} | assumed
    return Simulator(assumed=Assumed(**numbers), faults=faults, picture_pixels="tiny", seed=seed)


@contextmanager
def studio_at(url: str, folder: Path, **settings: Any) -> Iterator[qn.Studio]:
    """A studio that is closed at the end of the block."""
    studio = qn.Studio(folder, **({"api_key": TEST_KEY, "base_url": url, "patience": QUICK} | settings))
    try:
        yield studio
    finally:
        studio.close()


@contextmanager
def studio_and_service(
    folder: Path, faults: FaultPlan | None = None, **settings: Any
) -> Iterator[tuple[qn.Studio, Simulator]]:
    """A studio, and the service that it works with."""
    simulator = instant_simulator(faults)
    with running(simulator) as url, studio_at(url, folder, **settings) as studio:
        yield studio, simulator
