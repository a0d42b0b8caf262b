"""What a restarted simulator still knows: a file of JSON lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class StateFile:
    """An append-only file of events.

    Parameters
    ----------
    path
        Where it lies; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the events, oldest first."""
        if self._path is None or not self._path.exists():
            return
        text = self._path.read_text(encoding="utf-8")
        whole, _, torn = text.rpartition("\n")
        if torn:
            # The process was killed while it wrote: what was not whole on disk was not answered either.
            self._path.write_text(whole and whole + "\n", encoding="utf-8")
        for line in whole.splitlines():
            yield json.loads(line)

    def append(self, event: dict[str, Any]) -> None:
        """Write one event, so that it outlives the process.

        Parameters
        ----------
        event
            Anything that JSON can hold.
        """
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(event) + "\n")
