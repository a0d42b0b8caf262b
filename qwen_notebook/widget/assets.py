"""The front end's built files, as text.

As paths they would leak a file watcher per widget; so they are text, and paths only where ``ANYWIDGET_HMR=1`` asks for
reloading.
"""

from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@cache
def asset(name: str) -> str:
    """The content of a built file.

    Raises
    ------
    FileNotFoundError
        If the front end was not built.
    """
    try:
        return (STATIC / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"The panel's {name} is not built. In a checkout of the project run `make build`."
        ) from None
