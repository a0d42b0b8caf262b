"""What is to come, handed to people: their callbacks are not called on the worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures._base import PENDING, RUNNING
from typing import Any, Self, TypeVar

from qwen_notebook.concurrency.callback_executor import CallbackExecutor, UserFunction
from qwen_notebook.concurrency.forking import end_in_child, on_fork_in_child

T = TypeVar("T")


class UserFuture(Future[T]):
    """A future whose callbacks are called on a daemon thread, where they may take their time.

    `follow` calls at once, on whatever thread that happens: for functions of ours.
    """

    def __init__(self) -> None:
        super().__init__()
        self._work: Future[T] | None = None

    def ends_with(self, work: Future[T]) -> Self:
        """End as the work does; to cancel this cancels the work."""
        self._work = work
        on_fork_in_child(self)
        work.add_done_callback(self._end)
        return self

    def add_done_callback(self, fn: Callable[[Future[T]], object]) -> None:
        """Call a function with this future soon after it is done."""
        self.follow(UserFunction(CallbackExecutor(), fn))

    def follow(self, follower: Callable[[Future[T]], object]) -> None:
        """Call a function of ours when it is done, at once; it must not wait."""
        super().add_done_callback(follower)

    def cancel(self) -> bool:
        """Cancel the work, if that is not done."""
        work = self._work
        return (work is None or work.cancel()) and super().cancel()

    def after_fork_in_child(self) -> None:
        """End it, if it was not done: the work ends in the parent."""
        self._work = None
        if self._state in (PENDING, RUNNING):
            end_in_child(self)
        else:
            self._condition = threading.Condition()

    def _end(self, work: Future[Any]) -> None:
        self._work = None
        if work.cancelled():
            super().cancel()
        if not self.set_running_or_notify_cancel():
            return
        error = work.exception()
        if error is not None:
            self.set_exception(error)
        else:
            self.set_result(work.result())


def for_people(work: Future[T]) -> UserFuture[T]:
    """What people are handed of work on the worker."""
    future: UserFuture[T] = UserFuture()
    return future.ends_with(work)
