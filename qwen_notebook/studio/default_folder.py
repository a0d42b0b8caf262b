"""Which folder the module-level functions work with, for those who write down code that calls them."""

from pathlib import Path

NAME = "qwen-images"
_opened: tuple[Path, bool] | None = None


def note_default(folder: Path | None, *, offline: bool = False) -> None:
    """Take note of the folder of the shared studio, and whether that draws previews; None where none is open."""
    global _opened  # noqa: PLW0603
    _opened = None if folder is None else (folder, offline)


def is_default(folder: Path) -> bool:
    """Whether the module-level functions make paid pictures in this folder, or would."""
    return _opened is None or _opened == (folder, False)
