"""Answering the front end's messages: each gets one answer, whatever it holds and whatever goes wrong."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from pydantic_core import ValidationError

from qwen_notebook.concurrency.user_future import UserFuture
from qwen_notebook.errors import QwenError
from qwen_notebook.widget.protocol import ErrorInfo
from qwen_notebook.widget.serialize import serialize_error, unexpected

_REMEMBERED = 1000
Result = dict[str, Any]


class NotUnderstood(Exception):
    """A message of a kind that there is not."""


class LaterReply:
    """An answer that comes when something is done: a handler never waits for it.

    Parameters
    ----------
    work
        What is being done.
    result
        Makes the answer of what that brings.
    """

    def __init__(self, work: UserFuture[Any], result: Callable[[Any], Result]) -> None:
        self.work = work
        self.result = result


class Replies:
    """The answers of one widget, the last of them remembered: an id that comes twice does its thing once.

    Messages may come on several threads at once. What they ask for is done without a lock.

    Parameters
    ----------
    send
        Takes an answer to the front end.
    handle
        Does what a message asks for, whatever it holds, or begins it.
    """

    def __init__(
        self, send: Callable[[dict[str, Any]], object], handle: Callable[[Any], Result | LaterReply]
    ) -> None:
        self._send = send
        self._handle = handle
        self._given: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._pending: dict[str, int] = {}
        self._lock = threading.RLock()

    def take(self, content: object) -> None:
        """Take one message and answer it."""
        message_id = _id_of(content)
        with self._lock:
            answer = self._given.get(message_id)
            if answer is None:
                # It may be being done: then there is one more to be answered.
                self._pending[message_id] = self._pending.get(message_id, 0) + 1
                if self._pending[message_id] > 1:
                    return
        if answer is not None:
            self._send(answer)  # it came a second time: the thing is done, only the answer was lost
            return
        try:
            result = self._handle(content)
        except (ValidationError, NotUnderstood):
            self.reject(message_id, _not_understood())
        except Exception as error:
            self.reject(message_id, _serialized(error))
        except BaseException:  # an interrupt: whoever asks again is to be heard
            with self._lock:
                self._pending.pop(message_id, None)
            raise
        else:
            if isinstance(result, LaterReply):
                later = result
                later.work.follow(lambda _: self._answer_later(message_id, later))
            else:
                self.accept(message_id, result)

    def _answer_later(self, message_id: str, later: LaterReply) -> None:
        try:
            result = later.result(later.work.result())
        except (Exception, CancelledError) as error:
            self.reject(message_id, _serialized(error))
        else:
            self.accept(message_id, result)

    def accept(self, message_id: str, result: Result) -> None:
        """Answer that a message was taken, and what came of it."""
        self._answer({"kind": "ack", "id": message_id, "result": result})

    def reject(self, message_id: str, error: ErrorInfo) -> None:
        """Answer that a message was not taken, and why."""
        self._answer({"kind": "reject", "id": message_id, "error": error})

    def forget(self) -> None:
        """Let go of all answers."""
        with self._lock:
            self._given.clear()

    def _answer(self, answer: dict[str, Any]) -> None:
        with self._lock:
            self._given[answer["id"]] = answer
            while len(self._given) > _REMEMBERED:
                self._given.popitem(last=False)
            asked = self._pending.pop(answer["id"], 1)
        for _ in range(asked):
            self._send(answer)


def _serialized(error: BaseException) -> ErrorInfo:
    return serialize_error(error) if isinstance(error, QwenError) else unexpected(error)


def _id_of(content: object) -> str:
    given: Any = content.get("id") if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return given if isinstance(given, str) and len(given) <= 64 else ""


def _not_understood() -> ErrorInfo:
    return {
        "kind": "InvalidRequest",
        "what": "The kernel did not understand the panel.",
        "charge": "nothing",
        "todo": "The notebook may hold a panel of another version: run its cell again.",
    }
