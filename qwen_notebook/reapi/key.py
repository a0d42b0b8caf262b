"""The API key: found, checked, and shown nowhere."""

import os
from typing import Self, cast

from qwen_notebook.errors import AuthenticationError

KEY_VARIABLES = ("REAPI_API_KEY", "REAPI_KEY")
_WHERE = "Make one at reapi.ai/settings/apikeys, and set REAPI_API_KEY or call qn.login()."


class ApiKey:
    """A key that no repr, log or verbose traceback can show.

    A function that is given a key puts it into one of these first, and checks it after: then the frame of no
    error holds it as text.

    Parameters
    ----------
    value
        The key as given; white space around it is dropped, as it comes with copying.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip() if isinstance(cast("object", value), str) else value

    def checked(self) -> Self:
        """Return itself, if it can be a key.

        Raises
        ------
        AuthenticationError
            If it is empty, or cannot stand in an HTTP header.
        """
        if not isinstance(cast("object", self._value), str):
            raise AuthenticationError(f"The API key is a {type(self._value).__name__}, not text.", _WHERE)
        if not self._value:
            raise AuthenticationError("The API key is empty.", _WHERE)
        if not self._value.isascii() or not self._value.isprintable() or " " in self._value:
            raise AuthenticationError(
                "The API key has a line break, a space or another character that no key has.",
                "Copy it once more from reapi.ai/settings/apikeys.",
            )
        return self

    def reveal(self) -> str:
        """Return the key itself, for the one header that carries it."""
        return self._value

    def __repr__(self) -> str:
        return "ApiKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("An API key is not pickled.")


def find_key(api_key: str | ApiKey | None = None) -> ApiKey | None:
    """The key from the argument, else from the environment; None where there is none.

    Raises
    ------
    AuthenticationError
        If there is one that cannot be a key.
    """
    api_key = sealed(api_key)
    if api_key is not None:
        return api_key.checked()
    for name in KEY_VARIABLES:
        if os.environ.get(name, "").strip():
            return ApiKey(os.environ[name]).checked()
    return None


def sealed(api_key: str | ApiKey | None) -> ApiKey | None:
    """Put a key as given where no traceback shows it; it is not checked yet."""
    return api_key if isinstance(api_key, ApiKey) or api_key is None else ApiKey(api_key)


def missing_key() -> AuthenticationError:
    """The error for a call that needs a key where there is none."""
    return AuthenticationError("No reAPI key was found, so nothing was sent.", _WHERE)
