"""reAPI as a provider."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_notebook.journal.records import REAPI
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.credentials import KEY_VARIABLES, ApiKey
from qwen_notebook.reapi.stored_key import typed_key
from qwen_notebook.reapi.urls import is_loopback, resolve_base_url
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.providers.provider import Provider

if TYPE_CHECKING:
    from qwen_notebook.reapi.client import AsyncClient


class ReapiProvider(Provider):
    """reAPI, reached with a key.

    Parameters
    ----------
    key
        Without one it can be told of, and not be called: its key is in another process.
    base_url
        Else ``REAPI_BASE_URL``, else reAPI's own.

    Raises
    ------
    InvalidRequest
        If the base URL is none.
    """

    name = REAPI
    label = contract.LABEL

    def __init__(self, key: ApiKey | None = None, base_url: str | None = None) -> None:
        self.key = key or ApiKey("")
        self.base_url = resolve_base_url(base_url)
        self.on_loopback = is_loopback(self.base_url)

    def connect(self, folder: Path, patience: Patience) -> AsyncClient:
        """Make the client: the folder is nothing to it."""
        from qwen_notebook.reapi.client import AsyncClient, Timeouts

        timeouts = Timeouts(submit=patience.answer, look=patience.look, download=patience.download)
        return AsyncClient(self.key, base_url=self.base_url, timeouts=timeouts)

    def account_id(self) -> str | None:
        """A hash of the address and the key."""
        return hashlib.sha256(f"{self.base_url} {self.key.reveal()}".encode()).hexdigest()

    def is_found(self) -> bool:
        """Whether a key is found without asking the keyring, which may not answer."""
        return any(os.environ.get(name, "").strip() for name in KEY_VARIABLES) or typed_key() is not None
