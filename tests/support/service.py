"""The simulated service on a port, whose time a test may hold."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from qwen_notebook.simulator import Assumed, FaultPlan, Simulator, running

KEY = "rk_test_hunted_for_everywhere_5f3a9c"
"""The key of these tests. It must never be found in anything that they leave behind."""
LATENCY_SECONDS = 0.3


@dataclass
class Clock:
    """The service's clock: it runs with ours, until it is held and then moved by hand."""

    ahead: float = 0.0
    held_at: float | None = None

    def __call__(self) -> float:
        return (time.time() if self.held_at is None else self.held_at) + self.ahead

    def hold(self) -> None:
        """Stand still: no task ends until `release`."""
        self.held_at = time.time()

    def release(self) -> None:
        """End every task that was begun, and run on."""
        self.held_at = None
        self.ahead += 60.0


@dataclass
class Service:
    simulator: Simulator
    url: str
    clock: Clock
    _bought_before: int = 0

    def start_anew(self) -> None:
        """Run on without faults, and count from here."""
        self.simulator.faults.switch_off()
        self.clock.release()
        self._bought_before = len(self.simulator.books.tasks)

    @property
    def environment(self) -> dict[str, str]:
        """What a person sets to use it."""
        return {"REAPI_API_KEY": KEY, "REAPI_BASE_URL": self.url}

    @property
    def bought(self) -> int:
        """Tasks that a test began, paid for or refunded."""
        return len(self.simulator.books.tasks) - self._bought_before


@contextmanager
def service(faults: FaultPlan | None = None) -> Iterator[Service]:
    """Run the service until the block ends, with pictures that cost nothing to draw."""
    clock = Clock()
    simulator = Simulator(
        assumed=Assumed(latency_median=LATENCY_SECONDS, latency_sigma=0.01, rate_limit=None),
        keys=(KEY,),
        faults=faults,
        clock=clock,
        picture_pixels="tiny",
        seed=1,
    )
    with running(simulator) as url:
        yield Service(simulator, url, clock)
