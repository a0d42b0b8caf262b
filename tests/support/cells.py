"""Runs of notebook cells, played without a kernel."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import qwen_notebook as qn
from qwen_notebook.studio import admission
from qwen_notebook.studio.running_cell import CellRun
from qwen_notebook.studio.unseeded import taken_in


class Cells:
    """Cells of one notebook: what is submitted within `run` is submitted by that cell."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._running: CellRun | None = None
        monkeypatch.setattr(admission, "running_cell", self._current)

    def _current(self) -> CellRun | None:
        run = self._running
        return run if run is not None and run.thread == threading.get_ident() else None

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Run a cell once."""
        self._running = CellRun(name.ljust(32, "0"))
        try:
            yield
        finally:
            self._running = None

    def restart(self, studio: qn.Studio) -> None:
        """Forget what the cells got, as a new kernel does."""
        taken_in(studio.store.folder).after_fork_in_child()
