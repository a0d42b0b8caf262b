"""Who writes a folder's journal, and whether they are still at work.

A writer holds a lock for as long as it lives. Death is proved by a free lock alone, and only where it is the very
lock that the writer took on this running machine; or by the writer's own last line. Host names and process ids prove
nothing: containers share them.
"""

import json
import os
import secrets
import socket
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from qwen_notebook.journal.locks import is_free

_LONGEST_LINE = 4096
"""Of a writer's first and last line, in bytes."""
OPEN_HERE: set[str] = set()
"""The writers of this process."""
if hasattr(os, "register_at_fork"):
    # None of them is the child's, nor one whose file another thread was just making.
    os.register_at_fork(after_in_child=OPEN_HERE.clear)


def new_writer() -> str:
    """A name for a writer of this process, which nobody else has."""
    return f"{_this_host()}-{os.getpid()}-{secrets.token_hex(4)}"


def lock_path(file: Path) -> Path:
    """Where the lock of a writer's file is."""
    return file.with_suffix(".lock")


def introduction(identity: tuple[int, int] | None) -> dict[str, Any]:
    """What a writer says of itself in its first line: enough to prove its death one day.

    Parameters
    ----------
    identity
        Device and inode of its lock; None where there are no locks.
    """
    return {"process": process_mark(os.getpid()), "boot": boot_mark(), "lock": identity and list(identity)}


def is_alive(file: Path) -> bool | None:
    """Whether the writer of a file is still at work; None where neither is proved.

    Parameters
    ----------
    file
        Its journal.
    """
    if file.stem in OPEN_HERE:
        return True
    first, last = _first_and_last_line(file)
    match first, last:
        case _, {"kind": "closed", "writer": file.stem}:
            return False
        case {"boot": str(boot), "lock": [int(device), int(inode)]}, _ if boot == boot_mark():
            free = is_free(lock_path(file), (device, inode))
            return None if free is None else not free
        case _:
            return None


def _first_and_last_line(file: Path) -> tuple[Any, Any]:
    try:
        with file.open("rb") as lines:
            first = lines.readline(_LONGEST_LINE)
            lines.seek(max(0, lines.seek(0, os.SEEK_END) - _LONGEST_LINE))
            return _decoded(first), _decoded(lines.read().rstrip().rpartition(b"\n")[2])
    except OSError:
        return None, None


def _decoded(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _this_host() -> str:
    # A hash: the journal is shared with people whom the machine's name does not concern.
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


@cache
def boot_mark() -> str:
    """Something that all processes of this running machine share, containers too, and no other machine has."""
    return sha256(_boot_id().encode()).hexdigest()[:16]


def _boot_id() -> str:
    try:
        if sys.platform == "linux":
            return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        if sys.platform == "darwin":
            import ctypes

            size, text = ctypes.c_size_t(64), ctypes.create_string_buffer(64)
            ctypes.CDLL(None).sysctlbyname(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0)
            return text.value.decode()
        if sys.platform == "win32":
            import winreg

            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
                return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    except (OSError, ValueError, AttributeError):
        pass
    return secrets.token_hex(16)  # nobody's: then nothing is proved here


def process_mark(pid: int) -> str | None:
    """Something that differs between two processes that had the same id; for versions before the locks."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
