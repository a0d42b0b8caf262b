"""The same panel in Notebook 7."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.test_reloading import PANEL, WORDS, filled
from tests.support.jupyter import Server, notebook
from tests.support.lab_page import LabPage


class Notebook7Page(LabPage):
    """One notebook in Notebook 7, which knows JupyterLab's commands."""

    def open(self) -> "Notebook7Page":
        self.page.goto(self.server.page(f"notebooks/{self.path}"))
        self.await_notebook()
        return self


@pytest.fixture
def notebook7(server: Server, folder: Path, context: BrowserContext) -> Iterator[Notebook7Page]:
    (folder / "n.ipynb").write_text(notebook(PANEL))
    page = context.new_page()
    yield Notebook7Page(page, server, f"{folder.name}/n.ipynb").open()
    page.close(run_before_unload=False)
    server.end_kernels(folder.name)


def test_a_press_makes_a_picture_that_a_reload_brings_back(notebook7: Notebook7Page) -> None:
    filled(panel := notebook7.show_panel())
    panel.press_create()
    panel.await_picture(WORDS)
    # The plain output is in the document, and not seen beside the panel.
    expect(notebook7.shared()).to_have_count(1)
    expect(notebook7.shared()).to_be_hidden()
    notebook7.save()

    notebook7.reload()

    panel = notebook7.panel()
    panel.await_alive()
    panel.await_picture(WORDS)
    expect(panel.prompt).to_have_value(WORDS)
