"""Letting the caller's own event loop turn while a call blocks on it, with nothing left behind.

nest-asyncio as it comes changes asyncio for the whole process and for good: `asyncio.run`, `asyncio.Task`, the policy,
and the class of the loop, which other threads use too. Its one part that is needed is the loop that can be run while
it runs. So that is given to this one loop, as a class of its own, for as long as the outermost nested call lasts.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

T = TypeVar("T")
_OF_THE_LOOP = "_num_runs_pending"
"""What nest-asyncio counts in the loop itself."""


def nestable_loop() -> asyncio.BaseEventLoop | None:
    """The caller's running loop, if nest-asyncio is sound on it; else None.

    It is unsound on ipykernel 7.1 and later (shell messages are dropped during a nested call), on CPython 3.14 and
    later (nested timeouts silently fail), on uvloop (not patchable), and where there are no threads (Pyodide).
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    sound = (
        isinstance(loop, asyncio.BaseEventLoop)
        and sys.version_info < (3, 14)
        and sys.platform != "emscripten"
        and not _in_recent_kernel()
        and (_is_nested(loop) or _patch() is not None)
    )
    return loop if sound and isinstance(loop, asyncio.BaseEventLoop) else None


def run_nested(loop: asyncio.BaseEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the caller's running loop until it is done; the loop's other tasks go on meanwhile.

    Parameters
    ----------
    loop
        As `nestable_loop` gave it, on the thread that it runs on.
    work
        What to wait for.
    """
    with _nested(loop), _filled_up(loop):
        return loop.run_until_complete(work)


@contextmanager
def _nested(loop: asyncio.BaseEventLoop) -> Generator[None]:
    if _is_nested(
        loop
    ):  # by an outer call of ours, or by somebody who applied nest-asyncio: that stays as it is
        yield
        return
    patch, before = _patch(), loop.__class__
    assert patch is not None
    own = vars(loop)
    kept = own.get(_OF_THE_LOOP)
    loop.__class__ = type(before.__name__, (before,), {"__module__": before.__module__})
    try:
        patch(loop)
        yield
    finally:
        loop.__class__ = before
        own.pop(_OF_THE_LOOP, None)
        if kept is not None:
            own[_OF_THE_LOOP] = kept


@contextmanager
def _filled_up(loop: asyncio.BaseEventLoop) -> Generator[None]:
    """Leave as many calls waiting as there were: the outer turn of the loop has counted them, and takes so many."""
    ready = cast("Any", loop)._ready
    counted = len(ready)
    try:
        yield
    finally:
        while len(ready) < counted:
            loop.call_soon(_nothing)


def _nothing() -> None: ...


def _is_nested(loop: asyncio.AbstractEventLoop) -> bool:
    return hasattr(loop, "_nest_patched")


def _patch() -> Callable[[asyncio.BaseEventLoop], None] | None:
    """The part of nest-asyncio that makes one class of loops able to be nested; None where there is none."""
    try:
        import nest_asyncio  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        return None
    return getattr(nest_asyncio, "_patch_loop", None)


def _in_recent_kernel() -> bool:
    ipykernel = sys.modules.get("ipykernel")
    if ipykernel is None or "ipykernel.kernelapp" not in sys.modules:
        return False
    major, minor, *_ = getattr(ipykernel, "version_info", (7, 1))
    return (major, minor) >= (7, 1)
