"""The same panel in Notebook 7."""

from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.support.jupyter import Server, notebook
from tests.support.panel_page import PanelPage

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget(seed=7)\npanel"
WORDS = "a quiet harbour at dawn"


def test_a_press_makes_a_picture(server: Server, folder: Path, context: BrowserContext) -> None:
    (folder / "n.ipynb").write_text(notebook(PANEL))
    page = context.new_page()
    page.goto(server.page(f"notebooks/{folder.name}/n.ipynb"))
    # Before its kernel is there, Notebook lets go of what it is told to run.
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(timeout=60_000)
    page.locator(".jp-Cell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    panel = PanelPage(page, page.locator(".qn-panel"))
    panel.await_alive()

    panel.prompt.fill(WORDS)
    panel.press_create()
    panel.await_picture(WORDS)

    page.close(run_before_unload=False)
    server.end_kernels(folder.name)
