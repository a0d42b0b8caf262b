"""Signing in and out: a key is asked for, tried, and kept for every later studio."""

import os
import warnings

from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.concurrency.waiting import wait_here
from qwen_notebook.errors import AuthenticationError
from qwen_notebook.reapi.contract import KEYS_PAGE, LABEL
from qwen_notebook.reapi.credentials import KEY_VARIABLES, TYPED, ApiKey
from qwen_notebook.reapi.keyring_store import is_silent
from qwen_notebook.reapi.stored_key import NO_ANSWER, forget_key, store_key
from qwen_notebook.studio.default import replace_default
from qwen_notebook.studio.progress_line import say


def login() -> None:
    """Ask for a reAPI key, try it, and keep it.

    The key is typed into a hidden field, so that it stands in no notebook. It is tried with a look at the balance,
    which is free. Where the system has a keyring (``pip install "qwen-notebook[keyring]"``) it is kept there, and
    found by every later studio after the environment; else it is kept until this kernel ends. The default studio is
    opened anew with it.

    Raises
    ------
    QwenError
        If the key cannot be one, or reAPI does not accept it. Then nothing is kept.

    Examples
    --------
    >>> qn.login()  # doctest: +SKIP
    reAPI key: ········
    The key works: 12500 credits. It is kept in the system's keyring.
    """
    from getpass import getpass

    key = ApiKey(getpass(f"{LABEL} key: "), TYPED).checked()
    credits_left = _try_out(key)
    where = "in the system's keyring" if store_key(key) else "until this kernel ends"
    silent = f" {NO_ANSWER}" if is_silent() else ""
    replace_default(None)
    say(f"The key works: {credits_left} credits. It is kept {where}.{silent}")
    first = next((name for name in KEY_VARIABLES if os.environ.get(name, "").strip()), None)
    if first is not None:
        say(f"{first} is set and comes first: unset it, so that this key is used.")


def logout() -> None:
    """Forget the key that was typed, here and in the system's keyring."""
    if not forget_key():
        warnings.warn(f"{NO_ANSWER} A key in it may still be there.", RuntimeWarning, stacklevel=2)
    replace_default(None)


def _try_out(key: ApiKey) -> int:
    from qwen_notebook.reapi.client import AsyncClient

    async def ask() -> int:
        async with AsyncClient(key) as client:
            return await client.balance()

    try:
        return wait_here(shared_worker().start(ask()), None, lambda: None)
    except AuthenticationError as error:
        raise AuthenticationError(
            error.what,
            f"Call qn.login() again, with the key copied once more from {KEYS_PAGE}. Nothing is kept.",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            charge=error.charge,
        ) from None
