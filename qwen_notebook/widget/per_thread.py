"""Attributes of a widget that each thread has for itself."""

from collections.abc import Callable
from typing import Any

from qwen_notebook.widget.widget_threads import WidgetThreads


class PerThread:
    """An attribute that every thread sets, reads and deletes for itself.

    traitlets and ipywidgets note on a widget what a thread is in the middle of: that it holds its notifications, or
    that it sets what came from the front end. Another thread that writes a trait meanwhile would take that for its
    own, and what it writes would be held back, merged or lost.

    Parameters
    ----------
    first
        Makes the value that a thread begins with.
    """

    def __init__(self, first: Callable[[Any], Any]) -> None:
        self._first = first

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, widget: Any, owner: type) -> Any:
        if widget is None:
            return self
        mine = _own(widget)
        if self._name not in mine:
            mine[self._name] = self._first(widget)
        return mine[self._name]

    def __set__(self, widget: Any, value: Any) -> None:
        _own(widget)[self._name] = value

    def __delete__(self, widget: Any) -> None:
        _own(widget).pop(self._name, None)


def _own(widget: Any) -> dict[str, Any]:
    threads: WidgetThreads = widget._threads
    return threads.own.__dict__
