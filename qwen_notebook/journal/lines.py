"""Lines of JSON at the end of a file, each whole or not at all."""

import json
import os
from typing import Any, BinaryIO


def json_line(event: dict[str, Any]) -> bytes:
    """One line of JSON."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def append(file: BinaryIO, data: bytes) -> int:
    """Append whole or not at all, and return the offset."""
    offset = file.seek(0, os.SEEK_END)
    try:
        write_all(file, data)
    except OSError:
        file.truncate(offset)
        raise
    return offset


def write_at(file: BinaryIO, offset: int, data: bytes) -> None:
    """Write over what stands at an offset."""
    file.seek(offset)
    write_all(file, data)


def write_all(file: BinaryIO, data: bytes) -> None:
    """Write it all, however many bytes the system takes at once."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
