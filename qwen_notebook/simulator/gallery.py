"""The pictures of the tasks: painted off the loop when they are first wanted, the latest of them kept."""

import asyncio
import re
import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import Final, Literal

from qwen_notebook.concurrency.executor import DaemonExecutor
from qwen_notebook.concurrency.forking import on_fork_in_child

from .books import Books, Task

PicturePixels = Literal["real", "tiny"]

TINY_SIDE: Final = 64
KEPT_BYTES: Final = 64 * 2**20
PAINTERS: Final = 2

_OWN_PICTURE = re.compile(r"/media/tasks/(task_[0-9a-f]{32})/0\.")


class Gallery:
    """Encoded pictures by task.

    Parameters
    ----------
    books
        Where the source of an edit is looked up.
    pixels
        ``"real"`` sizes, or ``"tiny"`` ones that cost next to nothing.
    """

    def __init__(self, books: Books, pixels: PicturePixels) -> None:
        self._books = books
        self._pixels: PicturePixels = pixels
        self._painters = DaemonExecutor(PAINTERS, "simulator-painter")
        self._lock = threading.Lock()
        self._underway: dict[str, Future[bytes]] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Let go of what was being painted: it is painted anew when it is wanted here."""
        self._lock = threading.Lock()
        self._underway = {}

    async def picture(self, task: Task) -> bytes:
        """The encoded picture of a task.

        Parameters
        ----------
        task
            A completed task.

        Returns
        -------
        bytes
            A PNG or JPEG file, always the same for the same task.
        """
        # Others may wait for the same picture: who stops waiting must not stop the painting.
        return await asyncio.shield(asyncio.wrap_future(self.begin(task)))

    def begin(self, task: Task) -> Future[bytes]:
        """Start to paint a task's picture, unless it is there or under way.

        Parameters
        ----------
        task
            A completed task.

        Returns
        -------
        Future
            The encoded picture.
        """
        with self._lock:
            if task.id in self._kept:
                self._kept.move_to_end(task.id)
                ready: Future[bytes] = Future()
                ready.set_result(self._kept[task.id])
                return ready
            if task.id not in self._underway:
                self._underway[task.id] = self._painters.submit(lambda: self._paint_and_keep(task))
            return self._underway[task.id]

    def _paint_and_keep(self, task: Task) -> bytes:
        try:
            picture = self._paint(task)
            with self._lock:
                self._kept[task.id] = picture
                self._kept_bytes += len(picture)
                while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
                    _, oldest = self._kept.popitem(last=False)
                    self._kept_bytes -= len(oldest)
            return picture
        finally:
            with self._lock:
                del self._underway[task.id]

    def _paint(self, task: Task) -> bytes:
        from .painter import PaintRequest, image_file, paint
        from .tiny import paint_tiny

        width, height = task.order.size
        if self._pixels == "tiny":
            scale = TINY_SIDE / max(width, height)
            width, height = round(width * scale), round(height * scale)
        request = PaintRequest(
            prompt=task.order.prompt,
            seed=task.seed,
            size=(width, height),
            image_url=task.order.image_url,
            source=self._source(task.order.image_url),
        )
        image = paint_tiny(request) if self._pixels == "tiny" else paint(request)
        return image_file(image, task.order.output_format)

    def _source(self, image_url: str | None) -> bytes | None:
        """Find the picture that an edit starts from, if this service made it."""
        match = _OWN_PICTURE.search(image_url or "")
        task = self._books.tasks.get(match[1]) if match else None
        if task is None:
            return None
        with self._lock:
            kept = self._kept.get(task.id)
        return kept or self._paint(task)
