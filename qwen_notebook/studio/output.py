"""What is said to a person: where it goes, and that saying it never fails.

A picture that is paid for must not be lost because a host has no output, closed it, or cannot write a character.
"""

import os
import select
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_PLAIN = str.maketrans({"·": "-", "…": "...", "×": "x", "–": "-", "—": "-", "→": "->", "“": '"', "”": '"'})
"""What stands for the characters of our sentences where an output cannot write them."""


def notebook_shell() -> Any:
    """The shell of the notebook that this runs in; None in a terminal, a script, or elsewhere."""
    with suppress(Exception):
        if "IPython" in sys.modules:
            from IPython.core.getipython import get_ipython

            shell: Any = get_ipython()
            return shell if getattr(shell, "kernel", None) is not None else None
    return None


def in_notebook() -> bool:
    """Whether cells show what is displayed: in a kernel of Jupyter, or in marimo."""
    if notebook_shell() is not None:
        return True
    with suppress(Exception):
        return bool(sys.modules["marimo"].running_in_notebook())
    return False


def shown_path(path: Path) -> str:
    """A path as it is said: whole, but in a notebook without the person's name, since notebooks are shared."""
    with suppress(Exception):
        if in_notebook():
            return f"~/{path.relative_to(Path.home()).as_posix()}"
    return str(path)


class Output:
    """An output stream, by default that of the moment, which never fails.

    Parameters
    ----------
    stream
        Any object; what cannot be written to it is dropped. None for the standard output of the moment.
    """

    def __init__(self, stream: Any = None) -> None:
        self._stream = sys.stdout if stream is None else stream

    @property
    def is_terminal(self) -> bool:
        """Whether it is a terminal whose last line can be rewritten."""
        if type(self._stream).__module__.startswith("idlelib") or os.environ.get("TERM") == "dumb":
            return False
        try:
            return bool(self._stream.isatty())
        except Exception:
            return False

    @property
    def is_cell(self) -> bool:
        """Whether what is written to it lands in a notebook's cell: it is the kernel's own, and nobody captures it."""
        shell = notebook_shell()
        kernels = {"ipykernel", type(shell).__module__.partition(".")[0]}
        return shell is not None and type(self._stream).__module__.partition(".")[0] in kernels

    @property
    def columns(self) -> int:
        """The width of the terminal, in characters."""
        with suppress(Exception):
            given = os.environ.get("COLUMNS", "")
            if not given.isdecimal() or int(given) == 0:
                return os.get_terminal_size(self._stream.fileno()).columns or _USUAL_COLUMNS
            return int(given)
        return _USUAL_COLUMNS

    def write(self, text: str) -> None:
        """Write and flush, as well as it can."""
        with suppress(Exception):
            if not self._is_broken():
                self._stream.write(self._writable(text))
                self._stream.flush()

    def _writable(self, text: str) -> str:
        """The text with other characters for those that the stream cannot encode."""
        encoding = getattr(self._stream, "encoding", None)
        if not isinstance(encoding, str):
            return text
        try:
            text.encode(encoding, getattr(self._stream, "errors", None) or "strict")
        except UnicodeError:
            return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
        return text

    def _is_broken(self) -> bool:
        """Whether nobody reads the pipe any more.

        What is written then stays in the stream's buffer, and would make the interpreter fail at its end.
        """
        with suppress(Exception):
            poll = select.poll()  # there is none on Windows
            poll.register(self._stream.fileno(), select.POLLOUT)
            return any(event & select.POLLERR for _, event in poll.poll(0))
        return False


_USUAL_COLUMNS = 80
