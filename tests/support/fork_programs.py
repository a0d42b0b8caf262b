"""Programs that fork: ``python fork_programs.py <name>`` runs one of them. The unit tests read what they print.

Each child is given its time, and is killed and reported as one that hangs when that is over.
"""

import asyncio
import gc
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from qwen_notebook.concurrency import forking
from qwen_notebook.errors import QwenError
from qwen_notebook.studio.picture import picture_of
from qwen_notebook.studio.saving import save_picture
from qwen_notebook.studio.storage import Storage
from tests.support.image_files import png
from tests.support.jobs import saved_record

CHILD_SECONDS = 30.0
WAIT_SECONDS = 20.0
PROGRAMS: dict[str, Callable[[], None]] = {}


def program(function: Callable[[], None]) -> Callable[[], None]:
    PROGRAMS[function.__name__] = function
    return function


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # no lock that a child could find taken


def fork(in_child: Callable[[], None]) -> int:
    """Run a function in a forked child, and give the child's process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        in_child()
        status = 0
    except BaseException as error:
        say("child raised", repr(error))
    finally:
        os._exit(status)


def reap(child: int) -> None:
    """Wait until a child has ended, and kill one that does not."""
    until = time.monotonic() + CHILD_SECONDS
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            say("the child hung")
            return
        time.sleep(0.005)


def wait(event: threading.Event) -> None:
    assert event.wait(WAIT_SECONDS)


class Slow(Loader):
    """Imports a module that takes as long as it is told to."""

    def __init__(self, name: str, body: Callable[[], None]) -> None:
        self.name = name
        self.body = body
        self.begun = threading.Event()
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == self.name else None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        self.begun.set()
        self.body()
        vars(module)["is_whole"] = True

    def import_it(self) -> None:
        module = import_module(self.name)
        say("parent" if os.getpid() == PARENT else "child", "imported", module.is_whole)

    def import_on_thread(self) -> threading.Thread:
        thread = threading.Thread(target=self.import_it)
        thread.start()
        wait(self.begun)
        return thread


PARENT = os.getpid()
STAND_IN = "qwen_notebook.slow"
"""A module under one of the roots that matter."""


def buy() -> None:
    try:
        forking.refuse_if_broken_fork()
    except QwenError as error:
        say("refused:", error)
    else:
        say("may buy")


@program
def import_that_ends() -> None:
    """A fork comes while an import is under way that ends soon."""
    fork_begun = threading.Event()

    def body() -> None:
        wait(fork_begun)
        logging.getLogger("slow")  # takes a lock, as many modules do when they are imported
        logging.getLogger("slow").setLevel(logging.INFO)
        time.sleep(0.2)  # it is still under way when the fork has looked for the first time

    slow = Slow(STAND_IN, body)
    thread = slow.import_on_thread()
    os.register_at_fork(before=fork_begun.set)  # those that are registered last are called first
    child = fork(lambda: (slow.import_it(), buy()))
    reap(child)
    thread.join()
    buy()


@program
def preview_under_way() -> None:
    """A fork comes while a decoder makes the preview of a picture that is saved."""
    store, record = Storage(tempfile.mkdtemp()), saved_record()

    def fork_now(facts: dict[str, Any]) -> None:
        picture = picture_of(replace(record, **facts), store, None)  # type: ignore[arg-type]

        def in_child() -> None:
            say("child is making", store.unmade.get(record.id) is not None)
            say("child has it", picture.preview.startswith(b"\xff\xd8"))

        say("parent is making", store.unmade.get(record.id) is not None)
        reap(fork(in_child))

    thread = threading.Thread(target=save_picture, args=(store, record, png()), kwargs={"on_disk": fork_now})
    thread.start()
    thread.join()
    say("parent is making", store.unmade.get(record.id) is not None)
    shutil.rmtree(store.folder)


def fork_during(name: str) -> None:
    go_on = threading.Event()
    slow = Slow(name, lambda: wait(go_on))
    thread = slow.import_on_thread()
    waits: list[float] = []
    forking.WAIT_SECONDS = 0.05
    forking.sleep = lambda seconds: (waits.append(seconds), time.sleep(seconds))

    def in_child() -> None:
        buy()
        if name == STAND_IN:
            try:
                slow.import_it()
            except QwenError as error:
                say("cannot import:", error)
            reap(fork(buy))

    reap(fork(in_child))
    say("waited", bool(waits))
    waits.clear()
    reap(fork(lambda: None))
    say("waited again", bool(waits))
    go_on.set()
    thread.join()
    buy()


@program
def import_that_goes_on() -> None:
    """A fork comes while an import is under way that outlasts all waiting."""
    fork_during(STAND_IN)


@program
def import_of_somebody_elses() -> None:
    """A fork comes while a module is being imported that is none of our concern."""
    fork_during("somebody_elses")


@program
def import_of_its_own() -> None:
    """A module forks while it is imported, in the thread that imports it."""
    children: list[int] = []

    def body() -> None:
        forking.WAIT_SECONDS = 0.05
        children.append(os.fork())

    slow = Slow(STAND_IN, body)
    slow.import_it()
    buy()
    if not children[0]:
        os._exit(0)
    reap(children[0])


@program
def things_in_order() -> None:
    """Children call what is registered and still there, in order, and what fails stops nobody."""

    class Thing:
        def __init__(self, name: str, *, fails: bool = False) -> None:
            self.name = name
            self.fails = fails
            forking.on_fork_in_child(self)

        def after_fork_in_child(self) -> None:
            say(self.name, forking.generation())
            if self.fails:
                raise ValueError(self.name)

    kept = [Thing("one"), Thing("two", fails=True), Thing("three")]
    Thing("dropped")
    gc.collect()
    say("parent", forking.generation())
    reap(fork(lambda: reap(fork(lambda: None))))
    say("parent", forking.generation(), len(kept))


def ending(future: Future[str]) -> str:
    try:
        return future.result(WAIT_SECONDS)
    except TimeoutError:
        return "never"
    except RuntimeError as error:
        return f"RuntimeError: {error}"


@program
def executor() -> None:
    """An executor is at work when its process is forked."""
    from qwen_notebook.concurrency.executor import DaemonExecutor

    workers = DaemonExecutor(1, "worker")
    shut = DaemonExecutor(1, "shut")
    shut.shutdown()
    go_on, begun = threading.Event(), threading.Event()
    done = workers.submit(lambda: "done before")
    done.result(WAIT_SECONDS)
    cancelled: Future[str]
    running = workers.submit(lambda: (begun.set(), wait(go_on), "ran")[-1])
    waiting = workers.submit(lambda: "waited")
    cancelled = workers.submit(lambda: "no")
    cancelled.cancel()
    called = threading.Event()

    def note_call(_: Future[str]) -> None:
        say("called in", "parent" if os.getpid() == PARENT else "child")
        called.set()

    running.add_done_callback(note_call)
    wait(begun)

    def in_child() -> None:
        for future in (done, running, waiting):
            say("child:", ending(future))
        say("child: cancelled", cancelled.cancelled())
        say("child:", ending(workers.submit(lambda: "new")))
        try:
            shut.submit(print)
        except RuntimeError as error:
            say("child:", error)

    # As if another thread had been stopped with every lock in its hands.
    locks = [workers._lock, running._condition, waiting._condition, done._condition]
    holder_done = threading.Event()

    def hold() -> None:
        for lock in locks:
            lock.acquire()
        held.set()
        wait(holder_done)
        for lock in reversed(locks):
            lock.release()

    held = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    wait(held)
    child = fork(in_child)
    holder_done.set()
    holder.join()
    reap(child)
    go_on.set()
    wait(called)
    for future in (running, waiting):
        say("parent:", ending(future))


@program
def executor_forked_by_its_own_work() -> None:
    """A function that an executor has called forks, and the child returns from it."""
    from qwen_notebook.concurrency.executor import DaemonExecutor

    workers = DaemonExecutor(1, "worker")
    children: list[int] = []

    def work() -> str:
        children.append(os.fork())
        return "ran"

    def ended(future: Future[str]) -> None:
        if not children[0]:
            say("child:", ending(future))
            say("child:", ending(workers.submit(lambda: "new")))
            os._exit(0)

    future = workers.submit(work)
    future.add_done_callback(ended)
    say("parent:", ending(future))
    reap(children[0])


async def forever() -> None:
    await asyncio.Event().wait()


async def answer(word: str) -> str:
    return word


def use_a_worker_in_child() -> None:
    from qwen_notebook.concurrency.loop_thread import shared_worker

    say("child:", ending(shared_worker().start(answer("works"))))


@program
def worker() -> None:
    """A worker reads from a connection while its process is forked, and the child does its worst and exits."""
    from qwen_notebook.concurrency.loop_thread import shared_worker

    worker = shared_worker()
    here, there = socket.socketpair()
    reading, writers = threading.Event(), []

    async def read() -> str:
        reader, writer = await asyncio.open_connection(sock=here)
        writers.append(writer)
        asyncio.get_running_loop().call_soon(reading.set)
        return (await reader.readexactly(5)).decode()

    read_in_parent = worker.start(read())
    wait(reading)
    last_words_of = []
    worker.before_exit(partial(note_last_words, last_words_of))
    child = os.fork()
    if not child:
        say("child:", ending(read_in_parent))
        for do in (writers[0].transport.abort, worker.stop, lambda: worker.call(say, "child: called")):
            with suppress(Exception):
                do()
        say("child:", ending_of_start(worker))
        say("child: another", shared_worker() is not worker)
        use_a_worker_in_child()
        gc.collect()
        sys.exit()  # through all that is registered with atexit
    reap(child)
    there.sendall(b"hello")
    say("parent:", ending(read_in_parent))
    say("parent: same", shared_worker() is worker, ending(worker.start(answer("works"))))


async def note_last_words(log: list[int]) -> None:
    log.append(1)
    say("last words in", "parent" if os.getpid() == PARENT else "child")


def ending_of_start(worker: Any) -> str:
    try:
        return ending(worker.start(answer("ran")))
    except RuntimeError as error:
        return f"refused: {error}"


@program
def worker_that_stops() -> None:
    """A worker stops, with something still under way and with threads that go on asking it."""
    from qwen_notebook.concurrency.loop_thread import Worker

    worker = Worker()
    left = worker.start(forever())
    futures: list[Future[str]] = []
    refused = threading.Event()

    def ask() -> None:
        try:
            while True:
                futures.append(worker.start(answer("ran")))
        except RuntimeError:
            refused.set()

    asker = threading.Thread(target=ask)
    asker.start()
    worker.stop()
    wait(refused)
    asker.join()
    say(ending_of_start(worker))
    worker.call(say, "called")
    say("left", left.cancelled(), "all ended", all(future.done() for future in futures))
    worker.stop()


@program
def worker_and_processes() -> None:
    """A program uses the worker, forks by multiprocessing, and ends; so do its children, each in its own way."""
    import multiprocessing

    use_a_worker_in_child()
    context = multiprocessing.get_context("fork")
    ends: list[Callable[[], None]] = [lambda: None, sys.exit, lambda: os._exit(0)]
    processes = [context.Process(target=lambda end=end: (use_a_worker_in_child(), end())) for end in ends]
    for process in processes:
        process.start()
    for process in processes:
        process.join(CHILD_SECONDS)
        say("ended with", process.exitcode)
    say("parent ends")


if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]()
