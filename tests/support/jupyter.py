"""A real Jupyter server on loopback, for one test session."""

import json
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
from typing import Any

from tests.support.environment import clean_environment, jupyter_folders
from tests.support.ports import port_to_keep

TOKEN = "loopback-only"
OFFLINE = "offline"
"""The name of a kernel without a key, whatever the server's environment has."""
QUIET = {"apputils-extension": {"notification": {"fetchNews": "false", "checkForUpdates": False}}}


@dataclass(frozen=True)
class Server:
    """Its notebooks lie in ``root``; all else that it writes lies in ``settings``."""

    url: str
    root: Path
    settings: Path

    def page(self, path: str) -> str:
        return f"{self.url}/{path}?token={TOKEN}"

    @property
    def log(self) -> Path:
        return self.settings / "server.log"

    def ask(self, method: str, path: str) -> Any:
        """Ask the server's own interface, as ``api/sessions``."""
        request = urllib.request.Request(self.page(path), method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def end_kernels(self, folder: str) -> None:
        """Shut down the kernels of all notebooks in a folder."""
        for session in self.ask("GET", "api/sessions"):
            if session["path"].startswith(f"{folder}/"):
                self.ask("DELETE", f"api/sessions/{session['id']}")


@contextmanager
def jupyter(root: Path, *, app: str = "lab", **environment: str) -> Iterator[Server]:
    """Run ``jupyter lab`` (or ``notebook``) in a folder until the block ends."""
    with port_to_keep() as port, _jupyter_at(port, root, app, environment) as server:
        yield server


@contextmanager
def _jupyter_at(port: int, root: Path, app: str, environment: dict[str, str]) -> Iterator[Server]:
    settings = Path(tempfile.mkdtemp(prefix="jupyter-", dir=root.parent))
    _write_settings(settings)
    _add_kernel(settings, OFFLINE, REAPI_API_KEY="", REAPI_BASE_URL="")
    command = [
        *(sys.executable, "-m", "jupyterlab" if app == "lab" else "notebook"),
        *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}"),
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    server = Server(f"http://127.0.0.1:{port}", root, settings)
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=clean_environment(**jupyter_folders(settings), **environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(server, process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _write_settings(settings: Path) -> None:
    for extension, plugins in QUIET.items():
        folder = settings / "settings" / "@jupyterlab" / extension
        folder.mkdir(parents=True)
        for plugin, values in plugins.items():
            (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(values))


def _add_kernel(settings: Path, name: str, **environment: str) -> None:
    folder = settings / "data" / "kernels" / name
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": "python", "env": environment}
    (folder / "kernel.json").write_text(json.dumps(spec))


def _await(server: Server, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            server.ask("GET", "api")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"Jupyter did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


def notebook(*cells: str, kernel: str = "python3") -> str:
    """A notebook with these code cells."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
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
