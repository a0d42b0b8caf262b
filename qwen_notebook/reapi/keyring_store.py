"""The system's keyring, asked on a thread of its own: it may be locked, and wait for somebody who is not there."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from qwen_notebook.concurrency.forking import on_fork_in_child

T = TypeVar("T")
Find = Callable[[], Any]
SERVICE, USER = "qwen-notebook", "reapi"
SECONDS = 5.0
"""How long a keyring is waited for."""


class NoAnswer(Exception):
    """The keyring did not answer in time, or failed, or there is none."""


class _KeyStore:
    """What is known in this process of the keyring: one that did not answer once is not waited for again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.silent = False
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        self._lock = threading.Lock()

    def ask(self, find: Find, question: Callable[[Any], T]) -> T:
        """Ask the keyring something, or raise `NoAnswer`; an answer shows that it is awake."""
        answers: list[T] = []
        answered = threading.Event()

        def run() -> None:
            with suppress(BaseException):  # a keyring can fail in as many ways as there are desktops
                keyring = find()
                if keyring is not None:
                    answers.append(question(keyring))
            answered.set()

        try:
            threading.Thread(target=run, name="qwen-notebook-keyring", daemon=True).start()
        except RuntimeError:  # a Python without threads, or one that is ending
            raise NoAnswer from None
        self.silent = not answered.wait(SECONDS)
        if not answers:
            raise NoAnswer
        return answers[0]

    def read(self, find: Find) -> str | None:
        """The key that is kept there; None where there is none, or nothing answers."""
        with self._lock:  # so that studios that are opened at the same time wait together
            if self.silent:
                return None
            try:
                found = cast("object", self.ask(find, lambda keyring: keyring.get_password(SERVICE, USER)))
            except NoAnswer:
                return None
            return found if isinstance(found, str) else None


_store = _KeyStore()


def read(find: Find) -> tuple[str | None, bool]:
    """What the keyring has.

    Parameters
    ----------
    find
        Gives the module ``keyring``, or None; it may take its time as well.

    Returns
    -------
    key : str or None
        None where it has none, or does not answer.
    newly_silent : bool
        Whether this call found that it does not answer; later ones do not ask again.
    """
    before = _store.silent
    return _store.read(find), _store.silent and not before


def keep(find: Find, key: Callable[[], str]) -> bool:
    """Keep a key; whether it is kept now."""
    try:
        _store.ask(find, lambda keyring: keyring.set_password(SERVICE, USER, key()))
    except NoAnswer:
        return False
    return True


def forget(find: Find) -> bool:
    """Remove the key; False if nothing answered, so that it may still be there."""
    try:
        _store.ask(find, lambda keyring: keyring.delete_password(SERVICE, USER))
    except NoAnswer:
        return not _store.silent
    return True


def is_silent() -> bool:
    """Whether the keyring did not answer when it was asked last."""
    return _store.silent
