"""The API key: found, checked, and shown nowhere."""

import os
from typing import Self, cast

from qwen_notebook.errors import AuthenticationError
from qwen_notebook.reapi.contract import KEYS_PAGE

KEY_VARIABLES = ("REAPI_API_KEY", "REAPI_KEY")
GIVEN, TYPED, IN_KEYRING = "given as api_key=", "typed with qn.login()", "in the system's keyring"
"""Where a key came from, to be put behind "the one"; the name of a variable is put as "in REAPI_API_KEY"."""
_WHERE = f"Make one at {KEYS_PAGE}, and set REAPI_API_KEY or call qn.login()."


class ApiKey:
    """A key that no repr, log or verbose traceback can show.

    A function that is given a key puts it into one of these first, and checks it after: then the frame of no
    error holds it as text.

    Parameters
    ----------
    value
        The key as given; white space around it is dropped, as it comes with copying.
    origin
        Where it came from, as in "in REAPI_API_KEY".
    """

    __slots__ = ("__weakref__", "_value", "origin")

    def __init__(self, value: str, origin: str = GIVEN) -> None:
        self.origin = origin
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
                f"Copy it once more from {KEYS_PAGE}.",
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
            return ApiKey(os.environ[name], f"in {name}").checked()
    return None


def sealed(api_key: str | ApiKey | None) -> ApiKey | None:
    """Put a key as given where no traceback shows it; it is not checked yet."""
    return api_key if isinstance(api_key, ApiKey) or api_key is None else ApiKey(api_key)


def another_key(key: ApiKey | None) -> str:
    """What to do where a key is not accepted, by where it came from: the environment comes before what is typed."""
    origin = key.origin if key is not None else ""
    if origin in (TYPED, IN_KEYRING):
        how = "Call qn.login() with another key"
    elif origin == GIVEN:
        how = "Give another as api_key=, or leave that out and call qn.login()"
    elif origin:
        how = f"Correct {origin.removeprefix('in ')}, or unset it and call qn.login()"
    else:
        how = "Check REAPI_API_KEY, or call qn.login()"
    return f"{how}. Keys are made at {KEYS_PAGE}."


def missing_key() -> AuthenticationError:
    """The error for a call that needs a key where there is none."""
    return AuthenticationError("No reAPI key was found, so nothing was sent.", _WHERE)


def key_elsewhere(folder: str, *, was_given: bool) -> AuthenticationError:
    """The error for what is asked of a studio whose key is in another process.

    Parameters
    ----------
    folder
        The name of the studio's folder.
    was_given
        Whether the key was given to the studio there, rather than found.
    """
    if was_given:
        what = f"The studio of {folder}/ was given its key in another process, and a key is not sent along."
    else:
        what = f"The studio of {folder}/ came from another process, and no reAPI key was found in this one."
    return AuthenticationError(
        what, f"Set REAPI_API_KEY for all of them, or open it here: qn.Studio({folder!r}, api_key=…)."
    )
