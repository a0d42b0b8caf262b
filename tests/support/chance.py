"""Troubles below HTTP that befall exchanges by chance."""

import random
from dataclasses import dataclass, field

from tests.support.fault_proxy import Rule


@dataclass
class Chance(Rule):
    """A rule that strikes this share of what it matches, drawn from a seed."""

    share: float = 0.0
    seed: int = 0
    _draw: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(f"{self.seed}|{self.trouble}|{self.method}|{self.path}")

    def matches(self, method: str, path: str, *, reused: bool) -> bool:
        return super().matches(method, path, reused=reused) and self._draw.random() < self.share
