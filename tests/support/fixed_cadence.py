"""The schedule that others use, to compare ours with."""


class FixedCadence:
    """Looks every so many seconds, and learns nothing."""

    usual: float | None = None

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def wait(self, running: float) -> float:
        return self.seconds

    def learn(self, seen_running: float, seen_done: float) -> None:
        pass
