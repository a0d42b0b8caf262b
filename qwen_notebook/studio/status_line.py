"""The line that `generate` and ``%%qwen`` show while they wait for one picture."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime
from time import time
from typing import TYPE_CHECKING

from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import in_credits, one_line
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.progress_line import ProgressLine, progress_line
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.providers.provider import free_kind

if TYPE_CHECKING:
    from qwen_notebook.studio.admission import Admitted
    from qwen_notebook.studio.core import StudioCore

PHASES = {
    State.PLANNED: "waiting to be sent",
    State.SENDING: "sending",
    State.SUBMITTED: "generating",
    State.PROCESSING: "generating",
    State.DOWNLOADING: "fetching",
    State.SAVED: "saved",
}
_FREE = "nothing more is charged"


class StatusLine:
    """Tells how one job goes. To be made when the job was asked for: what was there then was found, and not bought.

    Parameters
    ----------
    core, admitted
        Where it was asked for, and what became of that.
    place
        Which it is of how many, such as ``2 of 6``.
    another
        What makes another where it was there already.
    seed_word
        How a seed is given; a cell that names one buys once, however often it is run.
    """

    def __init__(
        self,
        core: StudioCore,
        admitted: Admitted,
        *,
        place: str = "",
        another: str = "again=True makes another",
        seed_word: str = "seed=",
    ) -> None:
        self.job = admitted.job
        self._core = core
        self._bought = admitted.bought
        self._status_then = admitted.job.status
        self._another = another
        self._seed_word = seed_word
        self._begun = time()
        self._made_line: ProgressLine | None = None
        provider = provider_named(self.job.record.service)
        self._is_free = provider.free
        self._head = [part for part in (place, free_kind(provider)) if part]

    def wait(self) -> None:
        """Wait for the job, and say how it goes and how it went; no error of the job is raised."""
        if not self._bought and self._status_then is State.SAVED:
            with suppress(Exception):
                self.found(self.job, self._another)
            return
        try:
            self.job.wait(tick=self._tick)
        finally:
            with suppress(Exception):
                self.finish(self.job)

    def _tick(self, job: Job) -> None:
        with suppress(Exception):  # what cannot be told must not stop the wait for what is paid
            self.show(job)

    def show(self, job: Job) -> None:
        """Say where the job is, and for how long."""
        usual = self._core.scheduler.cadence.usual
        waited = f"{time() - self._begun:.0f} s" + (f", usually {usual:.0f} s" if usual else "")
        phase = PHASES.get(job.status, str(job.status))
        self._line.show(self._text(self._joined, phase, waited, job.note))

    def finish(self, job: Job) -> None:
        """Say how it ended."""
        if not job.status.settled:
            self._line.abandon(self._text(self._joined, PHASES[job.status], "no longer waited for"))
        elif job.status is State.CANCELLED:
            self._line.abandon(self._text("cancelled"))
        elif job.status is not State.SAVED:
            self._line.close(self._text(self._joined, str(job.status), charge_words(job)))
        else:
            took = f"{job.seconds:.1f} s" if job.seconds is not None else ""
            paid = charge_words(job) if self._is_ours else self._free
            self._line.close(self._text(self._joined, "saved", took, paid, f"seed {job.record.seed}"))

    def found(self, job: Job, another: str) -> None:
        """Say that nothing had to be made, and what makes another."""
        made = datetime.fromtimestamp(job.record.saved or job.record.changed).astimezone()
        free = "" if self._is_free else ", nothing is charged"
        if (
            job.record.drawn is not None
        ):  # a cell with again=True would buy at each run; one with a seed buys once
            another = f"Another: {self._seed_word}{10_000 + secrets.randbelow(90_000)}"
        self._line.close(self._text(f"already made on {made:%d %b %Y at %H:%M}{free}", another))

    @property
    def _line(self) -> ProgressLine:
        """Made where the output goes when there is something to say."""
        if self._made_line is None:
            self._made_line = progress_line()
        return self._made_line

    @property
    def _is_ours(self) -> bool:
        """Whether it was bought here: also what another kernel planned and left is, once it is sent from here."""
        return self._bought or self._core.is_picked_up(self.job)

    @property
    def _joined(self) -> str:
        """How it was found, where it was."""
        if self._is_ours:
            return ""
        return "asked for before" if self._status_then.settled else "joined, as it was on its way"

    @property
    def _free(self) -> str:
        return "" if self._is_free else _FREE

    def _text(self, *parts: str | None) -> str:
        return one_line(" · ".join(part for part in (*self._head, *parts) if part))


def charge_words(job: Job) -> str:
    """What a job that rests has cost, in a few words; empty for a free preview and where nothing was charged."""
    if provider_named(job.record.service).free:
        return ""
    if job.status.maybe_billed:
        return "may have been charged"
    if job.status.billed:
        return in_credits(job.credits)
    return "refunded" if job.status is State.FAILED else ""
