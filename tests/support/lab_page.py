"""A notebook open in JupyterLab, driven as a person would."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.jupyter import Server

READY = "() => window.jupyterapp && window.jupyterapp.restored.then(() => true)"


class LabPage:
    """One notebook in JupyterLab.

    Run a cell by `run`, which waits for the kernel's answer: the status line of JupyterLab lies while comms flow.
    """

    def __init__(self, page: Page, server: Server, path: str) -> None:
        self.page = page
        self.server = server
        self.path = path

    def open(self) -> "LabPage":
        self.page.goto(self.server.page(f"lab/tree/{self.path}"))
        self.page.wait_for_function(READY, timeout=60_000)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(
            "() => { const w = window.jupyterapp.shell.currentWidget;"
            " return w && w.sessionContext && w.sessionContext.session && w.sessionContext.session.kernel"
            " && w.sessionContext.session.kernel.status === 'idle'; }",
            timeout=60_000,
        )
        return self

    def command(self, name: str, args: dict[str, Any] | None = None) -> Any:
        """Run a JupyterLab command and wait for its end."""
        return self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => true)", [name, args or {}]
        )

    def start(self, name: str) -> None:
        """Start a JupyterLab command without waiting for its end."""
        self.page.evaluate("(name) => { window.jupyterapp.commands.execute(name); }", name)

    def select(self, index: int) -> None:
        self.page.evaluate(
            "(i) => { const n = window.jupyterapp.shell.currentWidget.content; n.activeCellIndex = i;"
            " n.mode = 'command'; }",
            index,
        )

    def run(self, index: int) -> None:
        self.select(index)
        self.command("notebook:run-cell")

    def run_in_background(self, index: int) -> None:
        self.select(index)
        self.start("notebook:run-cell")

    def cell(self, index: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def save(self) -> None:
        self.command("docmanager:save")

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", {"theme": name})
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)

    def cell_count(self) -> int:
        return self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
