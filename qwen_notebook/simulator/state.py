"""What a restarted simulator still knows: a file of JSON lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .event_log import read_event


class StateFile:
    """An append-only file of events.

    A line that a killed process left torn is skipped: what was not whole on disk was not answered either. So is one
    that makes no sense: the folder that it lies in may come from somebody else.

    Parameters
    ----------
    path
        Where it lies; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._is_torn = False

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the events, oldest first."""
        if self._path is None or not self._path.is_file():
            return
        try:
            content = self._path.read_bytes()
        except OSError:
            return
        self._is_torn = bool(content) and not content.endswith(b"\n")
        for line in content.splitlines():
            try:
                yield read_event(line)
            except ValueError:
                continue

    def append(self, event: dict[str, Any]) -> None:
        """Write one event, so that it outlives the process.

        Parameters
        ----------
        event
            Anything that JSON can hold.
        """
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("\n" if self._is_torn else "") + json.dumps(event) + "\n")
        self._is_torn = False
