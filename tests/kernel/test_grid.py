"""The grid in a real kernel: live while a cell blocks, light in the saved notebook, and seen without a kernel."""

import base64
import io
import json
from typing import Any

from PIL import Image

from qwen_notebook.widget.outputs import MARKED_PREFIX
from tests.support.busy import busy
from tests.support.kernel import Kernel
from tests.support.panel_comm import PanelComm

SWEEP = (
    "import qwen_notebook as qn\n"
    "sweep = qn.experiment('a {animal}', animal=['fox', 'owl'], seed=[1, 2], image_size='1:1')\n"
    "grid = sweep.grid('seed')\n"
)
WHOLE: dict[str, Any] = {
    "rows": ["animal"],
    "columns": ["seed"],
    "top": 0,
    "left": 0,
    "height": 9,
    "width": 9,
}


def status(grid: PanelComm) -> dict[str, int]:
    return grid.traits["_standing"]["counts"]


def told(grid: PanelComm) -> dict[int, str]:
    """What the grid was told of each cell last."""
    messages = grid._custom("cells")
    return {c["n"]: c["standing"] for m in messages for c in m["content"]["data"]["content"]["cells"]}


def sheets(kernel: Kernel, kind: str) -> list[bytes]:
    contents = [m["content"] for m in kernel.published(kind) if "image/jpeg" in m["content"]["data"]]
    return [content["data"]["image/jpeg"] for content in contents]


def test_it_fills_while_a_cell_blocks_the_kernel(online: Kernel) -> None:
    grid = online.grid(SWEEP + "grid")
    subshell = online.open_subshell()
    grid.accepted(grid.ask("hello", v=1, subshell=subshell))
    grid.accepted(grid.ask("window", **WHOLE, subshell=subshell))

    with busy(online, "run = sweep.start()"):
        online.until(lambda: status(grid)["saved"] == 4, "the pictures to be counted")
        online.until(lambda: told(grid) == dict.fromkeys(range(4), "saved"), "the cells to be told of")
        online.until(lambda: grid.traits["_standing"]["run"] is None, "the end of the run")
        cells = grid.accepted(grid.ask("window", **WHOLE, subshell=subshell))["cells"]
        job = cells[0][0]["job"]
        grid.accepted(grid.ask("want", jobs=[job], subshell=subshell))
        online.until(lambda: grid.previews(job), "the preview")
        online.until(lambda: sheets(online, "display_data"), "the contact sheet")

    assert len(told(grid)) == 4


def test_the_contact_sheet_stands_beside_it_from_the_first_moment_and_is_kept_up_to_date(
    online: Kernel,
) -> None:
    online.run(SWEEP + "qn.generate('a fox', seed=1, image_size='1:1')")
    grid = online.grid(SWEEP + "grid")
    (first,) = sheets(online, "display_data")
    assert first.startswith(MARKED_PREFIX)
    with Image.open(io.BytesIO(base64.b64decode(first))) as image:
        assert image.width > 1000

    online.run("sweep.run(progress=False)")
    online.until(lambda: sheets(online, "update_display_data"), "the newer sheet")
    assert sheets(online, "update_display_data")[-1] != first
    assert len(sheets(online, "display_data")) == 1
    online.run("grid.close()")
    assert grid.closed


def test_a_grid_without_pictures_shows_no_sheet(offline: Kernel) -> None:
    offline.grid(SWEEP + "grid")

    assert sheets(offline, "display_data") == []


def test_no_trait_holds_a_cell_an_image_or_the_key(online: Kernel) -> None:
    grid = online.grid(
        SWEEP.replace("seed=[1, 2]", "seed=range(500)") + "grid"
    )  # a thousand cells, none of them bought
    grid.catch_up()

    assert not any(message["buffers"] for message in grid.state_messages)
    state = {name: value for name, value in grid.traits.items() if name not in ("_esm", "_css")}
    assert len(json.dumps(state)) < 4000


def test_settings_reach_the_panel_of_another_cell(offline: Kernel) -> None:
    panel = offline.panel("import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel")
    grid = offline.grid(SWEEP + "grid")
    grid.accepted(grid.ask("use", cell=3))
    offline.until(lambda: panel.traits["seed"] == 2, "the panel to have the settings")

    assert panel.traits["prompt"] == "a owl"
    assert panel.traits["image_size"] == "1:1"
