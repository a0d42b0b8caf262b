"""Which notebook cell is running, and whether a call comes from it.

A kernel keeps the message of the last cell also when that has ended, and hands it on to threads and callbacks. So
IPython's own events tell here when a cell begins and ends, and a context variable tells its code, and the tasks that it
makes, from everything else that runs meanwhile.
"""

from __future__ import annotations

import hashlib
import re
import sys
import threading
from collections import Counter
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import time
from typing import Any, cast

from qwen_notebook.concurrency.forking import on_fork_in_child

_PLAIN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_HASH_DIGITS = 32


@dataclass(eq=False, slots=True)
class CellRun:
    """One run of one notebook cell.

    Attributes
    ----------
    cell
        The same for all runs of a cell, also in another kernel (32 hex digits).
    message
        The id of the message that the front end sent to have it run.
    source
        The text of the cell.
    thread
        The thread that it runs on.
    began
        When it began, in Unix seconds.
    over
        Whether it has ended.
    """

    cell: str
    message: str = ""
    source: str = ""
    thread: int = field(default_factory=threading.get_ident)
    began: float = field(default_factory=time)
    over: bool = False

    def __deepcopy__(self, _: object) -> CellRun:
        """Be the same run wherever it is noted."""
        return self


_run: ContextVar[CellRun | None] = ContextVar("qwen_notebook_cell_run", default=None)


class RunningCells:
    """Follows the cells that the kernel of this process runs. Elsewhere than in a kernel there are none."""

    def __init__(self) -> None:
        self._begin()
        on_fork_in_child(self)

    def _begin(self) -> None:
        self._shell: Any = None
        self._open: dict[str, CellRun] = {}
        self._first: CellRun | None = None
        self._headless: Counter[str] = Counter()

    def after_fork_in_child(self) -> None:
        """Leave the parent's cells to the parent: what runs here is a program of its own."""
        shell = self._shell
        for run in self._open.values():
            run.over = True
        self._begin()
        self._shell = shell

    def current(self) -> CellRun | None:
        """The run of the cell that the caller's code belongs to; None outside, or once the cell has ended."""
        self.follow()
        run = _run.get() or self._first
        if run is None or run.over or run.thread != threading.get_ident():
            return None
        message = _message(self._shell)
        # Another message is being handled while the cell waits: a press, or another cell.
        return run if message is not None and message["header"]["msg_id"] == run.message else None

    def follow(self) -> None:
        """Begin to follow the kernel's cells, if there is a kernel."""
        shell = _kernel_shell()
        if shell is None or shell is self._shell:
            return
        with suppress(Exception):
            shell.events.register("pre_run_cell", self._began)
            shell.events.register("post_run_cell", self._ended)
            self._shell = shell
            if (
                threading.current_thread() is threading.main_thread()
                and shell.displayhook.exec_result is not None
            ):
                # In the middle of a cell, the one that uses this package first: nobody told of its beginning.
                message = _message(shell)
                if message is not None and not message["content"].get("silent"):
                    self._first = self._take(message, message["content"]["code"])

    def _began(self, info: Any) -> None:
        with suppress(Exception):
            message = _message(self._shell)
            if (
                message is not None and message["header"]["msg_id"] not in self._open
            ):  # else one cell runs another
                self._take(message, info.raw_cell)

    def _take(self, message: dict[str, Any], source: str) -> CellRun:
        run = CellRun(self._cell_of(message, source), message["header"]["msg_id"], source)
        self._open[run.message] = run
        _run.set(run)
        return run

    def _ended(self, result: Any) -> None:
        with suppress(Exception):
            message = _message(self._shell)
            run = self._open.get(message["header"]["msg_id"]) if message is not None else None
            if run is not None and (result is None or result.info.raw_cell == run.source):
                run.over = True
                del self._open[run.message]

    def _cell_of(self, message: dict[str, Any], source: str) -> str:
        """What tells a cell from all others: the id that the front end gives it, else its text.

        A program that runs a notebook from end to end (nbclient, nbconvert, papermill) tells no ids, lets nobody type
        anything in, and runs no cell twice. There, cells with the same text are told apart by their order.
        """
        cell_id = _cell_id(message)
        if cell_id is not None:
            return _hashed("id", cell_id)
        if message["content"].get("allow_stdin", True):
            return _hashed("text", source)
        text = _hashed("text", source)
        self._headless[text] += 1
        return text if self._headless[text] == 1 else _hashed(f"text {self._headless[text]}", source)


def running_cell() -> CellRun | None:
    """The run of the notebook cell that the caller's code belongs to.

    Returns
    -------
    CellRun or None
        None in a script, on another thread, in a callback, in a task that outlived its cell, and in a terminal.
    """
    return _cells.current()


def this_cell() -> str | None:
    """The id of the notebook cell that is running, or ran last, where the front end told it.

    An id that may hold a path, as VS Code's does, is given as a hash.
    """
    message = _message(_kernel_shell())
    cell_id = _cell_id(message) if message is not None else None
    return cell_id if cell_id is None or _PLAIN_ID.fullmatch(cell_id) else _hashed("id", cell_id)


def _kernel_shell() -> Any:
    """The shell of the kernel in this process; None in a script and in a terminal."""
    if "IPython" in sys.modules:
        with suppress(Exception):
            from IPython.core.getipython import get_ipython

            shell: Any = cast("Any", get_ipython())
            return shell if getattr(shell, "kernel", None) is not None else None
    return None


def _message(shell: Any) -> dict[str, Any] | None:
    """The request to run a cell that the kernel is at, as the caller's context knows it."""
    with suppress(Exception):
        message = shell.kernel.get_parent()
        return message if message["header"]["msg_type"] == "execute_request" else None
    return None


def _cell_id(message: dict[str, Any]) -> str | None:
    metadata: dict[str, Any] = message.get("metadata") or {}
    cell_id = metadata.get("cellId")
    # VS Code's interactive window makes a new cell of each run, so its ids tell nothing.
    return cell_id if isinstance(cell_id, str) and cell_id and ".interactive#" not in cell_id else None


def _hashed(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode(errors="replace")).hexdigest()[:_HASH_DIGITS]


_cells = RunningCells()
_cells.follow()
