"""The key that a person typed: kept in the system's keyring where there is one, else for this session."""

import warnings
from typing import Any

from qwen_notebook.errors import AuthenticationError
from qwen_notebook.reapi import keyring_store
from qwen_notebook.reapi.credentials import IN_KEYRING, ApiKey

NO_ANSWER = "The system's keyring does not answer."
_typed: ApiKey | None = None


def typed_key() -> ApiKey | None:
    """The key that was typed in this session."""
    return _typed


def stored_key() -> ApiKey | None:
    """The key that was typed in this session, or that the system's keyring has; None where there is none.

    A keyring that does not answer is waited for once, and said once.
    """
    if _typed is not None:
        return _typed
    kept, newly_silent = keyring_store.read(_keyring)
    if newly_silent:
        warnings.warn(
            f"{NO_ANSWER} Going on without a key from it. Unlock it and restart the kernel, call qn.login() or set "
            "REAPI_API_KEY; PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring turns it off.",
            RuntimeWarning,
            stacklevel=4,
        )
    try:
        return ApiKey(kept, IN_KEYRING).checked() if kept is not None else None
    except AuthenticationError:
        return None


def store_key(key: ApiKey) -> bool:
    """Use a key in this session, and put it into the keyring; whether it is kept there now."""
    global _typed  # noqa: PLW0603
    _typed = key
    return keyring_store.keep(_keyring, key.reveal)


def forget_key() -> bool:
    """Forget the key, here and in the keyring; False if that did not answer, so that it may still be there."""
    global _typed  # noqa: PLW0603
    _typed = None
    return keyring_store.forget(_keyring)


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring
