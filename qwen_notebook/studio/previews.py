"""The previews that are no files yet: a picture is saved before, and whoever asks for one gets it all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_notebook.concurrency.forking import on_fork_in_child

if TYPE_CHECKING:
    from PIL import Image


class UnmadePreviews:
    """The pixels of pictures, by the ids of their jobs, while a decoder makes the previews of them.

    Each step is one of a dict alone, so that threads need no lock. There are as many as there are decoders.
    """

    def __init__(self) -> None:
        self._images: dict[str, Image.Image] = {}
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Let go of what another thread was making: here it is made from the file."""
        self._images = {}

    def add(self, job_id: str, image: Image.Image) -> None:
        """Hold the pixels of a preview that is about to be made."""
        image.load()  # which changes an image with a palette, and is not for two threads
        self._images[job_id] = image

    def drop(self, job_id: str, image: Image.Image | None = None) -> bool:
        """Let go of a job's pixels; whether they were these."""
        return self._images.pop(job_id, None) is image

    def preview_of(self, job_id: str) -> bytes | None:
        """The preview as it will be; None where none is being made."""
        from qwen_notebook.imaging.inspection import preview_of

        image = self._images.get(job_id)
        return preview_of(image) if image is not None else None
