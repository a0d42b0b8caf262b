"""What a bench is: a function that returns rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `value` is shown as `text`, or as a number with `unit`; with a `goal` it says too whether the value is at most that.
    """

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    text: str = ""

    @property
    def shown(self) -> str:
        return self.text or f"{self.value:.2f}{self.unit and ' '}{self.unit}"

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        goal = f"≤ {self.goal:g}{self.unit and ' '}{self.unit}"
        return f"{goal}  {'met' if self.value <= self.goal else 'MISSED'}"


Bench = Callable[[], Iterable[Row]]
BENCHES: dict[str, Bench] = {}


def bench(name: str) -> Callable[[Bench], Bench]:
    """Put a function into the table, under a name that the command line takes."""

    def register(function: Bench) -> Bench:
        BENCHES[name] = function
        return function

    return register
