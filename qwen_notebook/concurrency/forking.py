"""What is to be put right when the process is forked.

A forked child has one thread, the one that forked. Whatever the others held or were about to do stays as it was at that
moment: locks that nobody will release, work that nobody will end, and modules that nobody will finish importing.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from threading import get_ident
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet, WeakValueDictionary

from qwen_notebook.errors import Charge, QwenError

if TYPE_CHECKING:
    from concurrent.futures import Future

WAIT_SECONDS = 3.0
"""How long a fork waits, at most, for imports on other threads."""
_POLL_SECONDS = 0.005
_ROOTS = sys.stdlib_module_names | {
    "PIL",
    "annotated_types",
    "anyio",
    "anywidget",
    "certifi",
    "comm",
    "h11",
    "httpcore",
    "httpx",
    "idna",
    "ipywidgets",
    "nest_asyncio",
    "psygnal",
    "pydantic",
    "pydantic_core",
    "qwen_notebook",
    "sniffio",
    "starlette",
    "traitlets",
    "typing_extensions",
    "typing_inspection",
}
"""The packages that are imported on the way to a picture, many of them only when they are needed."""


class ForkAware(Protocol):
    """Something that holds what does not survive a fork."""

    def after_fork_in_child(self) -> None:
        """Drop and replace what belonged to threads that do not exist here.

        It must not wait, take an old lock or call anybody else's code.
        """


class _NeverImported:
    """Stands in the import system for the lock of a module whose import can never end here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> "_NeverImported":
        """Answer as the weak reference does in whose place it stands."""
        return self

    def acquire(self) -> None:
        """Raise, where the lock itself would be waited for without end."""
        # Not an ImportError: many packages take that to mean that a module is not installed, and go on without it.
        raise _refusal([self.name], Charge.FREE)


_aware: WeakValueDictionary[int, ForkAware] = WeakValueDictionary()
_numbers = count()
_generation = 0
_never_imported: list[str] = []
_waited_for_in_vain: WeakSet[Any] = WeakSet()


def on_fork_in_child(thing: ForkAware) -> None:
    """Have something put itself right in every child that is forked from now on.

    Parameters
    ----------
    thing
        Its ``after_fork_in_child()`` is called in the child, after those of the things that were registered before it.
        Only a weak reference is kept.
    """
    _aware[next(_numbers)] = thing


def generation() -> int:
    """How many forks lie between the process that imported this module and this one.

    Returns
    -------
    int
        A number that is another one in a forked child, also where process ids repeat.
    """
    return _generation


def end_in_child(future: "Future[Any]") -> None:
    """End a future that waits for a thread which is not in this child.

    Parameters
    ----------
    future
        Its result is a RuntimeError from now on. Its callbacks are not called: that is for the parent to do.
    """
    future.__init__()  # with a new lock: another thread may have held the old one
    future.set_exception(
        RuntimeError(
            "This was under way in another thread when the process was forked; it ends in the parent."
        )
    )


def refuse_if_broken_fork() -> None:
    """Raise in a process in which nothing may be bought, because it was forked in the middle of an import.

    Raises
    ------
    QwenError
        If a thread of the parent was importing something that is needed on the way to a picture.
    """
    if _never_imported:
        raise _refusal(_never_imported, Charge.NOTHING)


def _wait_for_imports() -> None:
    """Let the imports of other threads end, so that they are whole in the child."""
    until = monotonic() + WAIT_SECONDS
    while under_way := [lock for lock in _held_by_others().values() if lock not in _waited_for_in_vain]:
        if monotonic() >= until:
            # Else a program that forks often would wait each time.
            _waited_for_in_vain.update(under_way)
            return
        sleep(_POLL_SECONDS)


def _put_right_in_child() -> None:
    global _generation  # noqa: PLW0603
    _generation += 1
    for name in _held_by_others(in_child=True):
        # An import would wait for a thread that does not exist here: from now on it says so instead.
        _module_locks()[name] = _NeverImported(name)
        _never_imported.append(name)
    errors: list[Exception] = []
    for thing in list(_aware.values()):
        try:
            thing.after_fork_in_child()
        except Exception as error:  # the others are put right all the same
            errors.append(error)
    if errors:
        raise ExceptionGroup("Not everything could be put right after the fork.", errors)


def _held_by_others(*, in_child: bool = False) -> dict[str, Any]:
    """The locks of the modules that other threads are importing, of those that we need."""
    me = get_ident()
    held: dict[str, Any] = {}
    for name, reference in list(_module_locks().items()):
        if name.partition(".")[0] in _ROOTS and (lock := reference()) is not None:
            owner = getattr(lock, "owner", None)
            if owner not in (None, me) or (in_child and _is_changing(lock)):
                held[name] = lock
    return held


def _is_changing(lock: Any) -> bool:
    """Whether a thread that does not exist here was just about to take or release the lock of a module."""
    inner = getattr(lock, "lock", None)
    if inner is None:
        return False
    if inner.acquire(False):
        inner.release()
        return False
    return True


def _module_locks() -> dict[str, Callable[[], Any]]:
    """The import system's own: weak references to locks by names of modules. Empty where it has no such thing."""
    return getattr(sys.modules.get("_frozen_importlib"), "_module_locks", {})


def _refusal(modules: list[str], charge: Charge) -> QwenError:
    return QwenError(
        f"This process was forked while another thread was importing {', '.join(modules)}, and that import cannot "
        "end here.",
        "Import qwen_notebook and open the studio before the process is forked, or start processes with the method "
        '"spawn".',
        charge=charge,
    )


if hasattr(os, "register_at_fork"):
    # Logging takes its lock before a fork, and what is registered first is called last there. Imports need that lock,
    # so it must be free while they are waited for.
    import_module("logging")
    os.register_at_fork(before=_wait_for_imports, after_in_child=_put_right_in_child)
