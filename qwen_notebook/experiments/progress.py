"""How a run is coming along: the figures, and the line that shows them."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol


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
    credits
        Spent by this run and not refunded.
    seconds
        How long the run has taken.
    """

    total: int
    done: int = 0
    saved: int = 0
    failed: int = 0
    uncertain: int = 0
    unfinished: int = 0
    credits: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        if not self.total:
            return "nothing to make: all that can be is there"
        parts = [f"{self.done:,} of {self.total:,}"]
        parts += [f"{self.credits:,} credits"] if self.credits else []
        parts += [f"{self.failed:,} failed"] if self.failed else []
        parts += [f"{self.uncertain:,} uncertain"] if self.uncertain else []
        parts += [f"{self.unfinished:,} unfinished"] if self.unfinished else []
        return " · ".join(parts)

    def __repr__(self) -> str:
        return f"{self} · {self.seconds:.0f} s" if self.total else str(self)


class Bar(Protocol):
    """What shows the progress."""

    def show(self, progress: Progress) -> None:
        """Draw the figures."""
        ...

    def close(self) -> None:
        """Leave the last figures standing."""
        ...


def progress_bar(tqdm: Callable[..., Any] | None) -> Bar:
    """The bar for a run.

    Parameters
    ----------
    tqdm
        A class to use, as ``tqdm.auto.tqdm``; None for that one where it is installed and the output is a terminal.
        In a notebook `tqdm.auto` draws a widget, of which a reader without a kernel sees "model not found"; so the
        default there is a line of text.
    """
    if tqdm is None and sys.stdout.isatty() and find_spec("tqdm") is not None:
        tqdm = import_module("tqdm.auto").tqdm
    return _Tqdm(tqdm) if tqdm is not None else _Line()


class _Line:
    """One line of text, rewritten."""

    def __init__(self) -> None:
        self._able = sys.stdout.isatty() or "ipykernel" in type(sys.stdout).__module__
        self._shown = ""

    def show(self, progress: Progress) -> None:
        text = str(progress)
        if self._able and text != self._shown:
            print("\r" + text.ljust(len(self._shown)), end="", flush=True)
            self._shown = text

    def close(self) -> None:
        if self._shown:
            print(flush=True)


class _Tqdm:
    def __init__(self, tqdm: Callable[..., Any]) -> None:
        self._make = tqdm
        self._bar: Any = None

    def show(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = self._make(total=progress.total, unit="picture")
        self._bar.set_postfix(
            {"credits": progress.credits, "failed": progress.failed + progress.uncertain}, refresh=False
        )
        self._bar.update(progress.done - self._bar.n)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
