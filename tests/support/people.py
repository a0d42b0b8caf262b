"""What people hand to us to be called, and threads that have to come to their end."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from tests.support.stage import WAIT_SECONDS

CALLBACKS = "qwen-notebook-callbacks"


class Sleeper:
    """A function that sleeps, from its first call on, until it is woken.

    Attributes: `asleep`, set once it sleeps; `calls`, how often it was called.
    """

    def __init__(self) -> None:
        self.asleep = threading.Event()
        self.calls = 0
        self._woken = threading.Event()

    def __call__(self, *_: object) -> None:
        self.calls += 1
        self.asleep.set()
        assert self._woken.wait(WAIT_SECONDS)

    def wake(self) -> None:
        self._woken.set()


class Recorder:
    """A function that takes down what it is called with, and on which thread."""

    def __init__(self, of: Callable[[Any], Any]) -> None:
        self._of = of
        self._calls: SimpleQueue[tuple[Any, str]] = SimpleQueue()

    def __call__(self, given: Any) -> None:
        self._calls.put((self._of(given), threading.current_thread().name))

    def next(self) -> tuple[Any, str]:
        return self._calls.get(timeout=WAIT_SECONDS)

    def until(self, wanted: Callable[[Any], bool]) -> list[tuple[Any, str]]:
        """All calls up to one that is as wanted."""
        calls = [self.next()]
        while not wanted(calls[-1][0]):
            calls.append(self.next())
        return calls

    @property
    def silent(self) -> bool:
        return self._calls.empty()


def at_once(*works: Callable[[], object]) -> None:
    """Do several things at the same time, each on a thread, and see to it that all come to their end."""
    begin = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        begin.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    assert not [thread for thread in threads if thread.is_alive()], "They wait for each other."
    if errors:
        raise errors[0]
