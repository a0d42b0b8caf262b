"""Goldens: what an earlier version wrote or sent, kept in ``tests/goldens`` so that later ones stay with it."""

import json
from pathlib import Path
from typing import Any

GOLDENS = Path(__file__).parents[1] / "goldens"


def golden(name: str) -> Any:
    """The content of a JSON golden."""
    return json.loads((GOLDENS / name).read_text(encoding="utf-8"))


def differences(kept: Any, found: Any, *, more: bool = False, at: str = "") -> list[str]:
    """Where something differs from its golden, a line for each place.

    `more` allows names that the golden does not have: what a later version adds.
    """
    if isinstance(kept, dict) and isinstance(found, dict):
        lines: list[str] = []
        for name in kept | found:
            place = f"{at}.{name}" if at else str(name)
            if name not in kept:
                lines += [] if more else [f"{place}: not in the golden, now {found[name]!r}"]
            elif name not in found:
                lines.append(f"{place}: {kept[name]!r} in the golden, now missing")
            else:
                lines += differences(kept[name], found[name], more=more, at=place)
        return lines
    if isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        return [
            line
            for number, (one, other) in enumerate(zip(kept, found, strict=True))
            for line in differences(one, other, more=more, at=f"{at}[{number}]")
        ]
    return [] if kept == found else [f"{at}: {kept!r} in the golden, now {found!r}"]


def assert_golden(name: str, kept: Any, found: Any, *, more: bool = False) -> None:
    """Fail with every place that differs, and with where the golden lies."""
    lines = differences(kept, found, more=more)
    assert not lines, f"Not as in tests/goldens/{name}:\n  " + "\n  ".join(lines)
