"""The front end's end of a grid that has no kernel: messages go in, and what it sends is kept."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import qwen_notebook as qn
from tests.support.stage import WAIT_SECONDS
from tests.support.widget_talk import WidgetTalk


class GridTalk(WidgetTalk):
    """What a view of the grid would know and do.

    Attributes: `answers`, those to its messages; `moved`, the messages of cells that moved.
    """

    def __init__(self, grid: qn.SweepGrid) -> None:
        self.grid = grid
        self.sweep = grid.sweep
        self.answers: list[dict[str, Any]] = []
        self.moved: list[dict[str, Any]] = []
        super().__init__(grid)

    def _take(self, message: dict[str, Any], buffers: object = None) -> None:
        if message["method"] == "custom":
            content = message["content"]
            (self.moved if content["kind"] == "cells" else self.answers).append(content)
        super()._take(message, buffers)

    @property
    def whole(self) -> dict[str, Any]:
        """The fields of a message that asks for the whole table."""
        return {
            "rows": self.grid.rows,
            "columns": self.grid.columns,
            "top": 0,
            "left": 0,
            "height": 40,
            "width": 100,
        }

    def window(self, **fields: Any) -> dict[str, Any]:
        return self.accepted("window", **self.whole | fields)

    def accepted(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self.ask(kind, **fields)
        assert answer["kind"] == "ack", answer
        return answer["result"]

    def rejected(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self.ask(kind, **fields)
        assert answer["kind"] == "reject", answer
        return answer["error"]

    def until_told(self, reached: Callable[[], object], what: str) -> None:
        """Wait until a trait or a message says something."""
        news, until = Event(), monotonic() + WAIT_SECONDS
        self.grid.observe(lambda _: news.set(), names="_standing")
        while not reached():
            assert monotonic() < until, f"It never came to this: {what}."
            news.wait(0.1)
            news.clear()

    def until_settled(self) -> None:
        """Wait until the run has ended and the grid knows."""
        self.until_told(
            lambda: (
                self.sweep.running is not None
                and self.sweep.running.done
                and self.grid._standing["run"] is None
                and self.grid._standing["counts"]["running"] == 0
                and self.grid._standing["counts"]["new"] == self.sweep.plan().new
                and not self.grid._session.tracker._moved
            ),
            "the end of the run",
        )

    def count_state_messages(self) -> list[Any]:
        """A list that grows with each change of the trait that tells how the whole stands."""
        changes: list[Any] = []
        self.grid.observe(changes.append, names="_standing")
        return changes
