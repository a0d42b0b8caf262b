"""A kernel whose main thread is blocked."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.kernel import Cell, Kernel


@contextmanager
def busy(kernel: Kernel, first: str = "") -> Iterator[Cell]:
    """A cell that blocks the main thread for as long as the block lasts, and ends well after it.

    It begins with the code `first`.
    """
    marks = {name: kernel.folder / name for name in ("blocking", "release")}
    cell = kernel.start(
        f"{first}\nimport pathlib, time\n"
        f"pathlib.Path({str(marks['blocking'])!r}).touch()\n"
        f"while not pathlib.Path({str(marks['release'])!r}).exists(): time.sleep(0.05)\n"
    )
    kernel.until(marks["blocking"].exists, "the cell to block")
    try:
        yield cell
        assert not cell.ended, "the cell has to block until it is released"
    finally:
        marks["release"].touch()
    assert cell.end().error is None
