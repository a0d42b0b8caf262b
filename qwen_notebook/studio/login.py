"""A key that a person typed: kept in the system's keyring where there is one, else for this session."""

import os
import warnings
from typing import Any

from qwen_notebook.errors import AuthenticationError
from qwen_notebook.reapi.key import IN_KEYRING, KEY_VARIABLES, TYPED, ApiKey
from qwen_notebook.studio import key_store
from qwen_notebook.studio.progress_line import say

_NO_ANSWER = "The system's keyring does not answer."
_typed: ApiKey | None = None


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
    global _typed  # noqa: PLW0603
    from getpass import getpass

    from qwen_notebook.studio.default import replace_default

    key = ApiKey(getpass("reAPI key: "), TYPED).checked()
    credits_left = _try_out(key)
    _typed = key
    where = "in the system's keyring" if key_store.keep(_keyring, key.reveal) else "until this kernel ends"
    silent = f" {_NO_ANSWER}" if key_store.is_silent() else ""
    replace_default(None)
    say(f"The key works: {credits_left} credits. It is kept {where}.{silent}")
    first = next((name for name in KEY_VARIABLES if os.environ.get(name, "").strip()), None)
    if first is not None:
        say(f"{first} is set and comes first: unset it, so that this key is used.")


def typed_key() -> ApiKey | None:
    """The key that was typed in this session."""
    return _typed


def logout() -> None:
    """Forget the key that was typed, here and in the system's keyring."""
    global _typed  # noqa: PLW0603
    from qwen_notebook.studio.default import replace_default

    _typed = None
    if not key_store.forget(_keyring):
        warnings.warn(f"{_NO_ANSWER} A key in it may still be there.", RuntimeWarning, stacklevel=2)
    replace_default(None)


def kept_key() -> ApiKey | None:
    """The key that was typed in this session, or that the system's keyring has; None where there is none.

    A keyring that does not answer is waited for once, and said once.
    """
    if _typed is not None:
        return _typed
    kept, newly_silent = key_store.read(_keyring)
    if newly_silent:
        warnings.warn(
            f"{_NO_ANSWER} Going on without a key from it. Unlock it and restart the kernel, call qn.login() or set "
            "REAPI_API_KEY; PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring turns it off.",
            RuntimeWarning,
            stacklevel=4,
        )
    try:
        return ApiKey(kept, IN_KEYRING).checked() if kept is not None else None
    except AuthenticationError:
        return None


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring


def _try_out(key: ApiKey) -> int:
    from qwen_notebook.reapi.client import AsyncClient
    from qwen_notebook.studio.waiting import wait_here
    from qwen_notebook.studio.worker import shared_worker

    async def ask() -> int:
        async with AsyncClient(key) as client:
            return await client.balance()

    try:
        return wait_here(shared_worker().start(ask()), None, lambda: None)
    except AuthenticationError as error:
        raise AuthenticationError(
            error.what,
            "Call qn.login() again, with the key copied once more from reapi.ai/settings/apikeys. Nothing is kept.",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            charge=error.charge,
        ) from None
