"""What every widget of ours has: replies, pictures on the wire, plain outputs beside it, and an end."""

# ipywidgets, anywidget and traitlets have no types of their own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, Generic, TypeVar

from qwen_notebook.studio.default import default_studio
from qwen_notebook.studio.output import in_notebook
from qwen_notebook.studio.studio import Studio
from qwen_notebook.widget.base_session import WidgetSession
from qwen_notebook.widget.front_end import FrontEnd
from qwen_notebook.widget.replies import LaterReply, Replies, Result
from qwen_notebook.widget.soon import OnceSoon, Soon
from qwen_notebook.widget.threadsafe import ThreadsafeWidget

S = TypeVar("S", bound=WidgetSession)


class Widget(ThreadsafeWidget, Generic[S]):
    """An anywidget on a studio, to make widgets of your own.

    A subclass names its front end, ``_esm`` and ``_css``, as any anywidget does, and its session: the class of what it
    does, which knows no widget. All the rest is there: messages are taken while cells run, on several threads at once,
    and each gets exactly one reply with its ``id``, ``{"kind": "ack", "result": ...}`` or ``{"kind": "reject",
    "error": ...}``; ``{"kind": "want", "id": ..., "jobs": [...]}`` brings pictures' bytes; any thread may write its
    traits; and closing it lets go of everything.

    Parameters
    ----------
    studio
        Whose jobs and pictures it is about; else the default studio in ``./qwen-images``.
    **traits
        First values.

    Attributes
    ----------
    studio
        Where its pictures are made and kept.

    Examples
    --------
    >>> class NewestSession(qn.WidgetSession):
    ...     def update(self):
    ...         return {"newest": self.studio.pictures[-1].id if self.studio.pictures else ""}
    ...
    ...     def handlers(self):
    ...         return super().handlers() | {"star": self.star}
    ...
    ...     def star(self, message):
    ...         self.studio.job(message["job"]).picture.star()
    ...         return {"starred": True}  # doctest: +SKIP
    >>> class Newest(qn.Widget):
    ...     _esm = pathlib.Path("newest.js")
    ...     _session_class = NewestSession
    ...     newest = traitlets.Unicode().tag(sync=True)  # doctest: +SKIP
    >>> Newest(studio)  # the last line of a cell shows it  # doctest: +SKIP
    """

    _session_class: ClassVar[type[Any]] = WidgetSession

    def __init__(self, studio: Studio | None = None, **traits: Any) -> None:
        self._refresh = self._soon(self._push)
        front_end = FrontEnd(self.send, self._refresh)
        self._session: S = self._open_session(studio if studio is not None else default_studio(), front_end)
        self._replies = Replies(self.send, self._handler())
        super().__init__(**traits)
        _answer_while_busy(self.comm)
        self.on_msg(_take)
        self._unsubscribe = self._follow_jobs()
        self._push()

    @property
    def studio(self) -> Studio:
        """Where its pictures are made and kept."""
        return self._session.studio

    def close(self) -> None:
        """Take it off the screen and let go of all it holds."""
        was_open = self.comm is not None
        self._unsubscribe()
        self._refresh.close()
        layout: Any = self.layout
        super().close()
        layout.close()  # ipywidgets makes one for each widget, and forgets it
        self._replies.forget()
        if was_open:  # what was closed is closed once more when it is collected as garbage
            self._session.close()

    def __del__(self) -> None:
        with suppress(Exception):  # one whose making failed halfway has nothing to close
            super().__del__()

    # How it is put together. What others give is called on a daemon thread, where it may take its time; a widget of
    # ours, whose session never waits, has it called at once.

    def _open_session(self, studio: Studio, front_end: FrontEnd) -> S:
        return self._session_class(studio, front_end)

    def _handler(self) -> Callable[[Any], Result | LaterReply]:
        """What takes the front end's messages."""
        return self._session.handle

    def _follow_jobs(self) -> Callable[[], None]:
        """Have the session hear of jobs; what is returned ends it."""
        return self.studio.subscribe(self._session.job_moved)

    def _soon(self, push: Callable[[], None]) -> Soon:
        """How `push` is called soon."""
        return OnceSoon(push, lambda function: self._calls.call(function, context=self._cell))

    def _push(self) -> None:
        """Bring what the front end knows up to date."""
        if self.comm is None:
            return
        values = self._session.update()
        with self._exclusive():
            for name, value in values.items():
                setattr(self, name, value)

    def _hint(self, name: str) -> str:
        """What there is to do to see it: said to those who read a saved notebook, or who print it elsewhere."""
        if self.comm is None:
            return "closed"
        return f"run this cell to open {name}" if in_notebook() else "a widget, which only a notebook shows"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._session.moved_here()
        return super()._repr_mimebundle_(**kwargs)


def _take(widget: Widget[Any], content: Any, _: list[Any]) -> None:
    widget._replies.take(content)  # pyright: ignore[reportPrivateUsage]


def _answer_while_busy(comm: Any) -> None:
    """Let presses be heard while a cell runs.

    ipykernel 7.4 sends a front end's message to wherever the kernel last published on the comm. After a trait was set
    from a cell that is the main thread, which a running cell blocks. The hook is private to ipykernel, so its absence
    is not an error.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _where_it_came_from


def _where_it_came_from(_: Any, default: Any) -> Any:
    return default
