"""The connection to the provider: made when it is first needed, where it will be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.forking import on_fork_in_child
from qwen_notebook.errors import RateLimited
from qwen_notebook.studio.account import Account, Seen, account_of
from qwen_notebook.studio.rate_limit import RateLimiter, Urgency

if TYPE_CHECKING:
    from qwen_notebook.studio.patience import Patience
    from qwen_notebook.studio.providers.provider import Connection, Provider


class ProviderSession:
    """One studio's connection to its provider, and the account that is paid from.

    Parameters
    ----------
    provider
        Who makes the images.
    folder
        The studio's, where the simulator keeps its books.
    patience
        How long to wait for answers.

    Attributes
    ----------
    account
        What the balance should be, shared by all studios of this process that use the same key.
    """

    def __init__(self, provider: Provider, folder: Path, patience: Patience) -> None:
        self.provider = provider
        self._folder = folder
        self._patience = patience
        self._client: Connection | None = None
        self._limiter: RateLimiter | None = None
        self.account: Account = account_of(provider)
        on_fork_in_child(self)

    def after_fork_in_child(self) -> None:
        """Begin anew: the connection is the parent's, and closing it here would disturb it."""
        self._of_the_parent = self._client
        self._client = self._limiter = None
        self.account = account_of(self.provider)

    @property
    def client(self) -> Connection:
        """The client, made at the first call: on the thread of the worker."""
        if self._client is None:
            self._client = self.provider.connect(self._folder, self._patience)
        return self._client

    def paced_by(self, limiter: RateLimiter) -> None:
        """Have looks at the balance count among the calls of a limiter, from now on."""
        self._limiter = limiter

    async def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            await self._client.aclose()

    # The balance, as a witness of what was charged

    async def balance(self) -> Seen:
        """Ask for the balance.

        Raises
        ------
        QwenError
            If the service does not say.
        """
        return await self.account.look(self._ask_balance)

    async def look_before_sending(self) -> None:
        """See the balance before the first POST, and where that was long ago."""
        await self.account.look_before_sending(self._ask_balance, self._patience.balance)

    async def look_when_quiet(self) -> None:
        """See what became of POSTs without an answer, once no POST is on its way."""
        await self.account.look_when_quiet(self._ask_balance, self._patience.balance)

    def look_soon(self) -> None:
        """Do as `look_when_quiet` does, without being waited for."""
        self.account.look_soon(self._ask_balance, self._patience.balance)

    async def _ask_balance(self) -> int:
        """Ask without waiting for a turn: what it tells is wanted before a POST, or soon after one got no answer."""
        if self._limiter is not None:
            self._limiter.draw()
        try:
            return await self.client.balance()
        except RateLimited as error:
            if self._limiter is not None:
                self._limiter.slow_down(error.retry_after, Urgency.LOOK)
            raise
