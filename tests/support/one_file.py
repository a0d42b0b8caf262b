"""A service whose pictures are one prepared file: of a real size, and nothing to draw."""

from pathlib import Path

from qwen_notebook.imaging.png import chunk
from qwen_notebook.simulator.books import Books, Task
from qwen_notebook.simulator.gallery import Gallery

_AFTER_HEADER = 33


class OneFile(Gallery):
    """Has the same PNG file for all tasks; a chunk of text tells them apart."""

    def __init__(self, books: Books, file: Path) -> None:
        super().__init__(books, "tiny")
        self._content = file.read_bytes()

    def _paint(self, task: Task) -> bytes:
        mark = chunk(b"tEXt", b"task\0" + task.id.encode())
        return self._content[:_AFTER_HEADER] + mark + self._content[_AFTER_HEADER:]
