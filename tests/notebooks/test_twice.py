"""The quickstart, run twice by those who run notebooks: what was bought, and what was said."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill  # pyright: ignore[reportMissingTypeStubs]
import pytest
from nbclient import NotebookClient
from nbconvert import PythonExporter

from qwen_notebook.simulator import Assumed, Simulator, running
from tests.support.environment import clean_environment
from tests.support.history import remember_quick_images

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"
KEY = "rk_test_hunted_in_notebooks"
WITH_SEEDS, WITHOUT = "seed=11", "seed=None"
SECONDS = 300
Lines = list[str]


def _nbclient(notebook: Path, environment: dict[str, str]) -> Lines:
    content = nbformat.read(notebook, as_version=4)
    client = NotebookClient(content, timeout=SECONDS, resources={"metadata": {"path": str(notebook.parent)}})
    with pytest.MonkeyPatch.context() as patch:
        _set(patch, environment)
        client.execute()
    return _lines_in(content)


def _papermill(notebook: Path, environment: dict[str, str]) -> Lines:
    out = notebook.with_name("out.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        _set(patch, environment)
        papermill.execute_notebook(  # pyright: ignore[reportUnknownMemberType]
            str(notebook), str(out), cwd=str(notebook.parent), progress_bar=False, execution_timeout=SECONDS
        )
    return _lines_in(nbformat.read(out, as_version=4))


def _script(notebook: Path, environment: dict[str, str]) -> Lines:
    code, _ = PythonExporter().from_filename(str(notebook))
    program = notebook.with_suffix(".py")
    program.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program.name],
        cwd=notebook.parent,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "shape" in done.stdout
    assert "saved · " not in done.stdout, "what it prints is its own"
    return done.stderr.splitlines()


RUNNERS: dict[str, Callable[[Path, dict[str, str]], Lines]] = {
    "nbclient": _nbclient,
    "papermill": _papermill,
    "script": _script,
}


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_quickstart_is_bought_once_and_says_so(runner: str, tmp_path: Path) -> None:
    first, again, bought = _twice(runner, tmp_path, WITH_SEEDS)

    assert bought == [2, 0]
    assert _kinds(first) == ["saved", "saved"], first
    assert all("31 credits · seed 11" in line for line in _about(first))
    assert _kinds(again) == ["already made", "already made"], again
    assert all(
        line.endswith("nothing is charged · again=True makes another") for line in _about(again)
    ), again


@pytest.mark.parametrize("runner", RUNNERS)
def test_without_seeds_a_notebook_gets_its_own_pictures_and_a_script_buys(runner: str, tmp_path: Path) -> None:
    first, again, bought = _twice(runner, tmp_path, WITHOUT)

    assert _kinds(first) == ["saved", "saved"], first
    if runner == "script":
        assert bought == [2, 2]
        assert _kinds(again) == ["saved", "saved"], again
    else:
        assert bought == [2, 0]
        assert _kinds(again) == ["already made", "already made"], again
        assert all("Another: seed=" in line for line in _about(again)), again


def _twice(runner: str, folder: Path, seeds: str) -> tuple[Lines, Lines, list[int]]:
    """What each of two runs said, and how many images it bought."""
    notebook = folder / "quickstart.ipynb"
    notebook.write_text(QUICKSTART.read_text(encoding="utf-8").replace(WITH_SEEDS, seeds), encoding="utf-8")
    remember_quick_images(folder / "qwen-images")
    simulator = Simulator(
        assumed=Assumed(latency_median=0.1, rate_limit=None), keys=[KEY], picture_pixels="tiny"
    )
    said: list[Lines] = []
    bought: list[int] = []
    with running(simulator) as url:
        for _ in range(2):
            before = len(simulator.books.tasks)
            said.append(RUNNERS[runner](notebook, {"REAPI_API_KEY": KEY, "REAPI_BASE_URL": url}))
            bought.append(len(simulator.books.tasks) - before)
    orphaned = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    assert not any(KEY.encode() in content for content in orphaned)
    return said[0], said[1], bought


def _about(lines: Lines) -> Lines:
    """The lines that tell of a picture."""
    return [line for line in lines if line.startswith(("saved", "already made"))]


def _kinds(lines: Lines) -> list[str]:
    return ["saved" if line.startswith("saved") else "already made" for line in _about(lines)]


def _set(patch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in clean_environment(**environment).items():
        patch.setenv(name, value)


def _lines_in(notebook: Any) -> Lines:
    """The texts among the outputs, each as it stands in the file."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert not any(output["output_type"] == "error" for output in outputs), json.dumps(outputs)[:2000]
    texts = [
        output["data"]["text/plain"]
        for output in outputs
        if "image/jpeg" not in output.get("data", {}) and "text/plain" in output.get("data", {})
    ]
    return [line for text in texts for line in text.splitlines()]
