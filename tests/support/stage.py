"""Where a test plays a fault: the simulator on a port, a proxy before it, and one studio in a folder of its own."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import qwen_notebook as qn
from qwen_notebook.simulator import TEST_KEY, Assumed, FaultPlan, Rule, Simulator, running
from qwen_notebook.studio.studio import core_of
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.gate import CircuitBreaker
from tests.support.ports import port_to_keep
from tests.support.service import Clock

PRICE = 31
WAIT_SECONDS = 120.0
"""How long a test waits for what it expects, before it says that it did not come."""


def quick(**changes: Any) -> qn.Patience:
    """Patience for a service on this machine: tries follow each other at once, answers may take their time."""
    usual = {"usual": 0.1, "backoff": 0.05, "backoff_ceiling": 0.2, "balance": WAIT_SECONDS}
    return qn.Patience(**(usual | changes))


class Stage:
    """One service, with its books in this process, and one folder.

    Attributes: `simulator`; `gate`; `proxy`; `clock`; `folder`; `settings`, the simulator's own from the next start on.
    """

    def __init__(
        self,
        folder: Path,
        faults: dict[str, Rule] | None = None,
        settings: dict[str, Any] | None = None,
        **assumed: Any,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder / "studio"
        self.clock = Clock()
        self.settings = settings or {}
        self._faults = faults or {}
        self._assumed = Assumed(**({"latency_median": 0.0, "rate_limit": None} | assumed))
        self._state_path = folder / "service.books"
        self._service = ExitStack()
        self._rest = ExitStack()

    def __enter__(self) -> Self:
        self._port = self._rest.enter_context(port_to_keep())
        self._start_service()
        self.proxy: FaultProxy = self._rest.enter_context(fault_proxy(self.url))
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.let_go()
        self._rest.close()
        self._service.close()

    def _start_service(self) -> None:
        defaults = {
            "assumed": self._assumed,
            "picture_pixels": "tiny",
            "state_path": self._state_path,
            "seed": 1,
        }
        self.simulator = Simulator(
            faults=FaultPlan(1, self._faults), clock=self.clock, **(defaults | self.settings)
        )
        self.gate = CircuitBreaker(self.simulator)
        self.url = self._service.enter_context(running(self.simulator, self._port))

    def restart(self) -> None:
        """Stop the service, and start another on the same port and the same books."""
        self._service.close()
        self._start_service()

    def open(self, **settings: Any) -> qn.Studio:
        """Open the folder, behind the proxy; it is closed with the stage."""
        defaults = {"api_key": TEST_KEY, "base_url": self.proxy.url, "patience": quick(), "rate": 500.0}
        studio = qn.Studio(self.folder, **(defaults | settings))
        self._rest.callback(studio.close)
        return studio

    @property
    def tasks(self) -> int:
        """Tasks that the service began: each was charged."""
        return len(self.simulator.books.tasks)

    @property
    def balance(self) -> int:
        """Credits that the account began with."""
        return self._assumed.starting_balance

    @property
    def images(self) -> int:
        """Picture files in the folder."""
        return sum(file.suffix in (".png", ".jpg") for file in (self.folder / "images").glob("*"))


def reaches(studio: qn.Studio, wanted: Callable[[qn.Job], bool]) -> threading.Event:
    """An event that is set once any job of the studio is as wanted."""
    event = threading.Event()

    def look(job: qn.Job) -> None:
        if wanted(job):
            event.set()

    core_of(studio).follow(look)
    for job in studio.jobs:
        look(job)
    return event


def wait_for(event: threading.Event, what: str) -> None:
    assert event.wait(WAIT_SECONDS), f"It never came to this: {what}."
