"""How a run is coming along: the figures, and the line that shows them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from qwen_notebook.experiments.status_counts import tell, tell_ways_on
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.studio.output import Output
from qwen_notebook.studio.progress_line import progress_line, say


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

    @property
    def needs_words(self) -> bool:
        """Whether it came to another end than that all was made."""
        return not self.total or self.stopped is not None or self.saved < self.done

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
        parts += [f"{self.credits:,} credits"] if self.credits else []
        parts += tell_ways_on(ended) if self.is_over else tell(ended)
        if self.stopped is not None:
            left = f", {self.remaining:,} still to make" if self.remaining else ""
            parts.append(f"stopped{left}" + (f": {self.stopped}" if self.stopped else ""))
        return " · ".join(parts)

    def __repr__(self) -> str:
        return f"{self} · {self.seconds:.0f} s" if self.total else str(self)


class Bar(Protocol):
    """What shows the progress."""

    def show(self, progress: Progress) -> None:
        """Draw the figures."""
        ...

    def close(self, progress: Progress) -> None:
        """Leave the last figures standing."""
        ...

    def abandon(self, progress: Progress) -> None:
        """End it where a sentence says why."""
        ...


def progress_bar(tqdm: Callable[..., Any] | None) -> Bar:
    """The bar for a run. It never raises.

    Parameters
    ----------
    tqdm
        A class to use, as ``tqdm.auto.tqdm``; None for that one where it is installed and the output is a terminal.
        In a notebook `tqdm.auto` draws a widget, of which a reader without a kernel sees "model not found"; so the
        default there is a line of text.
    """
    if tqdm is None and Output().is_terminal:
        with suppress(Exception):
            tqdm = import_module("tqdm.auto").tqdm if find_spec("tqdm") is not None else None
    return _Tqdm(tqdm) if tqdm is not None else _Line()


class _Line:
    """One line of text."""

    def __init__(self) -> None:
        self._line = progress_line()

    def show(self, progress: Progress) -> None:
        self._line.show(str(progress))

    def close(self, progress: Progress) -> None:
        self._line.close(str(progress))

    def abandon(self, progress: Progress) -> None:
        self._line.abandon(str(progress))


class _Tqdm:
    """A bar of tqdm's; a line of text in its place, where that fails."""

    def __init__(self, tqdm: Callable[..., Any]) -> None:
        self._make = tqdm
        self._bar: Any = None
        self._instead: _Line | None = None

    def show(self, progress: Progress) -> None:
        if self._instead is None:
            try:
                self._draw(progress)
            except Exception:
                self._instead = _Line()
        if self._instead is not None:
            self._instead.show(progress)

    def close(self, progress: Progress) -> None:
        if progress.total:
            self.show(progress)
        self._leave()
        if self._instead is not None:
            self._instead.close(progress)
        elif progress.needs_words:
            say(str(progress))

    def abandon(self, progress: Progress) -> None:
        self._leave()
        if self._instead is not None:
            self._instead.abandon(progress)

    def _draw(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = self._make(total=progress.total, unit="picture")
        figures = {"credits": progress.credits, "failed": progress.failed, "uncertain": progress.uncertain}
        self._bar.set_postfix(figures, refresh=False)
        self._bar.update(progress.done - self._bar.n)
        self._bar.refresh()

    def _leave(self) -> None:
        with suppress(Exception):
            if self._bar is not None:
                self._bar.close()
