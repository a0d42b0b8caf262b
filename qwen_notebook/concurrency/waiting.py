"""Waiting for the worker from anywhere: a cell, a script, another event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from qwen_notebook.concurrency.nested_loop import nestable_loop, run_nested

T = TypeVar("T")
SLICE_SECONDS = 0.1
HEARTBEAT_SECONDS = 0.2


def wait_here(future: "Future[T]", timeout: float | None, tick: Callable[[], None]) -> T:
    """Block the calling thread until the future is done.

    Waits in slices, so that an interrupt acts at once, and calls `tick` after each. Where the caller's own event
    loop may soundly be nested, it goes on turning meanwhile.

    Raises
    ------
    TimeoutError
        If it takes longer than `timeout` seconds.
    """
    loop = nestable_loop()
    if loop is not None:
        return run_nested(loop, wait_beating(future, timeout, tick))
    until = None if timeout is None else monotonic() + timeout
    while True:
        pause = SLICE_SECONDS if until is None else min(SLICE_SECONDS, max(0.0, until - monotonic()))
        try:
            return future.result(pause)
        except FutureTimeout:
            if future.done():
                return future.result()
            tick()
            if until is not None and monotonic() >= until:
                raise


def wait_briefly(future: "Future[T]") -> T:
    """Block the calling thread until something short is done, in slices, so that an interrupt acts at once."""
    while True:
        try:
            return future.result(SLICE_SECONDS)
        except FutureTimeout:
            if future.done():
                return future.result()


async def wait_beating(future: "Future[T]", timeout: float | None, tick: Callable[[], None]) -> T:
    """Await the future, waking now and then.

    A kernel interrupt acts only when the main thread's loop wakes: without the beat it would wait for the end.
    """
    until = None if timeout is None else monotonic() + timeout
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake(_: "Future[T]") -> None:
        with suppress(RuntimeError):  # the loop may be closed by now, and nobody waits any more
            loop.call_soon_threadsafe(lambda: woken.done() or woken.set_result(None))

    Future[T].add_done_callback(future, wake)  # also where a future calls people elsewhere
    while not future.done():
        pause = HEARTBEAT_SECONDS if until is None else min(HEARTBEAT_SECONDS, until - monotonic())
        if pause <= 0:
            raise TimeoutError
        await asyncio.wait({woken}, timeout=pause)
        tick()
    return future.result()


def may_be_interrupted() -> bool:
    """Whether an interrupt can strike here: on the main thread, also between a lock and its release."""
    return threading.current_thread() is threading.main_thread()
