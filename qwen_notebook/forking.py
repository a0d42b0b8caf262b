"""Stand-in until merged."""

import os
from typing import Any
from weakref import WeakSet

_aware: "WeakSet[Any]" = WeakSet()


def on_fork_in_child(obj: Any) -> None:
    _aware.add(obj)


def _after() -> None:
    for obj in list(_aware):
        obj.after_fork_in_child()


def refuse_if_broken_fork() -> None:
    pass


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after)
