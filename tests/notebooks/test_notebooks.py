"""The committed notebooks: they run, offline and against the service, and a reader without a kernel sees pictures."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from qwen_notebook.simulator import Assumed, Simulator, running
from tests.support.jupyter import clean_environment

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
KEY = "rk_test_hunted_in_notebooks"


def run(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> Any:
    """Run a notebook in a folder, as nbconvert would, with nothing of this machine's environment."""
    for name in ("REAPI_API_KEY", "REAPI_KEY", "REAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in clean_environment(**environment).items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def outputs_of(notebook: Any) -> list[Any]:
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


def pictures_in(notebook: Any) -> list[str]:
    return [output["data"]["image/jpeg"] for output in outputs_of(notebook) if "image/jpeg" in output.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestEveryNotebook:
    def test_it_runs_without_a_key(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert pictures_in(run(path, tmp_path, monkeypatch))

    def test_a_reader_without_a_kernel_sees_its_pictures(self, path: Path) -> None:
        notebook = json.loads(path.read_text())

        assert pictures_in(notebook)
        assert all(
            "error" not in output["output_type"] for c in notebook["cells"] for output in c.get("outputs", [])
        )
        assert path.stat().st_size < 1_000_000

    def test_it_holds_no_key_and_no_path_of_a_person(self, path: Path) -> None:
        text = path.read_text()

        assert "rk_live_" not in text
        assert "/home/" not in text
        assert "/tmp/" not in text


def test_the_quickstart_needs_only_the_environment_to_work_with_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = Simulator(assumed=Assumed(latency_median=0), keys=[KEY], picture_pixels="tiny")
    quickstart = NOTEBOOKS[0]
    with running(simulator) as url:
        first = run(quickstart, tmp_path, monkeypatch, REAPI_API_KEY=KEY, REAPI_BASE_URL=url)
        made = len(simulator.books.tasks)
        again = run(quickstart, tmp_path, monkeypatch, REAPI_API_KEY=KEY, REAPI_BASE_URL=url)

    assert made == 2
    assert len(simulator.books.tasks) == made, "running everything again in a new kernel must not pay again"
    assert "offline" not in json.dumps(outputs_of(first))
    assert "already made" in json.dumps(outputs_of(again))
    orphaned = [json.dumps(first).encode(), json.dumps(again).encode()]
    orphaned += [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(KEY.encode() in content for content in orphaned)
