"""A program that asks one folder for images in company, and may be killed at it. Run by its path.

Its one argument is JSON: the ``folder``, its ``base_url`` and ``key``, and a ``plan``: how many ``studios`` to open,
the ``threads`` as lists of seeds, and the ``forks``, each with its ``way`` ("os" or "multiprocessing") and threads of
its own. All ask at once, but for a fork that is to come ``after`` a job has reached a state. It prints a line for each
thing that happens, so that whoever reads them has moments to choose from.
"""

import faulthandler
import json
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from qwen_notebook.studio.studio import core_of

sys.modules["click"] = None  # type: ignore[assignment]  # else httpx loads a command line, for longer than all else

import qwen_notebook as qn  # noqa: E402
from qwen_notebook.journal.folder_lock import FolderBusy  # noqa: E402

PATIENCE = {"usual": 0.1, "answer": 120.0, "look": 60.0, "backoff": 0.05, "backoff_ceiling": 0.2}
_LONGEST_SECONDS = 100
_TRIES = 5
_TICKS_A_LINE = 3
_REACHED = {state: threading.Event() for state in qn.State}


def main(told: dict[str, Any]) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of every fork in a process with threads
    _say_where_it_hangs()
    plan = told["plan"]
    studios = [_open(told) for _ in range(plan["studios"])]
    threads = [_asking(studios, told, seeds) for seeds in plan["threads"]]
    wait_for_children = [_fork(studios, told, one) for one in plan["forks"]]
    for thread in threads:
        thread.join()
    for wait in wait_for_children:
        wait()
    if plan["closes"]:
        for studio in studios:
            studio.close()
    _say("done")


def _open(told: dict[str, Any]) -> qn.Studio:
    studio = qn.Studio(
        told["folder"],
        api_key=told["key"],
        base_url=told["base_url"],
        budget=told["budget"],
        patience=qn.Patience(**PATIENCE),
        rate=1000.0,
        max_in_flight=3,
    )
    core_of(studio).follow(_moved)
    return studio


def _moved(job: qn.Job) -> None:
    _say(job.status, job.record.seed)
    _REACHED[job.status].set()


def _fork(studios: list[qn.Studio], told: dict[str, Any], plan: dict[str, Any]) -> Callable[[], object]:
    def in_child() -> None:
        _say_where_it_hangs()
        for studio in studios:
            core_of(studio).follow(_moved)
        mine = [*studios, _open(told)] if plan["opens"] else studios
        threads = [_asking(mine, told, seeds) for seeds in plan["threads"]]
        for thread in threads:
            thread.join()
        _say("child", "done")

    if "after" in plan:
        _REACHED[qn.State(plan["after"])].wait()
    if plan["way"] == "multiprocessing":
        process = multiprocessing.get_context("fork").Process(target=in_child)
        process.start()
        return process.join
    child = os.fork()
    if child == 0:
        status = 1
        try:
            in_child()
            status = 0
        except BaseException as error:
            _say("broken", repr(error))
        finally:
            os._exit(status)
    return lambda: os.waitpid(child, 0)


def _asking(studios: list[qn.Studio], told: dict[str, Any], seeds: list[int]) -> threading.Thread:
    thread = threading.Thread(target=_ask, args=(studios, told["prompt"], seeds))
    thread.start()
    return thread


def _ask(studios: list[qn.Studio], prompt: str, seeds: list[int]) -> None:
    jobs: list[qn.Job] = []
    for number, seed in enumerate(seeds):
        job = _submitted(studios[number % len(studios)], prompt, seed)
        if job is not None:
            jobs.append(job)
    _say("asked")
    for job in jobs:
        ticks = iter(range(1 << 30))
        try:
            job.wait(tick=lambda job, ticks=ticks: _tick(job, next(ticks)))
        except qn.QwenError as error:
            _say("trouble", type(error).__name__, error.what)
        except BaseException as error:
            _say("broken", repr(error))
        else:
            _say("rests", job.record.seed, job.status)


def _tick(job: qn.Job, number: int) -> None:
    if number % _TICKS_A_LINE == 0:
        _say("waits", job.record.seed, job.status)


def _submitted(studio: qn.Studio, prompt: str, seed: int) -> qn.Job | None:
    """Ask for an image, as somebody does who asks again where the folder is busy."""
    for _ in range(_TRIES):
        try:
            return studio.submit(prompt, seed=seed)
        except qn.errors.BudgetExceeded:
            _say("refused", seed)
            return None
        except FolderBusy:
            _say("busy", seed)
        except qn.QwenError as error:
            _say("trouble", type(error).__name__, error.what)
            return None
        except BaseException as error:
            _say("broken", repr(error))
            return None
    return None


def _say_where_it_hangs() -> None:
    """End this process after the longest time, and have it say first what each of its threads does."""
    faulthandler.register(signal.SIGALRM, file=sys.stdout, chain=True)
    signal.alarm(_LONGEST_SECONDS)  # unlike faulthandler's own thread it works in a forked child


def _say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)).replace("\n", " ") + "\n").encode())  # one write: lines do not mix


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
