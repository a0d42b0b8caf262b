"""The panels that are open, so that others can write settings into one."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from qwen_notebook.studio.studio import Studio

if TYPE_CHECKING:
    from qwen_notebook.widget.panel import QwenWidget

_panels: list[weakref.ref[QwenWidget]] = []


def add_living(panel: QwenWidget) -> None:
    """Take note of a panel that was opened."""
    _panels[:] = [known for known in _panels if known() is not None]
    _panels.append(weakref.ref(panel))


def remove_living(panel: QwenWidget) -> None:
    """Forget a panel that is closed."""
    _panels[:] = [known for known in _panels if known() not in (None, panel)]


def newest_panel(studio: Studio) -> QwenWidget | None:
    """The panel of this studio's folder that was opened last and is not closed."""
    living = (panel for known in reversed(_panels) if (panel := known()) is not None)
    return next((panel for panel in living if panel.studio.store.folder == studio.store.folder), None)
