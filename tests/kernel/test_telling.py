"""What a notebook is told while pictures are made: one output a line, updated, of which a file has the last state."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from qwen_notebook.simulator import TEST_KEY, Assumed, Simulator, running
from tests.support.environment import clean_environment, jupyter_folders
from tests.support.kernel import Kernel, kernel
from tests.support.service import Service

FOX = "import qwen_notebook as qn\nfox = qn.generate('a fox', seed={seed})"
LOAD = "%load_ext qwen_notebook"
SWEEP = "sweep = qn.experiment('a hen', seed=[1, 2, 3])\n"


def executed(folder: Path, monkeypatch: pytest.MonkeyPatch, cells: list[str]) -> list[list[str]]:
    """Run cells as nbconvert does, and give the texts of each cell's outputs as the file has them."""
    simulator = Simulator(assumed=Assumed(latency_median=1.2), keys=[TEST_KEY], picture_pixels="tiny", seed=1)
    settings = folder / "jupyter"
    settings.mkdir()
    with running(simulator) as url:
        given = clean_environment(
            **jupyter_folders(settings), REAPI_API_KEY=TEST_KEY, REAPI_BASE_URL=url, HOME=str(folder)
        )
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [[_text_of(output) for output in cell.outputs] for cell in notebook.cells]


def _text_of(output: Any) -> str:
    return str(output.get("text") or output["data"]["text/plain"])


def test_a_saved_notebook_has_the_last_state_of_each_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [
        FOX.format(seed=1) + "\nowl = qn.generate('an owl', seed=1)",
        f"{SWEEP}_ = sweep.run()",
        LOAD,
        "%%qwen --seed 4-5\na hen",
    ]
    first, sweep, _, magic = executed(tmp_path, monkeypatch, cells)

    assert first[0] == "Pictures are kept in ~/qwen-images\n"
    assert [text.partition(" · ")[0] for text in first[1:]] == ["saved", "saved"]
    assert sweep == ["3 of 3 · 93 credits"]
    assert magic[0] == "2 pictures: 2 to make · 62 credits (2 × 31)\n"
    assert [text.split(" · ")[:2] for text in magic[1::2]] == [["1 of 2", "saved"], ["2 of 2", "saved"]]
    assert "generating" not in json.dumps([first, sweep, magic])


def test_a_line_inside_an_output_widget_ends_with_the_last_state(online: Kernel) -> None:
    cell = online.start(
        "import ipywidgets, qwen_notebook as qn\nout = ipywidgets.Output()\nwith out:\n    qn.generate('a fox', seed=1)"
    ).end()

    assert cell.error is None
    assert cell.lines == []
    assert cell.printed.rpartition("\r")[2].startswith("saved")


def test_an_interrupt_of_a_sweep_tells_where_it_stopped(online: Kernel, paid_service: Service) -> None:
    paid_service.clock.hold()
    cell = online.start(f"import qwen_notebook as qn\n{SWEEP}sweep.run(max_in_flight=1)")
    online.until(lambda: paid_service.bought == 1 and cell.lines, "the first to be sent")

    online.interrupt()
    cell.end()

    assert cell.error == "KeyboardInterrupt"
    assert cell.printed == (
        "Stopped at 0 of 3: nothing more is sent. 1 sent already goes on in the background and will be saved. "
        "2 still to make: run it again.\n"
    )
    paid_service.clock.release()
    online.run("try: sweep.running.result()\nexcept qn.JobCancelled: pass")
    assert online.run("print(repr(sweep.running))").endswith("stopped, 2 still to make · ended>\n")


def test_a_line_that_is_captured_is_text(online: Kernel) -> None:
    cell = online.start(f"%%capture caught\n{FOX.format(seed=1)}").end()

    assert cell.error is None
    assert cell.lines == []
    assert online.run("print(caught.stdout)").startswith("saved")


def test_a_panel_asks_for_its_cell_to_be_run_only_while_it_is_open(offline: Kernel) -> None:
    opened = offline.start("import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel").end()

    assert "run this cell to open the panel" in str(opened.shown)
    assert offline.run("panel.close()\nprint(panel)") == "<QwenWidget · qwen-images/ · closed>\n"


@pytest.mark.parametrize(
    "cell", ["%%qwen -h", "%%qwen --help\n", "%%qwen -h --size", "%%qwen -h\na fox", "%qwen -h"]
)
def test_help_is_shown_whichever_way_it_is_asked_for(offline: Kernel, cell: str) -> None:
    offline.run(LOAD)
    text = offline.run(cell)

    assert "--again" in text
    assert "%%qwen --size 16:9 --seed 1-4" in text


def test_a_folder_outside_home_is_told_whole(tmp_path: Path) -> None:
    with kernel(tmp_path, HOME=str(tmp_path / "home")) as started:
        assert started.run("import qwen_notebook as qn\n_ = qn.default_studio()") == (
            f"Pictures are kept in {started.folder / 'qwen-images'}\n"
        )
