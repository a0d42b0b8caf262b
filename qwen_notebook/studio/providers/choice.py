"""Which service a studio works with: reAPI where there is a key, else the simulator; or one that was registered."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Never

from qwen_notebook.errors import AuthenticationError, InvalidRequest, QwenError
from qwen_notebook.journal.records import REAPI, SIMULATOR
from qwen_notebook.reapi.contract import BASE_URL
from qwen_notebook.reapi.credentials import ApiKey, find_key, key_elsewhere, missing_key, sealed
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.stored_key import stored_key
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.providers.provider import Provider
from qwen_notebook.studio.providers.reapi import ReapiProvider
from qwen_notebook.studio.providers.simulator import SimulatorProvider

if TYPE_CHECKING:
    from qwen_notebook.studio.settings import Settings

Factory = Callable[[], Provider]
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_registered: dict[str, Factory] = {}
_made: dict[str, Provider] = {}


class _UnknownProvider(Provider):
    """A service that a journal names and that nobody registered here: its pictures are shown, and no more are made."""

    def __init__(self, name: str) -> None:
        self.name = self.label = name
        self.opened_with = f"provider={name!r}"

    def connect(self, folder: Path, patience: Patience) -> Never:
        """Say that it cannot be reached."""
        raise not_registered(self.name)

    def is_found(self) -> bool:
        """No."""
        return False


def register_provider(name: str, factory: Factory) -> None:
    """Make a service known, so that studios can work with it.

    A kernel that opens a folder later shows its pictures also without this; to make more of them there, register it
    there too. Registered again, it is replaced for studios that are opened from then on.

    Parameters
    ----------
    name
        As it stands in journals: small letters, digits, ``-`` and ``_``.
    factory
        Makes the `Provider`, such as its class. Called once, when a studio first needs it.

    Raises
    ------
    InvalidRequest
        If the name cannot be one, or is that of a service that is built in.

    Examples
    --------
    >>> qn.register_provider("recorded", Recorded)  # doctest: +SKIP
    >>> qn.Studio("posters", provider="recorded").generate("a red fox")  # doctest: +SKIP
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"{shown(name)} cannot be the name of a provider.",
            "Give up to 32 small letters, digits, dashes and underscores.",
            field="name",
        )
    if name in (REAPI, SIMULATOR):
        raise InvalidRequest(f"The provider {name!r} is built in.", "Give yours another name.", field="name")
    if not callable(factory):
        raise InvalidRequest(
            f"{shown(factory)} makes no provider.",
            "Give a function or a class that makes one.",
            field="factory",
        )
    _registered[name] = factory
    _made.pop(name, None)


def provider_named(name: str) -> Provider:
    """What is known of the service with this name: also of one that cannot be called from here.

    To be asked what its pictures are, and what they cost.
    """
    if name in _registered:
        if name not in _made:
            provider = _registered[name]()
            provider.name, provider.opened_with = name, f"provider={name!r}"
            _made.setdefault(name, provider)
        return _made[name]
    return _built_in(name)


def charges(name: str) -> bool:
    """Whether a service is known to charge: what a foreign folder says of an unknown one costs nobody anything."""
    provider = provider_named(name)
    return not (provider.free or isinstance(provider, _UnknownProvider))


@cache
def _built_in(name: str) -> Provider:
    if name == SIMULATOR:
        return SimulatorProvider()
    return ReapiProvider(base_url=BASE_URL) if name == REAPI else _UnknownProvider(name)


def choose_provider(
    api_key: str | ApiKey | None = None,
    base_url: str | None = None,
    offline: bool | None = None,
    name: str | None = None,
) -> Provider:
    """Pick the service for a studio.

    Parameters
    ----------
    api_key, base_url
        As given to the studio; else from the environment, and the key then as `login` kept it.
    offline
        True for the simulator, False for reAPI, None for whichever a key decides.
    name
        The service by its name instead.

    Raises
    ------
    AuthenticationError
        If `offline` is False and there is no key, or the key cannot be one.
    InvalidRequest
        If the base URL is none, or no service has this name.
    """
    api_key = sealed(api_key)
    if name in (REAPI, SIMULATOR) and offline is None:
        name, offline = None, name == SIMULATOR
    if name is not None:
        if api_key is not None or base_url is not None or offline is not None:
            raise InvalidRequest(
                "provider= was given, and what chooses another service too.",
                "Give provider= without api_key=, base_url= and offline=.",
                field="provider",
            )
        if not isinstance(name, str) or name not in _registered:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_registered(name)
        return provider_named(name)
    key = None if offline else find_key(api_key) or stored_key()
    if key is not None:
        return ReapiProvider(key, base_url)
    if offline is False:
        raise missing_key()
    return SimulatorProvider()


def reopened_provider(settings: Settings) -> tuple[Provider, QwenError | None]:
    """The service of a studio out of a pickle.

    Returns
    -------
    provider : Provider
        It does not become another one on the way.
    reason : QwenError or None
        Why it cannot be called from here, where it cannot: its key is in another process, or nobody registered it.
    """
    folder = Path(settings.folder).name
    if settings.service == REAPI:
        if not settings.has_own_key:
            try:
                return choose_provider(None, settings.base_url, offline=False), None
            except AuthenticationError:
                pass
        missing = key_elsewhere(folder, was_given=settings.has_own_key)
        return ReapiProvider(None, settings.base_url), missing
    if settings.service == SIMULATOR or settings.service in _registered:
        return provider_named(settings.service), None
    return provider_named(settings.service), not_registered(settings.service)


def not_registered(name: object) -> InvalidRequest:
    """The error for a service that nobody registered here."""
    known = ", ".join((REAPI, SIMULATOR, *_registered))
    return InvalidRequest(
        f"There is no provider {shown(name)} here.",
        f"Choose from {known}, or register it: qn.register_provider({shown(name)}, …).",
        field="provider",
    )
