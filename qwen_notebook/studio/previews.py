"""The previews that are no files yet: a picture is saved before, and whoever asks for one gets it all the same."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.forking import on_fork_in_child

if TYPE_CHECKING:
    from PIL import Image

_LONGEST_SECONDS = 1.0
"""How long who asks for a preview waits for the decoder that is making it, which takes some 10 ms."""


class UnmadePreview:
    """A preview that a decoder makes, once its picture is safe.

    Parameters
    ----------
    image
        The picture's pixels.
    """

    def __init__(self, image: Image.Image) -> None:
        image.load()  # which changes an image with a palette, and is not for two threads
        self._image = image
        self._made: Future[bytes] = Future()

    def make(self) -> bytes:
        """Make it, for whoever waits too."""
        preview = self._preview()
        self._made.set_result(preview)
        return preview

    def wait(self) -> bytes:
        """The preview, as soon as it is made; whoever waits for long makes it instead."""
        try:
            return self._made.result(_LONGEST_SECONDS)
        except TimeoutError:
            return self._preview()

    def _preview(self) -> bytes:
        from qwen_notebook.imaging.inspection import preview_of

        return preview_of(self._image)


class UnmadePreviews:
    """Those of one folder, by the ids of their jobs: as many as there are decoders.

    Each step is one of a dict alone, so that threads need no lock.
    """

    def __init__(self) -> None:
        self._unmade: dict[str, UnmadePreview] = {}
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Let go of what other threads were making: here it is made from the file."""
        self._unmade = {}

    def add(self, job_id: str, image: Image.Image) -> UnmadePreview:
        """Hold a preview that is about to be made."""
        unmade = self._unmade[job_id] = UnmadePreview(image)
        return unmade

    def get(self, job_id: str) -> UnmadePreview | None:
        """The one of a job, if it is not a file yet."""
        return self._unmade.get(job_id)

    def drop(self, job_id: str) -> UnmadePreview | None:
        """Let go of the one of a job, which is returned."""
        return self._unmade.pop(job_id, None)
