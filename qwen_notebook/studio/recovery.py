"""What other kernels left behind: taken up, sent from here where it was asked for here too, or set down."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.waiting import may_be_interrupted, wait_briefly
from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.journal.folder_lock import FolderBusy
from qwen_notebook.journal.states import State
from qwen_notebook.studio.account import Seen
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.reconciliation import sent_since

if TYPE_CHECKING:
    from qwen_notebook.studio.scheduler import Scheduler


class Recovery:
    """Takes up the jobs of kernels that ended.

    No path from here leads to a POST, but for what was asked for here too while that kernel lived: that is this one's
    to send now.

    Parameters
    ----------
    scheduler
        Starts what is taken up; it has the jobs and the budget.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._jobs = scheduler.jobs
        self._aside = DaemonExecutor(1, "qwen-notebook-recovery")

    def close(self) -> None:
        """Take up nothing more."""
        self._aside.shutdown()

    def resume(self, *, patiently: bool = True) -> list[Job]:
        """Take up what dead kernels left behind, by looking at the tasks.

        Parameters
        ----------
        patiently
            Whether to wait for the folder's lock, where it is needed.
        """
        taken: list[Job] = []
        self._jobs.refresh()
        with self._jobs.lock:
            left = list(self._jobs.orphaned(self._scheduler))
        if any(alive is False and not job.status.at_service for job, alive in left):
            with suppress(FolderBusy, OSError):
                seconds = 2.0 if patiently else 0.0
                if may_be_interrupted():
                    wait_briefly(self._aside.submit(self._settle_the_dead, seconds))
                else:
                    self._settle_the_dead(seconds)
        for job, _ in left:
            if job.status.at_service and self._scheduler.serves(job):
                taken.append(job)
                self._scheduler.start(job)
        return taken

    def pick_up_dropped(self) -> None:
        """Send what was asked for here too, and what the kernel that planned it will not send."""
        for job_id in self._jobs.ownership.dropped:
            job = self._jobs.get(job_id, self._scheduler)
            if job is not None and not self._adopt(job):
                self._jobs.let_be(job)

    def take_over(self, writer: str) -> list[Job]:
        """Hold a kernel for dead on a person's word; see `Studio.take_over`."""
        self._jobs.refresh()
        if self._jobs.journal.is_alive(writer):
            raise QwenError("That kernel is at work: it holds its lock.", "End it first.", charge=Charge.FREE)
        with self._jobs.lock:
            theirs = [
                job
                for job in self._jobs.unsettled(self._scheduler)
                if self._jobs.ownership.writer_of(job.id) == writer and not job.status.settled
            ]
        if not theirs:
            raise QwenError("No job waits for a kernel of that name.", charge=Charge.FREE)
        self._jobs.ownership.take_over(writer)
        self.resume()
        return theirs

    def _settle_the_dead(self, seconds: float) -> None:
        """Send what was asked for here too, and write down what became of the rest."""
        with self._jobs.folder_lock.held(seconds):
            self._jobs.refresh()
            self.pick_up_dropped()
            with self._jobs.lock:
                dead = [job for job, alive in self._jobs.orphaned(self._scheduler) if alive is False]
            for job in dead:
                if not (job.status.at_service or self._adopt(job)):
                    self._jobs.set_down(job)
            self._call_witness([job for job in dead if job.status is State.UNCERTAIN])

    def _call_witness(self, jobs: list[Job]) -> None:
        """Have the next look at the balance tell what became of POSTs that a dead kernel was sending."""
        for job in jobs:
            record = job.record
            if self._scheduler.serves(job) and record.balance_before is not None and record.sent:
                journal = self._jobs.journal
                charged, among = sent_since(journal.records(reversed(journal.index.ids)), record.sent)
                before = Seen(record.balance_before - charged, record.balance_since or record.sent)
                self._scheduler.connection.account.left_unanswered(job, self._jobs, before, max(1, among))

    def _adopt(self, job: Job) -> bool:
        """Make another kernel's planned job this one's, where it was asked for here too and is sent by nobody else."""
        if job.status is not State.PLANNED or job.id not in self._jobs.ownership.asked:
            return False
        scheduler = self._scheduler.peer_for(job)
        if scheduler is None:
            return False
        with suppress(QwenError):  # the budget, or an equal one was bought and its lines are gone
            if self._jobs.equal(job.request.key, job.record.service, scheduler) not in (None, job):
                return False
            counted = job.record.credits
            if job.id in self._jobs.ownership.dropped:  # else it is among the committed
                scheduler.budget.check()
                counted = scheduler.budget.price_now
            if self._jobs.pick_up(job, counted):
                scheduler.start(job)
                return True
        return False
