"""What the service was seen to take, kept in the folder: so that the next kernel does not find it out anew."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any, cast

from qwen_notebook.files import make_folder, write_whole
from qwen_notebook.studio.congestion import Refused

_NAME = "limits.json"
_LONGEST = 1 << 16
"""Bytes of the file that are read: ours has a few hundred."""
_MOST_ACCOUNTS = 8
_KEPT_SECONDS = 7 * 86_400.0
"""After this a service may well take more than it did, or less."""


class RememberedLimits:
    """Where the service refused more, of one account in one folder.

    What cannot be read, or written, is not known, and found out anew: it costs a few refusals.

    Parameters
    ----------
    folder
        The studio's.
    account
        What tells the account from every other and does not tell its key; None for none.
    """

    def __init__(self, folder: Path, account: str | None) -> None:
        self._path = folder / "ledger" / _NAME
        self._account = hashlib.sha256((account or "").encode()).hexdigest()[:16]
        self._kept = Refused()

    def load(self) -> Refused:
        """What was kept last, unless that was long ago."""
        said = self._read().get(self._account)
        if not isinstance(said, dict):
            return Refused()
        known = cast("dict[str, Any]", said)
        if not abs(time() - (_number(known.get("at")) or 0.0)) < _KEPT_SECONDS:
            return Refused()
        rate, tasks = _number(known.get("rate")), _number(known.get("tasks"))
        self._kept = Refused(rate, None if tasks is None else max(1, int(tasks)))
        return self._kept

    def keep(self, refused: Refused) -> None:
        """Write down where it was refused, unless that stands there already."""
        if refused == self._kept:
            return
        self._kept = refused
        said = {"rate": refused.rate, "tasks": refused.tasks, "at": round(time())}
        others = sorted(
            (other for other in self._read().items() if other[0] != self._account), key=_age, reverse=True
        )
        known = {self._account: said, **dict(others[: _MOST_ACCOUNTS - 1])}
        with suppress(OSError):
            make_folder(self._path.parent)
            write_whole(self._path, json.dumps(known).encode())

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, RecursionError), self._path.open("rb") as file:
            known: object = json.loads(file.read(_LONGEST))
            if isinstance(known, dict):
                return cast("dict[str, Any]", known)
        return {}


def _age(known: tuple[str, Any]) -> float:
    said: Any = known[1]
    return (_number(cast("dict[str, Any]", said).get("at")) or 0.0) if isinstance(said, dict) else 0.0


def _number(value: object) -> float | None:
    """A number above zero, as a file may hold anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        return None
    return float(value)
