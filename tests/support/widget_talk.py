"""What goes between a widget and its front end, taken down where ipywidgets hands it over."""

import itertools
import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from tests.support.stage import WAIT_SECONDS

_numbers = itertools.count(1)


class WidgetTalk:
    """The front end's end of any widget of ours, without a kernel. It knows ipywidgets, and nothing of the widget.

    Attributes: `sent`, the messages that went to the front end as JSON has them, oldest first; `states`, the traits;
    `buffers`, the bytes that went beside the messages.
    """

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.sent: list[dict[str, Any]] = []
        self.buffers: list[bytes] = []
        self.states: list[dict[str, Any]] = [json.loads(json.dumps(own_state(widget)))]
        self._news = threading.Condition()
        widget._send = self._take

    def _take(self, message: dict[str, Any], buffers: Sequence[bytes] | None = None) -> None:
        plain = json.loads(json.dumps(message))
        with self._news:
            self.buffers.extend(map(bytes, buffers or ()))
            if plain["method"] == "update":
                self.states.append(plain["state"])
            elif plain["method"] == "custom":
                self.sent.append(plain["content"])
            self._news.notify_all()

    def write(self, **traits: Any) -> None:
        """Write traits as the front end does."""
        self._hand_over({"method": "update", "state": traits, "buffer_paths": []})

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a message, and wait for its answer."""
        message_id = f"m{next(_numbers)}"
        self.say({"kind": kind, "id": message_id} | fields)
        return self.until(lambda: next((m for m in self.sent if m.get("id") == message_id), None), kind)

    def say(self, content: Any) -> None:
        """Send a message, whatever it holds."""
        self._hand_over({"method": "custom", "content": content})

    def _hand_over(self, data: dict[str, Any]) -> None:
        self.widget._handle_msg({"content": {"data": data}, "buffers": []})

    def until(self, reached: Callable[[], Any], what: str) -> Any:
        """Wait until something was sent that makes this true."""
        with self._news:
            assert self._news.wait_for(reached, WAIT_SECONDS), f"It never came to this: {what}."
        return reached()

    def until_state(self, name: str, wanted: Callable[[Any], Any], what: str) -> None:
        """Wait until a trait was sent that is as wanted."""
        self.until(lambda: any(name in state and wanted(state[name]) for state in self.states), what)


def own_state(widget: Any) -> dict[str, Any]:
    """The traits of a widget that are not ipywidgets' or anywidget's own."""
    common = {*ipywidgets.DOMWidget.class_trait_names(sync=True), "_anywidget_id"}
    return {name: value for name, value in widget.get_state().items() if name not in common}
