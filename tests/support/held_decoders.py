"""Decoders in a test's hand: while they are held, what arrives has to wait."""

import threading
from typing import Any

import pytest

from qwen_notebook.studio import fetching
from qwen_notebook.studio.arrival import Arrival
from qwen_notebook.studio.storage import Storage

_WAIT_SECONDS = 60.0


class HeldDecoders:
    """Holds every decoder, and counts in `asides` how often a file was put on disk, and how often it was not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.asides: dict[bool, int] = {True: 0, False: 0}
        self._changed = threading.Condition()
        save, put_aside = fetching.save_arrival, Arrival.put_aside

        def held(*arguments: Any) -> Any:
            assert self.go_on.wait(_WAIT_SECONDS)
            return save(*arguments)

        def counted(arrival: Arrival, store: Storage) -> bool:
            done = put_aside(arrival, store)
            with self._changed:
                self.asides[done] += 1
                self._changed.notify_all()
            return done

        monkeypatch.setattr(fetching, "save_arrival", held)
        monkeypatch.setattr(Arrival, "put_aside", counted)

    def wait_aside(self, count: int, *, done: bool) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.asides[done] >= count, _WAIT_SECONDS), self.asides
