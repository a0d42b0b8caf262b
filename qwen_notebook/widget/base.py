"""What every widget of ours has: answers, pictures on the wire, plain outputs beside it, and an end."""

# ipywidgets, anywidget and traitlets have no types of their own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import base64
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import traitlets as t

from qwen_notebook.studio.output import in_notebook
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio
from qwen_notebook.widget.assets import asset
from qwen_notebook.widget.outputs import SharedOutputs
from qwen_notebook.widget.protocol import VERSION
from qwen_notebook.widget.replies import Replies, Result
from qwen_notebook.widget.serialize import kernel_name
from qwen_notebook.widget.threadsafe import ThreadsafeWidget

if TYPE_CHECKING:
    from qwen_notebook.widget.messages import Hello, Want


class BaseWidget(ThreadsafeWidget):
    """A widget that talks with its front end while cells run.

    Messages come on threads of their own, and are taken on several at once.

    Parameters
    ----------
    bundle
        The front end's built files, by their common name.
    studio
        Whose pictures it shows.
    **traits
        First values.
    """

    _esm = t.Unicode().tag(sync=True)
    _css = t.Unicode().tag(sync=True)

    def __init__(self, bundle: str, studio: Studio, **traits: Any) -> None:
        self.studio = studio
        self._shared = SharedOutputs()
        self.answers = Replies(self.send)
        self._stores: set[str] = set()
        super().__init__(_esm=asset(f"{bundle}.js"), _css=asset(f"{bundle}.css"), **traits)
        _answer_while_busy(self.comm)
        self.on_msg(_take)

    def refresh(self) -> None:
        """Bring what the front end knows up to date, soon."""
        raise NotImplementedError

    def hint(self, name: str) -> str:
        """What there is to do to see it: said to those who read a saved notebook, or who print it elsewhere."""
        if self.comm is None:
            return "closed"
        return f"run this cell to open {name}" if in_notebook() else "a widget, which only a notebook shows"

    def close(self) -> None:
        """Take it off the screen and let go of all it holds."""
        layout: Any = self.layout
        super().close()
        layout.close()  # ipywidgets makes one for each widget, and forgets it
        self.answers.forget()

    def __del__(self) -> None:
        with suppress(Exception):  # one whose making failed halfway has nothing to close
            super().__del__()

    # For the messages

    def take(self, content: object) -> None:
        """Take one message of the front end and answer it."""
        raise NotImplementedError

    def greet(self, hello: Hello) -> Result:
        """A view came up: say that a kernel is there."""
        if hello.store is not None:
            self._stores.add(hello.store)
        self.refresh()
        return {"kernel": kernel_name(), "v": VERSION}

    @property
    def reloaded(self) -> bool:
        """Whether the page was loaded anew since it was shown: then new outputs no longer reach the file."""
        return len(self._stores) > 1

    def deliver(self, want: Want) -> Result:
        """Send the pictures that a view wants, and say which there are not."""
        missing: list[str] = []
        for job_id in want.jobs:
            job = self.studio.job(job_id)
            try:
                if job is None or job.picture is None:
                    raise FileNotFoundError
                self.send_picture(job.picture, want.size)
            except OSError:
                missing.append(job_id)
        return {"missing": missing}

    def send_picture(self, picture: Picture, size: Literal["preview", "full"]) -> None:
        """Send the bytes of a picture to the front end.

        Raises
        ------
        OSError
            If its file cannot be read.
        """
        content = picture.preview if size == "preview" else picture.bytes
        mime = "image/jpeg" if size == "preview" or picture.name.endswith(".jpg") else "image/png"
        message: dict[str, Any] = {"kind": "preview", "job": picture.id, "size": size, "mime": mime}
        if "google.colab" in sys.modules:
            self.send(message | {"data": base64.b64encode(content).decode()})
        else:
            self.send(message, [content])

    # For ipywidgets

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._shared.moved_here()
        self._stores.clear()
        self._share_here()
        return super()._repr_mimebundle_(**kwargs)

    def _share_here(self) -> None:
        """Publish the plain outputs beside it, in the cell that shows it now."""
        raise NotImplementedError


def _take(widget: BaseWidget, content: Any, _: list[Any]) -> None:
    widget.take(content)


def _answer_while_busy(comm: Any) -> None:
    """Let presses be heard while a cell runs.

    ipykernel 7.4 sends a front end's message to wherever the kernel last published on the comm. After a trait was set
    from a cell that is the main thread, which a running cell blocks. The hook is private to ipykernel, so its absence
    is no error.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _where_it_came_from


def _where_it_came_from(_: Any, default: Any) -> Any:
    return default
