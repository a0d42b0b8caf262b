"""The schedule that others use, to compare ours with."""

from collections.abc import Collection


class FixedCadence:
    """Looks every so many seconds, and learns nothing."""

    usual: float | None = None

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def next_look(self, seen: float, running: Collection[float] = (), lot: float = 0.5) -> float:
        return seen + self.seconds

    def learn(self, seen: float, done: float, running: Collection[float] = ()) -> float | None:
        return done
