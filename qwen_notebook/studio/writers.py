"""Who writes a folder's journal, and whether they are still at work."""

import json
import os
import secrets
import socket
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import time

SILENT_SECONDS = 3600.0
"""A writer on another machine that wrote nothing for so long is taken for dead."""
OPEN_HERE: set[str] = set()
"""The writers of this process."""


def new_writer() -> str:
    """A name for a writer of this process, which nobody else has."""
    return f"{_this_host()}-{os.getpid()}-{secrets.token_hex(4)}"


def is_alive(file: Path) -> bool | None:
    """Whether the writer of a file is still at work; None where that cannot be known (another machine)."""
    writer = file.stem
    if writer in OPEN_HERE:
        return True
    host, pid = ([*writer.split("-"), ""])[:2]
    if host != _this_host() or not pid.isdigit():
        return None if _wrote_lately(file) else False
    if int(pid) == os.getpid():
        return False
    mark = process_mark(int(pid))
    return mark is not None and mark == _mark_in(file)


def _wrote_lately(file: Path) -> bool:
    with suppress(OSError):
        return time() - file.stat().st_mtime < SILENT_SECONDS
    return False


def _mark_in(file: Path) -> str | None:
    try:
        with file.open("rb") as lines:
            return json.loads(lines.readline()).get("process")
    except (OSError, ValueError):
        return None


def _this_host() -> str:
    # A hash: the journal is shared with people whom the machine's name does not concern.
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


def process_mark(pid: int) -> str | None:
    """Something that differs between two processes that had the same id; None where none runs."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = stat.rpartition(")")[2].split()
        # What is dead and not yet buried by its parent counts as dead. Else: when it was started, in ticks after boot.
        return None if fields[0] in ("Z", "X") else fields[19]
    except (OSError, IndexError):
        pass
    if sys.platform == "linux":
        return None
    if sys.platform == "win32":
        return "unknown"  # os.kill would end the process there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return "running"
