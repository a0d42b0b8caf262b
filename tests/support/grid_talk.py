"""The front end's end of a grid that has no kernel: messages go in, and what it sends is kept."""

import itertools
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import qwen_notebook as qn
from tests.support.stage import WAIT_SECONDS

_numbers = itertools.count(1)


class GridTalk:
    """What a view of the grid would know and do.

    Attributes: `answers`, those to its messages; `moved`, the messages of cells that moved.
    """

    def __init__(self, grid: qn.SweepGrid) -> None:
        self.grid = grid
        self.sweep = grid.sweep
        self.answers: list[dict[str, Any]] = []
        self.moved: list[dict[str, Any]] = []
        answers, moved = self.answers, self.moved

        def send(content: dict[str, Any], buffers: object = None) -> None:
            (moved if content["kind"] == "cells" else answers).append(content)

        grid.send = send  # type: ignore[method-assign]
        grid.answers._send = send

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
        answer = self._ask(kind, fields)
        assert answer["kind"] == "ack", answer
        return answer["result"]

    def rejected(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self._ask(kind, fields)
        assert answer["kind"] == "reject", answer
        return answer["error"]

    def _ask(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        message_id = f"m{next(_numbers)}"
        self.grid.take({"kind": kind, "id": message_id} | fields)
        (answer,) = [answer for answer in self.answers if answer["id"] == message_id]
        return answer

    def until(self, reached: Callable[[], object], what: str) -> None:
        """Wait until a trait or a message says something."""
        news, until = Event(), monotonic() + WAIT_SECONDS
        self.grid.observe(lambda _: news.set(), names="_standing")
        while not reached():
            assert monotonic() < until, f"It never came to this: {what}."
            news.wait(0.1)
            news.clear()

    def until_settled(self) -> None:
        """Wait until the run has ended and the grid knows."""
        self.until(
            lambda: (
                self.sweep.running is not None
                and self.sweep.running.done
                and self.grid._standing["run"] is None
                and self.grid._standing["counts"]["running"] == 0
                and self.grid._standing["counts"]["new"] == self.sweep.plan().new
                and not self.grid.tracker._moved
            ),
            "the end of the run",
        )

    def count_state_messages(self) -> list[Any]:
        """A list that grows with each change of the trait that tells how the whole stands."""
        changes: list[Any] = []
        self.grid.observe(changes.append, names="_standing")
        return changes
