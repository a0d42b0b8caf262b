"""A program that makes images in a folder, and may be killed at it. Run by its path: it imports nothing of the tests.

Its one argument is JSON: ``folders`` (each with its ``base_url``), the ``seeds`` to ask for in each, more settings of
the studio, and where to ``stop``. It prints a line for each move of a job, and ``at`` when it stands where it was
told to stop; there it waits to be killed. When all jobs rest it prints ``done`` and how they ended, and waits to be
told to end. Where it ``obeys``, each line that it is told until then is done with a job, by the job's method (such as
``resolve <job> <task>``), and answered with ``did`` and what came of it, or with ``refused`` and why; its jobs are as
they were when it was ``done``. SIGUSR1 lets none of its files grow beyond the journal as it is, as on a full disk;
SIGUSR2 makes room; SIGHUP cancels what is not sent.
"""

import json
import os
import resource
import signal
import sys
import threading
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from qwen_notebook.studio.studio import core_of

sys.modules["click"] = None  # type: ignore[assignment]  # else httpx loads a command line, for longer than all else

import qwen_notebook as qn  # noqa: E402
from qwen_notebook.journal import journal  # noqa: E402

PATIENCE = {"usual": 0.1, "backoff": 0.05, "backoff_ceiling": 0.2, "balance": 60.0}
_LONGEST_SECONDS = 120


def main(told: dict[str, Any]) -> None:
    signal.alarm(told.get("longest", _LONGEST_SECONDS))  # it must not outlive a test that went wrong
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
        core_of(studio).follow(_listener(stop.get("state"), stop.get("nth", 1)))
    if told.get("wait_for_word"):
        _say("ready")
        sys.stdin.readline()
    signal.signal(signal.SIGUSR1, lambda *_: _limit(_largest(studios[0].store.folder / "ledger"), "full"))
    signal.signal(signal.SIGUSR2, lambda *_: _limit(resource.RLIM_INFINITY, "room"))
    signal.signal(signal.SIGHUP, lambda *_: [job.cancel() for studio in studios for job in studio.jobs])
    refused = 0
    for studio in studios:
        known = set() if told.get("anyway") else _asked_for(studio)
        fields = told.get("fields", {})
        refused += sum(
            not _submit(studio, seed, fields) for seed in told.get("seeds", []) if seed not in known
        )
    _say("asked")
    for studio in studios:
        for job in studio.jobs:
            job.wait()
    _say("done", json.dumps({"jobs": _ends(studios), "refused": refused, "lines": lines and next(lines)}))
    if told.get("obeys"):
        _obey(studios[0])
    else:
        sys.stdin.readline()
    if told.get("look_again"):
        for studio in studios:
            studio.refresh()
        _say("done", json.dumps({"jobs": _ends(studios)}))
        sys.stdin.readline()
    for studio in studios:
        studio.close()


def _ends(studios: list[qn.Studio]) -> list[list[tuple[int, str, str]]]:
    return [[(job.record.seed, job.id, job.status) for job in studio.jobs] for studio in studios]


def _asked_for(studio: qn.Studio) -> set[int]:
    """The seeds that need not be asked for: all but those that were cancelled before they were sent."""
    return {job.record.seed for job in studio.jobs if job.status is not qn.State.CANCELLED}


def _submit(studio: qn.Studio, seed: int, fields: dict[str, Any]) -> bool:
    """Ask for an image; False if the budget does not allow it."""
    try:
        studio.submit("a fox", seed=seed, **fields)
    except qn.errors.BudgetExceeded:
        return False
    return True


def _obey(studio: qn.Studio) -> None:
    """Do with jobs what each line says, until an empty one."""
    jobs = {job.id: job for job in studio.jobs}
    for line in iter(sys.stdin.readline, "\n"):
        word, job_id, *arguments = line.split()
        try:
            done = getattr(jobs[job_id], word)(*arguments)
        except qn.QwenError as error:
            _say("refused", str(error))
        else:
            if isinstance(done, qn.Job):
                jobs[done.id] = done
            _say("did", done.id if isinstance(done, qn.Job) else str(done))


def _listener(state: str | None, nth: int) -> Any:
    seen = count(1)

    def listen(job: qn.Job) -> None:
        _say(job.status, str(job.record.seed), job.note or "")
        if job.status == state and next(seen) == nth:
            _stand()

    return listen


def _largest(folder: Path) -> int:
    return max(file.stat().st_size for file in folder.iterdir())


def _limit(size: int, word: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    _say(word)


def _stand() -> None:
    _say("at")
    threading.Event().wait()


def _stand_at_rename(when: str) -> None:
    """Stand just before a picture gets its name, or just after, when the journal does not know yet."""
    renamed = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal renamed
        if (
            event == "os.rename"
            and Path(args[1]).parent.name == "images"
            and Path(args[1]).suffix in (".png", ".jpg")
        ):
            renamed = True
            if when == "before":
                _stand()
        elif renamed and event == "open" and str(args[0]).endswith("images"):
            _stand()

    sys.addaudithook(hook)


def _kill_before_line(number: int) -> Any:
    """Be killed before the so many-th line of the studio's code runs, on whichever thread that is."""
    here = str(Path(journal.__file__).parent)
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
