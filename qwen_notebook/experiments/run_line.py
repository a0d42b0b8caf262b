"""The line that shows how a run comes along: the one that all waiting shows, or a bar of tqdm's."""

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from qwen_notebook.experiments.progress import Progress
from qwen_notebook.studio.output import Output
from qwen_notebook.studio.progress_line import ProgressLine, progress_line, say


def run_line(progress: Progress, tqdm: Callable[..., Any] | None) -> ProgressLine:
    """The line for a run. It never raises.

    Parameters
    ----------
    progress
        The run's figures, as they go.
    tqdm
        A class to use, as ``tqdm.auto.tqdm``; None for that one where it is installed and the output is a terminal.
        In a notebook `tqdm.auto` draws a widget, of which a reader without a kernel sees "model not found"; so the
        default there is a line of text.
    """
    if tqdm is None and Output().is_terminal:
        with suppress(Exception):
            tqdm = import_module("tqdm.auto").tqdm if find_spec("tqdm") is not None else None
    return _TqdmLine(progress, tqdm) if tqdm is not None else progress_line()


class _TqdmLine:
    """A bar of tqdm's, which draws the figures themselves; a line of text in its place, where that fails."""

    def __init__(self, progress: Progress, tqdm: Callable[..., Any]) -> None:
        self._progress = progress
        self._make = tqdm
        self._bar: Any = None
        self._instead: ProgressLine | None = None

    def show(self, text: str) -> None:
        if self._instead is None:
            try:
                self._draw()
            except Exception:
                self._instead = progress_line()
        if self._instead is not None:
            self._instead.show(text)

    def close(self, text: str) -> None:
        if self._progress.total:
            self.show(text)
        self._leave()
        if self._instead is not None:
            self._instead.close(text)
        elif not _all_made(self._progress):
            say(text)

    def abandon(self, text: str) -> None:
        self._leave()
        if self._instead is not None:
            self._instead.abandon(text)

    def _draw(self) -> None:
        progress = self._progress
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


def _all_made(progress: Progress) -> bool:
    """Whether it came to the end that needs no words: a full bar says it."""
    return progress.total > 0 and progress.stopped is None and progress.saved == progress.done
