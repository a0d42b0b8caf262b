"""A notebook in JupyterLab in Chromium, for a bench to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support.chromium import launch_options
from tests.support.jupyter import OFFLINE, jupyter, notebook
from tests.support.lab_page import LabPage


@contextmanager
def opened(root: Path, *cells: str) -> Iterator[LabPage]:
    """Open a notebook of these cells, which has no key, until the block ends."""
    (root / "n.ipynb").write_text(notebook(*cells, kernel=OFFLINE))
    with jupyter(root) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        yield LabPage(page, server, "n.ipynb").open()
        browser.close()
