"""A real Jupyter server on loopback, for one test session."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "loopback-only"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Server:
    url: str
    root: Path

    def page(self, path: str) -> str:
        return f"{self.url}/{path}?token={TOKEN}"


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of a user without a key, so that nothing of this machine's leaks into a test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REAPI_", "JUPYTER", "QWEN_"))}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2])} | extra


@contextmanager
def jupyter(root: Path, *, app: str = "lab", **environment: str) -> Iterator[Server]:
    """Run ``jupyter lab`` (or ``notebook``) in a folder until the block ends."""
    port = free_port()
    settings = Path(tempfile.mkdtemp(prefix="jupyter-", dir=root.parent))
    command = [
        *(sys.executable, "-m", "jupyterlab" if app == "lab" else "notebook"),
        *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}"),
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    dirs = {name: str(settings / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    dirs |= {"IPYTHONDIR": str(settings / "ipython"), "JUPYTERLAB_SETTINGS_DIR": str(settings / "settings")}
    dirs |= {"JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces")}
    log = (settings / "server.log").open("wb")
    process = subprocess.Popen(
        command, cwd=root, env=clean_environment(**dirs, **environment), stdout=log, stderr=subprocess.STDOUT
    )
    server = Server(f"http://127.0.0.1:{port}", root)
    try:
        _await(server, process, settings / "server.log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _await(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/api?token={TOKEN}", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"Jupyter did not start:\n{log.read_text(errors='replace')[-4000:]}")


def notebook(*cells: str) -> str:
    """A notebook with these code cells."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "cells": [
                {
                    "id": f"cell-{number}",
                    "cell_type": "code",
                    "source": source,
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(cells)
            ],
        }
    )
