"""One line that tells how something goes, rewritten where output can be, and said once where it cannot.

In a notebook it is an output of its own that is updated, so that a saved file has its last state only. In a terminal it
is the last line on the screen, kept narrower than the screen, since a line that wraps cannot be rewritten. Anywhere
else (a pipe, a log, a host without output) only the last state is written, and beside the program's own output.
"""

import os
import secrets
import sys
from contextlib import suppress
from typing import Any, Protocol
from weakref import ref

from qwen_notebook.studio.output import Output, notebook_shell
from qwen_notebook.studio.text_width import broken_at, cut_to, width_of

_BETWEEN = " · "


class ProgressLine(Protocol):
    """The line. None of these ever raises."""

    def show(self, text: str) -> None:
        """Write the present state in place of the one before."""
        ...

    def close(self, text: str) -> None:
        """Write the last state, which stays."""
        ...

    def abandon(self, text: str) -> None:
        """End it where something else says why: the last state is written only in place of the one before."""
        ...


def progress_line() -> ProgressLine:
    """The line for where output goes at this moment."""
    output = Output()
    if output.is_cell:
        # An Output widget takes in what is displayed and no updates of it, so there the line is rewritten as text.
        return _ScreenLine(output) if _in_output_widget() else _CellLine()
    return _ScreenLine(output) if output.is_terminal else _LastLine(_beside())


def say(text: str) -> None:
    """Write a sentence on lines of its own, below a line that is being rewritten."""
    _ScreenLine.make_room()
    Output().write(f"{text}\n")


def remark(text: str) -> None:
    """Say what nobody asked for: where a program's output is read by another, beside it."""
    output = Output()
    if output.is_cell or output.is_terminal:
        say(text)
    else:
        _beside().write(f"{text}\n")


def _beside() -> Output:
    """Where a program tells how it goes, if what it prints is read by another; whoever replaced its output gets it."""
    read_by_another = sys.stdout is sys.__stdout__ and notebook_shell() is None
    return Output(sys.stderr) if read_by_another else Output()


class _CellLine:
    """An output of the cell, updated."""

    def __init__(self) -> None:
        self._shown: str | None = None
        self._id = f"qwen-line-{secrets.token_hex(6)}"

    def show(self, text: str) -> None:
        if text == self._shown:
            return
        with suppress(Exception):
            notebook_shell().display_pub.publish(
                data={"text/plain": text},
                metadata={},
                transient={"display_id": self._id},
                update=self._shown is not None,
            )
            self._shown = text

    def close(self, text: str) -> None:
        self.show(text)

    def abandon(self, text: str) -> None:
        if self._shown is not None:
            self.show(text)


class _ScreenLine:
    """The last line of a terminal. Of several at once only the first is drawn; the others tell their last state."""

    # Without a lock, as one that another thread holds at a fork would be held in the child for ever, and all that two
    # threads can do to each other here is to mix two lines.
    _on_screen: "ref[_ScreenLine] | None" = None

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown = ""
        self._process = os.getpid()

    @classmethod
    def make_room(cls, asks: "_ScreenLine | None" = None) -> None:
        """Let what comes next begin on a line of its own."""
        line = cls._drawn()
        if line is not None and line is not asks:
            line.step_down()

    @classmethod
    def _drawn(cls) -> "_ScreenLine | None":
        """The line on the screen; the one of the process that this one was forked from is not ours to rewrite."""
        line = cls._on_screen() if cls._on_screen is not None else None
        return line if line is not None and line._process == os.getpid() else None

    def show(self, text: str) -> None:
        if self._drawn() not in (None, self):
            return
        _ScreenLine._on_screen = ref(self)
        cut = cut_to(_on_one_line(text), self._output.columns - 1)
        if cut != self._shown:
            self._rewrite(cut)
            self._shown = cut

    def close(self, text: str) -> None:
        first, *more = _wrapped(text, self._output.columns - 1)
        self.make_room(self)
        self._rewrite(first)
        self._output.write("".join(f"\n{line}" for line in more) + "\n")
        self._leave()

    def abandon(self, text: str) -> None:
        self.step_down()
        self._leave()

    def step_down(self) -> None:
        """Leave what is on the screen, and go on below it."""
        if self._shown:
            self._output.write("\n")
        self._shown = ""

    def _leave(self) -> None:
        self._shown = ""
        if self._drawn() is self:
            _ScreenLine._on_screen = None

    def _rewrite(self, text: str) -> None:
        self._output.write("\r" + text + " " * (width_of(self._shown) - width_of(text)))


class _LastLine:
    """Nothing until the end, then the last state."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def show(self, text: str) -> None:
        pass

    def close(self, text: str) -> None:
        self._output.write(f"{text}\n")

    def abandon(self, text: str) -> None:
        pass


def _in_output_widget() -> bool:
    """Whether an Output widget of ipywidgets takes in what the cell displays at this moment."""
    with suppress(Exception):
        kinds: Any = sys.modules["ipywidgets.widgets.widget_output"]
        widgets: Any = sys.modules["ipywidgets.widgets.widget"]
        here = notebook_shell().kernel.get_parent()["header"]["msg_id"]
        return any(
            isinstance(widget, kinds.Output) and widget.msg_id == here
            for widget in tuple(widgets._instances.values())
        )
    return False


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _wrapped(text: str, room: int) -> list[str]:
    """A text on as many lines as it needs: broken between its parts where they have room, else anywhere."""
    lines = [""]
    for part in _on_one_line(text).split(_BETWEEN):
        joined = f"{lines[-1]}{_BETWEEN}{part}" if lines[-1] else part
        if width_of(joined) <= room:
            lines[-1] = joined
        else:
            lines += broken_at(part, room)
    return [line for line in lines if line] or [""]
