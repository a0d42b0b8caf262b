"""The quickstart in JupyterLab, run a second time and then in a new kernel: what was bought, and what is said."""

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.support.lab_page import LabPage
from tests.support.service import Service

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"


def test_the_quickstart_is_paid_once(open_lab: OpenLab, folder: Path, paid_service: Service) -> None:
    lab, asking = _opened(open_lab, folder, QUICKSTART.read_text(encoding="utf-8"))

    _run_all(lab)
    assert paid_service.bought == 2
    for index in asking:
        expect(lab.cell(index)).to_contain_text("31 credits · seed 11")

    for _ in range(2):
        _run_all(lab)
        for index in asking:
            expect(lab.cell(index)).to_contain_text("nothing is charged · again=True makes another")
            expect(lab.cell(index)).not_to_contain_text("saved ·")
        lab.restart_kernel()
    assert paid_service.bought == 2


def test_without_seeds_it_is_paid_once_too(open_lab: OpenLab, folder: Path, paid_service: Service) -> None:
    text = QUICKSTART.read_text(encoding="utf-8").replace("seed=11", "seed=None")
    lab, asking = _opened(open_lab, folder, text)

    _run_all(lab)
    assert paid_service.bought == 2

    for _ in range(2):
        _run_all(lab)
        for index in asking:
            expect(lab.cell(index)).to_contain_text("nothing is charged · Another: seed=")
        lab.restart_kernel()
    assert paid_service.bought == 2


def _opened(open_lab: OpenLab, folder: Path, text: str) -> tuple[LabPage, list[int]]:
    """The notebook in JupyterLab, and which of its cells ask for pictures."""
    (folder / "quickstart.ipynb").write_text(text, encoding="utf-8")
    cells = json.loads(text)["cells"]
    asking = [index for index, cell in enumerate(cells) if "qn.generate" in "".join(cell["source"])]
    code = [index for index, cell in enumerate(cells) if cell["cell_type"] == "code"]
    return open_lab(name="quickstart.ipynb"), [index for index in asking if index in code]


def _run_all(lab: LabPage) -> None:
    for index in range(lab.cell_count()):
        lab.run(index)
