"""What the threads that use one widget share, and what each has for itself."""

import threading

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.widget.turns import Turn


class WidgetThreads:
    """The lock of a widget, the turn of its observers, and room for what each thread notes on it.

    Attributes
    ----------
    lock
        Guards the widget's values, and what the front end was told of them.
    turn
        Whose turn it is to change it.
    own
        What a thread has for itself; see `PerThread`.
    """

    def __init__(self) -> None:
        self.after_fork_in_child()
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Begin anew what belonged to threads that do not exist here."""
        self.lock = threading.RLock()
        self.turn = Turn()
        self.own = threading.local()
