"""The simulator as a provider: previews, drawn here, that cost nothing."""

from __future__ import annotations

from pathlib import Path

from qwen_notebook.journal.records import SIMULATOR
from qwen_notebook.reapi.credentials import ApiKey
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.providers.provider import Connection, Provider

_KEY = "rk_test_simulator"
_ADDRESS = "https://api.simulator.invalid"
_HOST = "https://media.simulator.invalid"


class SimulatorProvider(Provider):
    """The simulator in this process."""

    name = SIMULATOR
    label = "the offline preview"
    free = True
    previews = True
    opened_with = "offline=True"
    # A preview takes a second or two, so that the phases are seen.
    prior_median = 1.2
    prior_sigma = 0.2

    def connect(self, folder: Path, patience: Patience) -> Connection:
        """Make the simulator and a client of it. Its books are in the folder: a preview outlives a kernel as a task."""
        import httpx

        from qwen_notebook.reapi.client import AsyncClient
        from qwen_notebook.simulator import Assumed, Simulator
        from qwen_notebook.simulator.app import create_app

        simulator = Simulator(
            assumed=Assumed(
                price=0,
                latency_median=self.prior_median,
                latency_sigma=self.prior_sigma,
                rate_limit=None,
            ),
            media_url=_HOST,
            state_path=folder / "ledger" / "simulator.books",
        )
        return AsyncClient(
            ApiKey(_KEY), base_url=_ADDRESS, transport=httpx.ASGITransport(create_app(simulator))
        )
