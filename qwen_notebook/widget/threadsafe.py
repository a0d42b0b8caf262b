"""A widget whose traits any thread may write, and whose observers may do anything.

ipywidgets and traitlets expect one thread. Here cells, messages of the front end and the worker write at the same time.
One lock guards what a widget is: its values, and what the front end was told of them, in the same order. Nobody else's
code ever runs under it: validators run before it is taken, observers after it was let go.
"""

# ipywidgets, anywidget and traitlets have no types of their own, and what they note on a widget is private to them.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false, reportMissingTypeStubs=false

from __future__ import annotations

import contextvars
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from typing import Any

import anywidget
import ipywidgets.widgets.widget as base
import traitlets as t

from qwen_notebook.concurrency.callback_executor import CallbackExecutor
from qwen_notebook.concurrency.loop_thread import on_shared_worker
from qwen_notebook.widget.per_thread import PerThread
from qwen_notebook.widget.widget_threads import WidgetThreads


class ThreadsafeWidget(anywidget.AnyWidget):
    """The base of our widgets.

    Observers are called once for each change, in the order of the changes, on the thread that made it: what a cell
    writes has been observed when its line is done. What the worker writes is observed on a daemon thread.
    """

    # What traitlets and ipywidgets note on a widget while one thread writes it, and another must not take for its own.
    notify_change: Any = PerThread(lambda widget: widget._changed)
    _cross_validation_lock: Any = PerThread(lambda _: False)
    _property_lock: Any = PerThread(lambda _: {})
    _holding_sync: Any = PerThread(lambda _: False)
    _states_to_send: Any = PerThread(lambda _: set())
    _events: Any = PerThread(lambda _: None)
    """What observers are to be told, while this thread has the widget to itself; None while it has not."""
    _told_by_front_end: Any = PerThread(lambda _: frozenset())
    """The names of the traits that this thread sets because the front end did."""

    def setup_instance(self, *arguments: Any, **traits: Any) -> None:
        """Have what threads share before any trait is set."""
        self._cell = contextvars.copy_context()
        self._calls = CallbackExecutor()
        self._threads = WidgetThreads()
        super().setup_instance(*arguments, **traits)

    # Writing

    def __setattr__(self, name: str, value: Any) -> None:
        self._write(name, value, super().__setattr__)

    def set_trait(self, name: str, value: Any) -> None:
        """Set a trait, also one that is read-only."""
        self._write(name, value, super().set_trait)

    def _write(self, name: str, value: Any, write: Callable[[str, Any], None]) -> None:
        trait = self._traits.get(name)
        if trait is None or not trait.metadata.get("sync") or self._events is not None:
            write(name, value)
            return
        value = self._checked(trait, value)
        with self._exclusive(), self.cross_validation_lock:
            write(name, value)

    def _checked(self, trait: Any, value: Any) -> Any:
        """The value that a trait takes for this one. Validators and the value's own code run now, without the lock.

        Raises
        ------
        TraitError
            If it takes none.
        """
        if isinstance(value, str) and isinstance(trait, t.List):
            value = [value]  # as traitlets does
        return _without_own_class(trait._validate(self, value))

    @contextmanager
    def _exclusive(self) -> Generator[None]:
        """Have the widget to oneself: what is written meanwhile is observed afterwards, when the lock is free."""
        if self._events is not None:
            yield
            return
        # The worker waits for nobody: its changes are observed elsewhere.
        with nullcontext() if on_shared_worker() else self._threads.turn.taken():
            self._events = events = []
            try:
                with self._threads.lock:
                    yield
            finally:
                self._events = None
                self._deliver(_merged(events))

    def _changed(self, change: Any) -> None:
        with self._exclusive():
            self._tell_front_end(change)

    def _tell_front_end(self, change: Any) -> None:
        """Send a changed trait, unless the front end knows; those who observe it are told later. Under the lock."""
        super().notify_change(change)

    # Observers

    def _notify_observers(self, event: Any) -> None:
        if self._events is not None:
            self._events.append(event)
        else:
            self._deliver([event])

    def _deliver(self, events: list[Any]) -> None:
        """Tell those who observe, and raise the first of their errors when they are told of everything."""
        tell = super()._notify_observers
        errors: list[Exception] = []
        for event in events:
            if not self._is_observed(event["name"]):
                continue
            if on_shared_worker():
                self._calls.call(tell, event, context=self._cell)
                continue
            try:
                tell(event)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _is_observed(self, name: str) -> bool:
        return (
            name in self._trait_notifiers
            or t.All in self._trait_notifiers
            or hasattr(self, f"_{name}_changed")
        )

    # The front end

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the front end has set."""
        try:
            values = {
                name: self._checked(self._traits[name], self._from_front_end(name, value))
                for name, value in sync_data.items()
                if name in self.keys
            }
        except BaseException:
            self._echo(sync_data)  # it waits for that, whatever came of it
            raise
        self._told_by_front_end = frozenset(sync_data)
        try:
            with self._exclusive():
                # Before anything else is sent: what comes after the echo is newer than what the front end has.
                self._echo(sync_data)
                with self._lock_property(**sync_data), self.cross_validation_lock:
                    for name, value in values.items():
                        self.set_trait(name, value)
        finally:
            self._told_by_front_end = frozenset()

    def _from_front_end(self, name: str, value: Any) -> Any:
        return self.trait_metadata(name, "from_json", self._trait_from_json)(value, self)

    def _echo(self, sync_data: dict[str, Any]) -> None:
        """Tell all views what one of them has set."""
        echoed = {
            name: value
            for name, value in sync_data.items()
            if name in self.keys and self.trait_metadata(name, "echo_update", default=True)
        }
        if echoed and base.JUPYTER_WIDGETS_ECHO:
            state, paths, buffers = base._remove_buffers(echoed)
            with self._threads.lock:
                self._send({"method": "echo_update", "state": state, "buffer_paths": paths}, buffers=buffers)

    def send_state(self, key: Any = None) -> None:
        """Send traits as they are now."""
        with self._threads.lock:
            super().send_state(key)

    def send(self, content: Any, buffers: list[Any] | None = None) -> None:
        """Send a message to the front end."""
        with self._threads.lock:
            super().send(content, buffers)

    def close(self) -> None:
        """Take it off the screen."""
        with self._exclusive():
            super().close()
        self._calls.finish()


def _merged(events: list[Any]) -> list[Any]:
    """One event for each trait that changed, from its first value to its last."""
    changes: dict[str, Any] = {}
    merged: list[Any] = []
    for event in events:
        if event["type"] == "change" and event["name"] in changes:
            changes[event["name"]]["new"] = event["new"]
            continue
        if event["type"] == "change":
            changes[event["name"]] = event
        merged.append(event)
    return merged


def _without_own_class(value: Any) -> Any:
    """A value without a person's own class: what is kept under the lock has no code of theirs."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__int__(value)
    return [_without_own_class(one) for one in value] if type(value) is list else value
