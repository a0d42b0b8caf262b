"""Which folder the module-level functions work with, for those who write down code that calls them."""

from pathlib import Path

NAME = "qwen-images"
_opened: tuple[Path, str] | None = None


def note_default(opened: tuple[Path, str] | None) -> None:
    """Take note of the folder and the service of the shared studio; None where none is open."""
    global _opened  # noqa: PLW0603
    _opened = opened


def is_default(folder: Path, service: str) -> bool:
    """Whether the module-level functions work with this folder and this service, or would."""
    return _opened is None or _opened == (folder, service)
