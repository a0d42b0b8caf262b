"""How a run is coming along: the figures, and the words for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qwen_notebook.experiments.status_counts import tell, tell_ways_on
from qwen_notebook.reapi.formatting import in_credits
from qwen_notebook.reapi.reprs import always_printable


@always_printable
@dataclass(slots=True)
class Progress:
    """The figures of a run, as it goes.

    Attributes
    ----------
    total
        Cells that this run sends or waits for.
    done
        Those that are through, with or without a picture.
    saved, failed, uncertain
        How they ended.
    unfinished
        Those at the service whose deadline passed; nothing is lost, and the next run waits for them again.
    new
        Those that the service turned away without making them, for no fault of their own; the next run sends them.
    credits
        Spent by this run and not refunded.
    seconds
        How long the run has taken.
    stopped
        Why it sends nothing more before its end, where something stopped it; empty where a person did.
    before
        How all cells of the experiment stood when it began, by the words of `Plan`.
    """

    total: int
    done: int = 0
    saved: int = 0
    failed: int = 0
    uncertain: int = 0
    unfinished: int = 0
    new: int = 0
    credits: int = 0
    seconds: float = 0.0
    stopped: str | None = None
    before: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def remaining(self) -> int:
        """Cells of this run that are not through."""
        return self.total - self.done

    @property
    def is_over(self) -> bool:
        """Whether it is at its end, or stopped."""
        return self.stopped is not None or not self.remaining

    def __str__(self) -> str:
        if not self.total:
            there = tell_ways_on(self.before)
            return f"nothing to make: {', '.join(there)}" if there else "nothing to make"
        ended = {
            "running": self.unfinished,
            "uncertain": self.uncertain,
            "failed": self.failed,
            "new": self.new,
        }
        parts = [f"{self.done:,} of {self.total:,}"]
        parts += [in_credits(self.credits)] if self.credits else []
        parts += tell_ways_on(ended) if self.is_over else tell(ended)
        if self.stopped is not None:
            left = f", {self.remaining:,} still to make" if self.remaining else ""
            parts.append(f"stopped{left}" + (f": {self.stopped}" if self.stopped else ""))
        return " · ".join(parts)

    def __repr__(self) -> str:
        return f"{self} · {self.seconds:.0f} s" if self.total else str(self)
