"""What running an experiment would do and cost, before anything is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qwen_notebook.experiments.cell_status import CellJob, CellStatus
from qwen_notebook.experiments.status_counts import by_word, count, tell
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.studio.purchase import cost_of
from qwen_notebook.studio.studio import Studio, core_of

_SHOWN_PROBLEMS = 8


@always_printable
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do.

    Attributes
    ----------
    cells
        How many there are.
    saved, running, uncertain, failed, deleted
        How many of them are in the folder already, and how they stand.
    new
        How many would be sent.
    look_again
        Those among the failed whose image is paid for and was given up: asked to retry, a run looks for it again.
    skipped
        How many the predicate left out.
    price
        Credits an image; None where it is not known.
    problems
        Why nothing can be sent, a sentence each.
    offline
        Whether these are free previews.

    Examples
    --------
    >>> Plan(cells=24, saved=8, new=16, price=31)
    24 cells: 8 saved, 16 new · 496 credits (16 × 31)
    """

    cells: int
    new: int
    saved: int = 0
    running: int = 0
    uncertain: int = 0
    failed: int = 0
    deleted: int = 0
    look_again: int = 0
    skipped: int = 0
    price: int | None = None
    problems: tuple[str, ...] = ()
    offline: bool = False

    @property
    def credits(self) -> int | None:
        """What the new ones cost, in credits, before refunds; None where the price is not known."""
        return None if self.price is None else self.new * self.price

    @property
    def counts(self) -> dict[str, int]:
        """How many cells stand how, by the words above."""
        return by_word({status: getattr(self, status) for status in CellStatus})

    def __str__(self) -> str:
        parts = tell(self.counts)
        if self.look_again:
            parts.append(f"{self.look_again:,} to look for again, free")
        if self.skipped:
            parts.append(f"{self.skipped:,} skipped")
        head = f"{self.cells:,} {'cell' if self.cells == 1 else 'cells'}"
        lines = [f"{head}: {', '.join(parts)}{self._cost()}" if parts else head]
        if self.uncertain:
            lines.append(
                f"{self.uncertain:,} uncertain: they may have been billed without an answer, and are never sent again "
                "by themselves: give the task id, send again or dismiss them (studio.uncertain)."
            )
        if self.failed or self.deleted:
            gone = {"failed": self.failed, "deleted": self.deleted}
            lines.append(f"{', '.join(tell(gone))}: made again only when asked (retry_failed=True).")
        if self.problems:
            lines.append("Nothing can be sent before this is fixed:")
            lines += [f"- {problem}" for problem in self.problems[:_SHOWN_PROBLEMS]]
            if len(self.problems) > _SHOWN_PROBLEMS:
                lines.append(f"- and {len(self.problems) - _SHOWN_PROBLEMS} more (plan.problems)")
        return "\n".join(lines)

    __repr__ = __str__

    def _cost(self) -> str:
        if not self.new:
            return " · nothing to pay"
        if self.offline:
            return " · free previews"
        return f" · {cost_of(self.new, self.price)}"


def plan_of(
    cell_jobs: Sequence[CellJob],
    studio: Studio,
    *,
    skipped: int,
    problems: tuple[str, ...],
    retry_failed: bool,
) -> Plan:
    """Count up how the cells stand.

    Parameters
    ----------
    cell_jobs
        All of them.
    studio
        Whose jobs they are.
    skipped, problems
        How many combinations were left out, and why nothing can be sent.
    retry_failed
        Count what failed or was deleted as to be made again.
    """
    counts = count(cell_jobs)
    look_again = 0
    if retry_failed:
        look_again = sum(
            cell_job.status is CellStatus.FAILED and _is_given_up(cell_job, studio) for cell_job in cell_jobs
        )
        for status in (CellStatus.FAILED, CellStatus.DELETED):
            counts[CellStatus.NEW] += counts.pop(status, 0)
        counts[CellStatus.NEW] -= look_again
    return Plan(
        cells=len(cell_jobs),
        price=0 if studio.offline else studio.price,
        offline=studio.offline,
        skipped=skipped,
        problems=problems,
        look_again=look_again,
        **by_word(counts),
    )


def missing_of(cell_jobs: Iterable[CellJob], retry_failed: bool) -> list[CellJob]:
    """The cells that a run sends or waits for; asked to retry, also those that failed or were deleted, as new ones."""
    return [
        replace(cell_job, status=CellStatus.NEW) if cell_job.status.repeatable else cell_job
        for cell_job in cell_jobs
        if cell_job.status in (CellStatus.NEW, CellStatus.RUNNING)
        or (retry_failed and cell_job.status.repeatable)
    ]


def _is_given_up(cell_job: CellJob, studio: Studio) -> bool:
    """Whether a cell's image is paid for, and was not to be had."""
    state = core_of(studio).lookup.state(cell_job.job_id) if cell_job.job_id is not None else None
    return state is not None and state.given_up
