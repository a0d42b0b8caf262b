"""Work is done in order, and threads end with their executor."""

import gc
import os
import threading
import weakref
from concurrent.futures import CancelledError, Future
from time import monotonic

import pytest

from qwen_notebook.concurrency.executor import DaemonExecutor, usable_cores

WAIT_SECONDS = 20.0


def thread_of(executor: DaemonExecutor) -> threading.Thread:
    return executor.submit(threading.current_thread).result(WAIT_SECONDS)


def ends(thread: threading.Thread) -> bool:
    thread.join(WAIT_SECONDS)
    return not thread.is_alive()


def held_up(executor: DaemonExecutor) -> tuple[Future[bool], threading.Event]:
    """Work that goes on until the event is set."""
    go_on, begun = threading.Event(), threading.Event()
    future = executor.submit(lambda: (begun.set(), go_on.wait(WAIT_SECONDS))[1])
    assert begun.wait(WAIT_SECONDS)
    return future, go_on


def test_after_a_shutdown_the_threads_end_once_the_work_is_done_and_no_more_is_taken():
    executor = DaemonExecutor(2, "two")
    threads = {executor.submit(threading.current_thread).result(WAIT_SECONDS) for _ in range(10)}
    holds = [held_up(executor) for _ in range(2)]
    order: list[int] = []
    waiting = [executor.submit(order.append, number) for number in range(20)]

    executor.shutdown()
    executor.shutdown()
    with pytest.raises(RuntimeError, match="'two' was shut down"):
        executor.submit(print)
    assert all(thread.is_alive() for thread in threads)

    for _, go_on in holds:
        go_on.set()
    assert all(future.result(WAIT_SECONDS) for future, _ in holds)
    assert [future.result(WAIT_SECONDS) for future in waiting] == [None] * 20
    assert sorted(order) == list(range(20))
    assert all(ends(thread) for thread in threads)


def test_one_thread_works_in_order():
    executor, order = DaemonExecutor(1, "one"), []
    for future in [executor.submit(order.append, number) for number in range(100)]:
        future.result(WAIT_SECONDS)
    assert order == list(range(100))


@pytest.mark.parametrize("threads", [1, 3])
def test_the_threads_end_when_nobody_holds_their_executor(threads):
    executor = DaemonExecutor(threads, "dropped")
    running = {executor.submit(threading.current_thread).result(WAIT_SECONDS) for _ in range(2 * threads)}
    assert len(running) <= threads
    del executor
    gc.collect()
    assert all(ends(thread) for thread in running)


def test_work_that_was_submitted_is_done_though_nobody_holds_the_executor():
    future = DaemonExecutor(1, "dropped").submit(threading.current_thread)
    gc.collect()
    assert ends(future.result(WAIT_SECONDS))


class Owner:
    """Has an executor, whose work holds its owner."""

    def __init__(self, function):
        self.executor = DaemonExecutor(1, "owned")
        self.future = self.executor.submit(lambda: function(self))


def succeed(owner):
    return threading.current_thread()


def fail(owner):
    raise ValueError("no", threading.current_thread())


@pytest.mark.parametrize("function", [succeed, fail])
def test_an_idle_thread_holds_nothing_of_what_it_has_done(function):
    owner = Owner(function)
    error = owner.future.exception(WAIT_SECONDS)
    thread = error.args[1] if error else owner.future.result()
    alive = weakref.ref(owner)
    del owner, error
    until = monotonic() + WAIT_SECONDS
    while thread.is_alive() and monotonic() < until:
        gc.collect()
        thread.join(0.01)
    assert alive() is None
    assert not thread.is_alive()


def test_what_failed_is_freed_without_the_collector():
    executor = DaemonExecutor(1, "one")
    future = executor.submit(fail, None)
    assert isinstance(future.exception(WAIT_SECONDS), ValueError)
    thread_of(executor)
    alive = weakref.ref(future)
    gc.disable()
    try:
        del future
        assert alive() is None
    finally:
        gc.enable()


def test_what_is_cancelled_is_not_done():
    executor, log = DaemonExecutor(1, "one"), []
    held, go_on = held_up(executor)
    cancelled = executor.submit(log.append, 1)
    assert cancelled.cancel()
    go_on.set()
    assert held.result(WAIT_SECONDS)
    thread_of(executor)
    assert log == []
    with pytest.raises(CancelledError):
        cancelled.result()


def test_where_no_thread_can_be_started_the_work_is_refused_or_left_to_those_there_are(monkeypatch):
    executor = DaemonExecutor(2, "two")

    def fails(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fails)
        with pytest.raises(RuntimeError, match="can't start"):
            executor.submit(print)
    first = thread_of(executor)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fails)
        assert thread_of(executor) is first
    held, go_on = held_up(executor)
    assert thread_of(executor) is not None
    go_on.set()
    assert held.result(WAIT_SECONDS)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not say which cores")
def test_only_the_cores_that_this_process_may_use_are_counted():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert usable_cores() == len(before)
