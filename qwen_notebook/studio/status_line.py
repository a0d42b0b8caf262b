"""The one line that `generate` writes and rewrites while it waits."""

import sys
from datetime import datetime
from time import time

from qwen_notebook.reapi.words import one_line
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.record import SIMULATOR
from qwen_notebook.studio.states import State

PHASES = {
    State.PLANNED: "waiting to be sent",
    State.SENDING: "sending",
    State.SUBMITTED: "generating",
    State.PROCESSING: "generating",
    State.DOWNLOADING: "fetching",
    State.SAVED: "saved",
}


class StatusLine:
    """Rewrites one line of output; says nothing where output cannot be rewritten (a pipe, a log).

    Parameters
    ----------
    usual
        How long it usually takes, in seconds.
    """

    def __init__(self, usual: float | None) -> None:
        self._usual = usual
        self._begun = time()
        self._shown = ""
        self._able = sys.stdout.isatty() or "ipykernel" in type(sys.stdout).__module__

    def show(self, job: Job) -> None:
        """Write where the job is, if that has changed since the last second."""
        usual = f", usually {self._usual:.0f} s" if self._usual else ""
        waited = f" · {time() - self._begun:.0f} s{usual}"
        self._write(f"{self._head(job)}{PHASES.get(job.status, job.status)}{waited}{_note(job)}")

    def finish(self, job: Job) -> None:
        """Write the last state and end the line."""
        if job.status is State.SAVED:
            took = f" · {job.seconds:.1f} s" if job.seconds is not None else ""
            paid = f" · {job.credits} credits" if job.credits and job.record.service != SIMULATOR else ""
            self._write(f"{self._head(job)}saved{took}{paid} · seed {job.record.seed}")
        else:
            self._write(f"{self._head(job)}{job.status}")
        if self._able:
            print(flush=True)

    def found(self, job: Job) -> None:
        """Say that nothing had to be made."""
        made = datetime.fromtimestamp(job.record.saved or job.record.changed).astimezone()
        free = "" if job.record.service == SIMULATOR else ", nothing is charged"
        self._write(
            f"{self._head(job)}already made on {made:%d %b %Y at %H:%M}{free} · again=True makes another"
        )
        if self._able:
            print(flush=True)

    def _head(self, job: Job) -> str:
        return "offline preview · " if job.record.service == SIMULATOR else ""

    def _write(self, text: str) -> None:
        text = one_line(text)
        if self._able and text != self._shown:
            print("\r" + text.ljust(len(self._shown)), end="", flush=True)
            self._shown = text


def _note(job: Job) -> str:
    return f" · {job.note}" if job.note else ""
