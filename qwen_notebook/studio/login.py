"""A key that a person typed: kept in the system's keyring where there is one, else for this session."""

from contextlib import suppress
from typing import Any

from qwen_notebook.errors import AuthenticationError
from qwen_notebook.reapi.key import ApiKey
from qwen_notebook.studio.progress_line import say

_SERVICE, _USER = "qwen-notebook", "reapi"
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

    key = ApiKey(getpass("reAPI key: ")).checked()
    credits_left = _try_out(key)
    _typed = key
    where = "in the system's keyring" if _keep(key) else "until this kernel ends"
    replace_default(None)
    say(f"The key works: {credits_left} credits. It is kept {where}.")


def logout() -> None:
    """Forget the key that was typed, here and in the system's keyring."""
    global _typed  # noqa: PLW0603
    from qwen_notebook.studio.default import replace_default

    _typed = None
    keyring = _keyring()
    if keyring is not None:
        with suppress(Exception):
            keyring.delete_password(_SERVICE, _USER)
    replace_default(None)


def kept_key() -> ApiKey | None:
    """The key that was typed in this session, or that the system's keyring has; None where there is none."""
    if _typed is not None:
        return _typed
    keyring = _keyring()
    if keyring is None:
        return None
    try:  # a keyring can fail in as many ways as there are desktops, and then there is no key
        return ApiKey(keyring.get_password(_SERVICE, _USER) or "").checked()
    except Exception:
        return None


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring


def _keep(key: ApiKey) -> bool:
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(_SERVICE, _USER, key.reveal())
    except Exception:
        return False
    return True


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
            "Copy the key once more from reapi.ai/settings/apikeys.",
            status=error.status,
            code=error.code,
        ) from None
