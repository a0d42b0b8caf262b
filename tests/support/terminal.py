"""A program run in a real terminal of a given width, and what it wrote there."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

from tests.support.environment import clean_environment


def in_terminal(code: str, folder: Path, *, columns: int, **environment: str) -> str:
    """Run a Python program with a terminal as its input and output, to its good end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    given = clean_environment(TERM="xterm", **environment)
    given.pop("COLUMNS", None)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=given
    ) as program:
        os.close(theirs)
        written = _all_of(ours)
        assert program.wait(60) == 0, written
    os.close(ours)
    return written.replace("\r\n", "\n")


def _all_of(terminal: int) -> str:
    content = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # how Linux tells that nobody has its other end any more
            piece = b""
        if not piece:
            return content.decode()
        content += piece


def screen_of(written: str) -> list[str]:
    """The lines as they stand on the screen in the end."""
    return [_line_of(line) for line in written.rstrip("\n").split("\n")]


def _line_of(line: str) -> str:
    status = ""
    for text in line.split("\r"):
        status = text + status[len(text) :]
    return status.rstrip()
