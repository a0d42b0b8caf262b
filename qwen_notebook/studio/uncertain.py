"""The jobs that were sent and got no answer, as they were shown: one word serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import overload

from qwen_notebook.errors import QwenError
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import in_credits, one_line
from qwen_notebook.studio.evidence import balance_says, time_of
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.purchase import require_confirmation

_SHOWN = 20
_MOST_WORDS = 60


class UncertainJobs(Sequence[Job]):
    """Jobs that may have been charged, oldest first, as they were at one moment. Made by `Studio.uncertain`.

    A word said of them is acted on only for those that still are as they were shown: what was answered, decided or
    sent again since, here or by another kernel, is left as it is.

    Parameters
    ----------
    jobs
        As they are shown.
    confirmed
        Whether many may be sent again at once: a studio with a budget has said what may be spent.

    Examples
    --------
    >>> lost = studio.uncertain  # doctest: +SKIP
    >>> lost  # doctest: +SKIP
    2 jobs may have been charged (62 credits):
      13:58 · seed 7 · a red fox · The balance did not fall since 13:57 (seen at 13:58).
      13:58 · seed 8 · a red fox · The balance did not fall since 13:57 (seen at 13:58).
    dismiss() gives them up, send_again() sends them once more; a job's resolve(task_id) fetches its image.
    >>> lost.send_again()  # doctest: +SKIP
    """

    def __init__(self, jobs: Sequence[Job], *, confirmed: bool = False) -> None:
        self._jobs = tuple(jobs)
        self._confirmed = confirmed
        self._attempts = tuple(job.record.attempt for job in jobs)

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> UncertainJobs: ...
    def __getitem__(self, index: int | slice) -> Job | UncertainJobs:
        if not isinstance(index, slice):
            return self._jobs[index]
        part = UncertainJobs(self._jobs[index], confirmed=self._confirmed)
        part._attempts = self._attempts[index]
        return part

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def credits(self) -> int:
        """What they may have cost."""
        return sum(job.credits or 0 for job in self._jobs)

    def dismiss(self) -> list[Job]:
        """Give them up. They may have been charged, and their price stays counted.

        Returns
        -------
        list of Job
            Those that it was done to.
        """
        done: list[Job] = []
        for job in self._as_shown():
            with suppress(QwenError):  # decided meanwhile
                job.dismiss()
                done.append(job)
        return done

    def send_again(self, *, yes: bool = False) -> list[Job]:
        """Send them once more, which may charge each a second time.

        Parameters
        ----------
        yes
            Confirms that more than 20 are meant.

        Returns
        -------
        list of Job
            Those that it was done to, to be waited for.

        Raises
        ------
        ConfirmPurchase
            If there are more than 20, and nobody said yes; none is sent.
        QwenError
            If the budget or the disk does not allow one; those before it are sent.
        """
        done: list[Job] = []
        meant = list(self._as_shown())
        paid = [job for job in meant if not provider_named(job.record.service).free]
        if not (yes or self._confirmed):
            price = paid[0].credits if paid else None
            require_confirmation(len(paid), price, "Write send_again(yes=True) on these same jobs.")
        for job in meant:
            job.send_again()
            done.append(job)
        return done

    def __repr__(self) -> str:
        if not self._jobs:
            return "no job is uncertain"
        jobs = "1 job" if len(self._jobs) == 1 else f"{len(self._jobs):,} jobs"
        credits_ = f" ({in_credits(self.credits)})" if self.credits else ""
        lines = [f"{jobs} may have been charged{credits_}:", *map(_line, self._jobs[:_SHOWN])]
        if len(self._jobs) > _SHOWN:
            lines.append(f"  and {len(self._jobs) - _SHOWN:,} more")
        lines.append(
            "dismiss() gives them up, send_again() sends them once more; a job's resolve(task_id) fetches its image."
        )
        return "\n".join(lines)

    def _as_shown(self) -> Iterator[Job]:
        for job, attempt in zip(self._jobs, self._attempts, strict=True):
            if job.status is State.UNCERTAIN and job.record.attempt == attempt:
                yield job


def _line(job: Job) -> str:
    words = one_line(job.request.prompt)
    words = words if len(words) <= _MOST_WORDS else words[: _MOST_WORDS - 1] + "…"
    parts = [time_of(job.record.sent or job.record.changed), f"seed {job.record.seed}", words]
    return "  " + " · ".join(part for part in (*parts, balance_says(job.record)) if part)
