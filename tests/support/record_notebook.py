"""Run a committed notebook in a real JupyterLab and keep its outputs, as a reader without a kernel sees them.

``python -m tests.support.record_notebook notebooks/01_quickstart.ipynb``: runs every cell, presses Create once in
each panel, saves, and puts the notebook back in its place. Always offline, in a folder of its own.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.support.chromium import launch_options
from tests.support.jupyter import jupyter
from tests.support.lab_page import LabPage

PATIENCE = 60_000


def record(notebook: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "work"
        (root / "qwen-images").mkdir(parents=True)  # there already, so that its path is not told
        copy = root / notebook.name
        shutil.copyfile(notebook, copy)
        with jupyter(root) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch_options())
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            lab = LabPage(page, server, notebook.name).open()
            _run_all(lab)
            lab.save()
            browser.close()
        notebook.write_text(_tidied(copy.read_text()), encoding="utf-8")


def _run_all(lab: LabPage) -> None:
    for index in range(lab.cell_count()):
        lab.run(index)
        panels = lab.cell(index).locator(".qn-panel")
        if panels.count():
            panels.get_by_role("button", name="Create").click()
        if panels.count() or lab.cell(index).locator(".qn-grid").count():
            expect(lab.shared(index)).to_be_attached(timeout=PATIENCE)


def _tidied(text: str) -> str:
    content = json.loads(text)
    content["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in content["cells"]:
        cell["metadata"] = {}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        record(Path(name))
