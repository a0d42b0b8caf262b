"""The API key: found, checked, and shown nowhere."""

import os

from qwen_notebook.errors import AuthenticationError

KEY_VARIABLES = ("REAPI_API_KEY", "REAPI_KEY")
_WHERE = "Make one at reapi.ai/settings/apikeys and set REAPI_API_KEY."


class ApiKey:
    """A key that no repr, log or verbose traceback can show.

    Parameters
    ----------
    value
        The key as given; white space around it is dropped, as it comes with copying.

    Raises
    ------
    AuthenticationError
        If it is empty, or cannot stand in an HTTP header.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        stripped = value.strip()
        if not stripped:
            raise AuthenticationError("The API key is empty.", _WHERE)
        if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
            raise AuthenticationError(
                "The API key has a line break, a space or another character that no key has.",
                "Copy it once more from reapi.ai/settings/apikeys.",
            )
        self._value = stripped

    def reveal(self) -> str:
        """Return the key itself, for the one header that carries it."""
        return self._value

    def __repr__(self) -> str:
        return "ApiKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("An API key is not pickled.")


def find_key(api_key: str | None = None) -> ApiKey | None:
    """The key from the argument, else from the environment; None where there is none.

    Raises
    ------
    AuthenticationError
        If there is one that cannot be a key.
    """
    if api_key is not None:
        return ApiKey(api_key)
    for name in KEY_VARIABLES:
        if found := os.environ.get(name, "").strip():
            return ApiKey(found)
    return None


def missing_key() -> AuthenticationError:
    """The error for a call that needs a key where there is none."""
    return AuthenticationError("No reAPI key was found, so nothing was sent.", _WHERE)
