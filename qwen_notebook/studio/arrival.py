"""What was downloaded and waits to be checked: in memory, or on disk under no name."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from qwen_notebook.files import misread

if TYPE_CHECKING:
    from qwen_notebook.studio.storage import Storage


class Arrival:
    """A file that was downloaded.

    Parameters
    ----------
    content
        As it was received.

    Attributes
    ----------
    sha256
        Its hash.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._file: IO[bytes] | None = None
        self.sha256 = hashlib.sha256(content).hexdigest()

    def put_aside(self, store: Storage) -> bool:
        """Move it from memory to the studio's disk; False, and nothing has changed, where that does not take it.

        The file has no name: a process that is killed leaves nothing behind, and what it says is nobody else's to read.
        """
        if self._file is not None:
            return True
        try:
            file = store.unnamed_file()
            try:
                file.write(self._content)
                file.flush()
            except BaseException:
                file.close()
                raise
        except OSError:
            return False
        self._content, self._file = b"", file
        return True

    def read(self) -> bytes:
        """Its content, which is in memory only as long as the caller holds it where it was put aside.

        Raises
        ------
        OSError
            If the disk gives back something else.
        """
        if self._file is None:
            return self._content
        self._file.seek(0)
        content = self._file.read()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise misread()
        return content

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()
