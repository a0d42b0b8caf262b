"""What every session behind a widget does: greeting views, sending them pictures, and hearing of jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from qwen_notebook.concurrency.user_future import for_people
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.studio import Studio
from qwen_notebook.widget.front_end import FrontEnd, Size
from qwen_notebook.widget.protocol import VERSION
from qwen_notebook.widget.replies import LaterReply, NotUnderstood, Result
from qwen_notebook.widget.serialize import kernel_name

Handler = Callable[[Mapping[str, Any]], "Result | Future[Result]"]


class WidgetSession:
    """What a widget does, apart from being one: it asks the studio, and gives what is to be shown.

    A subclass overrides what it needs of `handlers`, `job_moved`, `update`, `share` and `close`. `Widget` has an
    example.

    Parameters
    ----------
    studio
        Whose jobs and pictures it is about.
    front_end
        What it reaches the front end by.

    Attributes
    ----------
    studio
        Whose jobs and pictures it is about.
    front_end
        `send` messages and `send_picture`; `share` a picture as a plain output; `refresh` has `update` called soon.
    """

    def __init__(self, studio: Studio, front_end: FrontEnd) -> None:
        self.studio = studio
        self.front_end = front_end
        self._pages: set[str] = set()

    # To be overridden

    def handlers(self) -> dict[str, Handler]:
        """What each kind of message does, by its ``kind``.

        A handler takes the message, which nobody has checked, and returns the ``result`` of its answer, or a future
        of that: it must not wait. Where it raises, the front end is told why. Add to those of every widget, ``hello``
        and ``want``: ``super().handlers() | {"star": self.star}``.
        """
        return {"hello": self._hello, "want": self._want}

    def job_moved(self, job: Job) -> None:
        """Hear that a job of the studio moved; by default `update` follows."""
        self.front_end.refresh()

    def update(self) -> dict[str, Any]:
        """Send what is new, and return the widget's own traits that have another value now."""
        return {}

    def share(self) -> None:
        """Publish plain outputs in the cell that shows the widget from now on."""

    def close(self) -> None:
        """Let go of everything: the widget is closed."""

    # For the widget

    def handle(self, message: Any) -> Result | LaterReply:
        """Do what a message asks for, or begin it."""
        handler = self.handlers().get(message["kind"]) if _is_message(message) else None
        if handler is None:
            raise NotUnderstood
        result = handler(message)
        return LaterReply(for_people(result), lambda answer: answer) if isinstance(result, Future) else result

    def moved_here(self) -> None:
        """Take the running cell for the one that shows the widget."""
        self.front_end.outputs.moved_here()
        self._pages.clear()
        self.share()

    def greet(self, page: str | None) -> Result:
        """A view came up: say that a kernel is there.

        Parameters
        ----------
        page
            The front end's own mark, new after every reload of the page.
        """
        if page is not None:
            self._pages.add(page)
        self.front_end.refresh()
        return {"kernel": kernel_name(), "v": VERSION}

    @property
    def reloaded(self) -> bool:
        """Whether the page was loaded anew since it was shown: then new outputs no longer reach the file."""
        return len(self._pages) > 1

    def send_pictures(self, job_ids: list[str], size: Size) -> Result:
        """Send the pictures that a view wants, and say which there are not."""
        missing: list[str] = []
        for job_id in job_ids:
            job = self.studio.job(job_id)
            try:
                if job is None or job.picture is None:
                    raise FileNotFoundError
                self.front_end.send_picture(job.picture, size)
            except OSError:
                missing.append(job_id)
        return {"missing": missing}

    def _hello(self, message: Mapping[str, Any]) -> Result:
        from qwen_notebook.widget.messages import Hello

        return self.greet(Hello.model_validate(message).store)

    def _want(self, message: Mapping[str, Any]) -> Result:
        from qwen_notebook.widget.messages import Want

        want = Want.model_validate(message)
        return self.send_pictures(want.jobs, want.size)


def _is_message(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("kind"), str)  # pyright: ignore[reportUnknownMemberType]
