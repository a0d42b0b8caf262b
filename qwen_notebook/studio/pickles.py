"""The function that pickles of ours name: it opens each kind in the room that knows how.

A pickle may be opened in a process that has imported nothing of ours, and pictures, jobs and studios must not know of
the studio that is opened for them. So that room is found by its name, when the first pickle is opened.
"""

from importlib import import_module
from typing import Any, Literal

Kind = Literal["picture", "job", "studio"]


def reopen(kind: Kind, *facts: Any) -> Any:
    """What a pickle becomes here; see `qwen_notebook.studio.reopening`."""
    return getattr(import_module("qwen_notebook.studio.reopening"), f"reopened_{kind}")(*facts)
