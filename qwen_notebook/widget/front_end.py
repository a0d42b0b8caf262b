"""The way from a session to its front end: messages, pictures' bytes, and the plain outputs beside the widget."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from typing import Any, Literal

from qwen_notebook.studio.picture import Picture
from qwen_notebook.widget.outputs import SharedOutputs

Size = Literal["preview", "full"]


class FrontEnd:
    """All that a session knows of who looks at it. Its methods may be called on any thread, and none waits.

    Parameters
    ----------
    send
        Takes a message, and the buffers beside it, to the front end.
    refresh
        Has `WidgetSession.update` called soon, however often it is asked for meanwhile.

    Attributes
    ----------
    outputs
        The plain outputs in the cell that shows the widget.
    """

    def __init__(self, send: Callable[..., object], refresh: Callable[[], object]) -> None:
        self._send = send
        self._refresh = refresh
        self.outputs = SharedOutputs()

    def refresh(self) -> None:
        """Bring what the front end knows up to date, soon: see `WidgetSession.update`."""
        self._refresh()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        self._send(message)

    def send_picture(self, picture: Picture, size: Size = "preview") -> None:
        """Send the bytes of a picture.

        Raises
        ------
        OSError
            If its file cannot be read.
        """
        content = picture.preview if size == "preview" else picture.bytes
        mime = "image/jpeg" if size == "preview" or picture.name.endswith(".jpg") else "image/png"
        message: dict[str, Any] = {"kind": "preview", "job": picture.id, "size": size, "mime": mime}
        if "google.colab" in sys.modules:
            self._send(message | {"data": base64.b64encode(content).decode()})
        else:
            self._send(message, [content])

    def share(self, picture: Picture) -> None:
        """Publish a picture as a plain output, once: what a reader without a kernel sees."""
        self.outputs.share(picture)
