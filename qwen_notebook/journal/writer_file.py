"""The file of one writer: locked for as long as the writer lives, and known to be still the one at its path."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from qwen_notebook.files import share_with_group, sync_file, sync_folder
from qwen_notebook.journal.lines import append, json_line, write_at
from qwen_notebook.journal.locks import FileLock, NoLocks
from qwen_notebook.journal.writers import OPEN_HERE, introduction, lock_path


class WriterFile:
    """An open journal file, to which one writer appends.

    Parameters
    ----------
    folder
        The ``ledger`` directory.
    writer
        The writer's name.
    head
        The fields of its first line, but for what it says of itself.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, folder: Path, writer: str, head: dict[str, Any]) -> None:
        self.writer = writer
        self.path = folder / f"{writer}.jsonl"
        self._lock = FileLock(lock_path(self.path))
        with suppress(NoLocks):
            self._lock.take()
        try:
            self._file: BinaryIO = self.path.open("x+b", buffering=0)
            share_with_group(self._file.fileno(), folder)
            append(self._file, json_line(head | introduction(self._lock.identity)))
        except OSError:
            self._lock.release()
            raise
        self._end = self._file.seek(0, os.SEEK_END)
        OPEN_HERE.add(writer)
        sync_folder(folder)

    @property
    def name(self) -> str:
        """Its name in the folder."""
        return self.path.name

    @property
    def is_current(self) -> bool:
        """Whether what is written here is found at its path: the folder was not moved, nor the file replaced or cut."""
        try:
            there, here = self.path.stat(), os.fstat(self._file.fileno())
        except (OSError, ValueError):
            return False
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino) and here.st_size >= self._end

    def append(self, data: bytes) -> int:
        """Append whole or not at all, and return the offset."""
        offset = append(self._file, data)
        self._end = offset + len(data)
        return offset

    def overwrite(self, offset: int, data: bytes) -> None:
        """Write over what stands at an offset."""
        write_at(self._file, offset, data)

    def sync(self) -> None:
        """Wait until the disk has it."""
        sync_file(self._file.fileno())

    @property
    def handle(self) -> BinaryIO:
        """To read from; it tells what was written also where the file is no longer at its path."""
        return self._file

    def content(self) -> bytes:
        """All that was written and not cut off since."""
        self._file.seek(0)
        return self._file.read(self._end)

    def close(self, last: dict[str, Any]) -> None:
        """Write the last line, which proves the writer's end, and let go of the lock."""
        with suppress(OSError):
            self.append(json_line(last))
        self._file.close()
        self._lock.release(remove=True)
        OPEN_HERE.discard(self.writer)

    def drop(self) -> None:
        """Close the handles in a forked child, where file and lock are its parent's."""
        with suppress(OSError):
            self._file.close()
        self._lock.drop()

    def __del__(self) -> None:
        OPEN_HERE.discard(self.writer)
