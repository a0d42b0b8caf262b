"""Other hosts than Jupyter's own that show widgets: one server on loopback for one test."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.environment import clean_environment, jupyter_folders
from tests.support.jupyter import notebook
from tests.support.ports import port_to_keep

SETTINGS = "prompt='a quiet harbour at dawn', seed=7"
MARIMO_APP = f"""import marimo

app = marimo.App()


@app.cell
def _():
    import qwen_notebook as qn

    panel = qn.qwen_widget({SETTINGS})
    panel
    return


if __name__ == "__main__":
    app.run()
"""


@contextmanager
def voila(folder: Path) -> Iterator[str]:
    """Serve a notebook with a panel as a Voilà page, and yield its address."""
    (folder / "n.ipynb").write_text(notebook(f"import qwen_notebook as qn\nqn.qwen_widget({SETTINGS})"))
    arguments = ("--no-browser", "--Voila.ip=127.0.0.1")
    with port_to_keep() as port, _serving(folder, port, "voila", "n.ipynb", *arguments) as url:
        yield url


@contextmanager
def marimo(folder: Path) -> Iterator[str]:
    """Serve a marimo app with a panel, and yield its address."""
    (folder / "app.py").write_text(MARIMO_APP)
    arguments = ("--headless", "--no-token", "--host=127.0.0.1")
    with port_to_keep() as port, _serving(folder, port, "marimo", "run", "app.py", *arguments) as url:
        yield url


@contextmanager
def _serving(folder: Path, port: int, module: str, *arguments: str) -> Iterator[str]:
    url, log = f"http://127.0.0.1:{port}/", folder / "server.log"
    environment = clean_environment(**jupyter_folders(folder / "settings"))
    with log.open("wb") as out:
        command = [sys.executable, "-m", module, *arguments, f"--port={port}"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _await_port(url, process, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_port(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url + "favicon.ico", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{log.parent.name} did not start:\n{log.read_text(errors='replace')[-4000:]}")
