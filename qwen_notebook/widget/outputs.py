"""The plain outputs beside a panel or a grid: what GitHub, nbconvert and a reader without a kernel see.

Each saved picture becomes an output of its own, in the cell that shows the panel, and so does the contact sheet of a
grid. While the widget is alive its style hides them, so that nothing is seen twice. Image outputs have no class, so
ours are known by the first bytes of the file: a JPEG comment, which in base64 is a constant prefix.
"""

import base64
import contextvars
import sys
from contextlib import suppress
from typing import Any

from qwen_notebook.studio.picture import Picture

MARK = b"qwen-notebook preview v1"
MARKED_HEAD = b"\xff\xd8\xff\xfe" + (len(MARK) + 2).to_bytes(2, "big") + MARK
MARKED_PREFIX = base64.b64encode(MARKED_HEAD).decode()
"""How every shared picture begins in base64: 30 bytes, so 40 characters without a remainder."""
MAX_SHARED = 24


def marked(jpeg: bytes) -> bytes:
    """Put our mark into a JPEG file, as its first segment."""
    return MARKED_HEAD + jpeg[2:]


class SharedOutputs:
    """The plain outputs of one widget, in the cell that showed it last.

    A display from a click or from another thread reaches a cell only in the context of that cell, so the context is
    kept when the panel is shown.
    """

    def __init__(self) -> None:
        self._cell: contextvars.Context | None = None
        self._shown: set[str] = set()

    def moved_here(self) -> None:
        """Take the running cell for the one that shows the widget."""
        self._cell = contextvars.copy_context()
        self._shown.clear()

    @property
    def placed(self) -> bool:
        """Whether a cell shows the widget."""
        return self._cell is not None

    def share(self, picture: Picture) -> None:
        """Publish a picture once as a plain output of the widget's cell; elsewhere than in a kernel, do nothing."""
        if picture.id not in self._shown:
            with suppress(OSError):  # a preview that cannot be read must not stop the picture
                self.show(picture.id, picture.preview, f"{picture.request.prompt}\n{picture!r}")

    def show(self, key: str, jpeg: bytes, text: str) -> None:
        """Publish a JPEG under a name as a plain output of the widget's cell, in place of the one before."""
        if self._cell is None or "IPython" not in sys.modules:
            return
        update = key in self._shown
        self._shown.add(key)
        data = {"image/jpeg": base64.b64encode(marked(jpeg)).decode(), "text/plain": text}
        with suppress(Exception):  # what cannot be shown must not stop the rest
            self._cell.copy().run(_publish, data, key, update=update)

    def withdraw(self, key: str) -> None:
        """Empty the output of a picture that was deleted."""
        if self._cell is not None and key in self._shown:
            with suppress(Exception):
                self._cell.copy().run(_publish, {"text/plain": ""}, key, update=True)


def _publish(data: dict[str, str], key: str, *, update: bool = False) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    if InteractiveShell.initialized():
        publisher: Any = InteractiveShell.instance().display_pub
        publisher.publish(data=data, metadata={}, transient={"display_id": f"qwen-{key}"}, update=update)
