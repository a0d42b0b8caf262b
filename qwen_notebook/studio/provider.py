"""Which service a studio works with: reAPI, or the simulator where there is no key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_notebook.journal.records import REAPI, SIMULATOR
from qwen_notebook.reapi.credentials import ApiKey, find_key, missing_key, sealed
from qwen_notebook.reapi.stored_key import stored_key
from qwen_notebook.reapi.urls import resolve_base_url
from qwen_notebook.studio.patience import Patience

if TYPE_CHECKING:
    from qwen_notebook.reapi.client import AsyncClient

_OFFLINE_KEY = "rk_test_simulator"
_OFFLINE_HOST = "https://media.simulator.invalid"
_OFFLINE_MEDIAN, _OFFLINE_SIGMA = 1.2, 0.2
"""A preview takes a second or two, so that the phases are seen."""


@dataclass(frozen=True, kw_only=True)
class ProviderConfig:
    """How to reach a service, and what to expect of it.

    Attributes
    ----------
    name
        ``reapi`` or ``simulator``.
    prior_median, prior_sigma
        What is assumed of the time a task takes before one has ended: median in seconds, and spread of its log.
    """

    name: str
    base_url: str
    key: ApiKey
    prior_median: float = 15.0
    prior_sigma: float = 0.8

    @property
    def offline(self) -> bool:
        """Whether its pictures are previews, drawn here."""
        return self.name == SIMULATOR

    def connect(self, folder: Path, patience: Patience) -> AsyncClient:
        """Make the client; to be called where the client will be used.

        Parameters
        ----------
        folder
            The studio's, where the simulator keeps its books, so that a preview outlives a kernel as a task does.
        patience
            How long to wait for answers.
        """
        from qwen_notebook.reapi.client import AsyncClient, Timeouts

        timeouts = Timeouts(submit=patience.answer, look=patience.look, download=patience.download)
        if not self.offline:
            return AsyncClient(self.key, base_url=self.base_url, timeouts=timeouts)
        import httpx

        from qwen_notebook.simulator import Assumed, Simulator
        from qwen_notebook.simulator.app import create_app

        simulator = Simulator(
            assumed=Assumed(
                price=0, latency_median=_OFFLINE_MEDIAN, latency_sigma=_OFFLINE_SIGMA, rate_limit=None
            ),
            media_url=_OFFLINE_HOST,
            state_path=folder / "ledger" / "simulator.books",
        )
        transport = httpx.ASGITransport(create_app(simulator))
        return AsyncClient(self.key, base_url=self.base_url, transport=transport)


def choose_provider(
    api_key: str | ApiKey | None, base_url: str | None, offline: bool | None
) -> ProviderConfig:
    """Pick the service for a studio.

    Parameters
    ----------
    api_key, base_url
        As given to the studio; else from the environment, and the key then as `login` kept it.
    offline
        True for the simulator, False for reAPI, None for whichever a key decides.

    Raises
    ------
    AuthenticationError
        If `offline` is False and there is no key, or the key cannot be one.
    InvalidRequest
        If the base URL is none.
    """
    api_key = sealed(api_key)
    key = None if offline else find_key(api_key) or stored_key()
    if key is not None:
        return ProviderConfig(name=REAPI, base_url=resolve_base_url(base_url), key=key)
    if offline is False:
        raise missing_key()
    return ProviderConfig(
        name=SIMULATOR,
        base_url=resolve_base_url("https://api.simulator.invalid"),
        key=ApiKey(_OFFLINE_KEY),
        prior_median=_OFFLINE_MEDIAN,
        prior_sigma=_OFFLINE_SIGMA,
    )


def provider_without_key(base_url: str | None) -> ProviderConfig:
    """The service of a studio that may not call it, as its key is in another process."""
    return ProviderConfig(name=REAPI, base_url=resolve_base_url(base_url), key=ApiKey(""))
