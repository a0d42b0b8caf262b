"""What every test would wait for alike, made short in the tests' own process; nothing that a test looks at changes.

A studio that connects reads the certificates of this machine, which takes longer than all else that it does; a server
looks ten times a second whether it is to end, so that a test would wait half of that on average for its own; and nobody
asks a real service after less than half a second, when the tests' own have long had the image.
"""

import asyncio
import os
import ssl
from functools import cache
from typing import Any

import httpx
import pytest
import uvicorn

from qwen_notebook.studio import cadence

NAMED_BY = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
"""Variables that say which certificates: other values, other certificates."""
SECONDS_TO_NOTICE_AN_END = 0.01
SECONDS_TO_A_LOOK = 0.05
COST_OF_A_LOOK = 0.002


def read_certificates_once(patch: pytest.MonkeyPatch) -> None:
    """Give every client the same certificates, unless the environment names others."""
    read = httpx.create_ssl_context

    @cache
    def kept(_named: tuple[str | None, ...], **arguments: Any) -> ssl.SSLContext:
        return read(**arguments)

    def shared(**arguments: Any) -> ssl.SSLContext:
        return kept(tuple(map(os.environ.get, NAMED_BY)), **arguments)

    patch.setattr(httpx, "create_ssl_context", shared)


def end_servers_at_once(patch: pytest.MonkeyPatch) -> None:
    """Let uvicorn notice soon that it is to end."""

    async def main_loop(server: uvicorn.Server) -> None:
        ticks = 0
        while not await server.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(SECONDS_TO_NOTICE_AN_END)

    patch.setattr(uvicorn.Server, "main_loop", main_loop)


def look_at_tasks_soon(patch: pytest.MonkeyPatch) -> None:
    """Let a task be looked at as soon as the simulated service has its image."""
    patch.setattr(cadence, "FLOOR_SECONDS", SECONDS_TO_A_LOOK)
    patch.setattr(cadence, "LOOK_COST", COST_OF_A_LOOK)
