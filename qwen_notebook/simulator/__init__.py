"""The service in-process or on a port, with books, faults and a painter; no key and no network needed."""

from .assumed import Assumed
from .books import Books, Task
from .faults import Fault, FaultPlan, Rule
from .serve import running, serve
from .service import TEST_KEY, Simulator

__all__ = [
    "TEST_KEY",
    "Assumed",
    "Books",
    "Fault",
    "FaultPlan",
    "Rule",
    "Simulator",
    "Task",
    "running",
    "serve",
]
