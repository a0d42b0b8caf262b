"""A program that makes images in a folder, and may be killed at it. Run by its path: it imports nothing of the tests.

Its one argument is JSON: ``folders`` (each with its ``base_url``), the ``seeds`` to ask for in each, more settings of
the studio, and where to ``stop``. It prints a line for each move of a job, and ``at`` when it stands where it was
told to stop; there it waits to be killed. When all jobs rest it prints ``done`` and how they ended, and waits to be
told to end.
"""

import faulthandler
import json
import os
import signal
import sys
import threading
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

sys.modules["click"] = None  # type: ignore[assignment]  # else httpx loads a command line, for longer than all else

import qwen_notebook as qn  # noqa: E402
from qwen_notebook.studio import ledger  # noqa: E402

PATIENCE = {"usual": 0.1, "backoff": 0.05, "backoff_ceiling": 0.2}
_LONGEST_SECONDS = 120.0


def main(told: dict[str, Any]) -> None:
    faulthandler.dump_traceback_later(_LONGEST_SECONDS, exit=True)
    stop = told.get("stop", {})
    lines = _kill_before_line(stop["line"]) if "line" in stop else None
    if "rename" in stop:
        _stand_at_rename(stop["rename"])
    studios = [
        qn.Studio(
            one["folder"],
            api_key=told["key"],
            base_url=one["base_url"],
            patience=qn.Patience(**(PATIENCE | told.get("patience", {}))),
            rate=1000.0,
            **told.get("settings", {}),
        )
        for one in told["folders"]
    ]
    for studio in studios:
        studio.subscribe(_listener(stop.get("state"), stop.get("nth", 1)))
    if told.get("wait_for_word"):
        _say("ready")
        sys.stdin.readline()
    refused = 0
    for seed in told.get("seeds", []):
        for studio in studios:
            refused += not _submit(studio, seed)
    for studio in studios:
        for job in studio.jobs:
            job.wait()
    ended = [[[job.record.seed, job.id, job.status] for job in studio.jobs] for studio in studios]
    _say("done", json.dumps({"jobs": ended, "refused": refused, "lines": lines and next(lines)}))
    sys.stdin.readline()
    for studio in studios:
        studio.close()


def _submit(studio: qn.Studio, seed: int) -> bool:
    """Ask for what was not asked for yet, or was cancelled before it was sent."""
    jobs = [job for job in studio.jobs if job.record.seed == seed] if studio.jobs else []
    if any(job.status is not qn.State.CANCELLED for job in jobs):
        return True
    try:
        studio.submit("a fox", seed=seed)
    except qn.errors.BudgetExceeded:
        return False
    return True


def _listener(state: str | None, nth: int) -> Any:
    seen = count(1)

    def listen(job: qn.Job) -> None:
        _say(job.status, str(job.record.seed))
        if job.status == state and next(seen) == nth:
            _stand()

    return listen


def _stand() -> None:
    _say("at")
    threading.Event().wait()


def _stand_at_rename(when: str) -> None:
    """Stand just before a picture gets its name, or just after, when the journal does not know yet."""
    renamed = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal renamed
        if event == "os.rename" and Path(args[1]).parent.name == "images":
            renamed = True
            if when == "before":
                _stand()
        elif renamed and event == "open" and str(args[0]).endswith("images"):
            _stand()

    sys.addaudithook(hook)


def _kill_before_line(number: int) -> Any:
    """Be killed before the so many-th line of the studio's code runs, on whichever thread that is."""
    here = str(Path(ledger.__file__).parent)
    lines = count()

    def each(frame: FrameType, event: str, _: object) -> Any:
        if event == "line" and next(lines) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return each

    def outer(frame: FrameType, _: str, __: object) -> Any:
        return each if frame.f_code.co_filename.startswith(here) else None

    threading.settrace(outer)
    sys.settrace(outer)
    return lines


def _say(*words: str) -> None:
    os.write(1, (" ".join(words) + "\n").encode())  # one write: threads do not mix their lines


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
