"""A notebook open in JupyterLab, driven as a person would."""

import json
from time import monotonic
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.jupyter import Server
from tests.support.panel_page import PanelPage

READY = "() => window.jupyterapp && window.jupyterapp.restored.then(() => true)"
IDLE = (
    "() => { const w = window.jupyterapp.shell.currentWidget;"
    " return w && w.sessionContext && w.sessionContext.session && w.sessionContext.session.kernel"
    " && w.sessionContext.session.kernel.status === 'idle'; }"
)
PATIENCE = 60_000


class LabPage:
    """One notebook in JupyterLab.

    Run a cell by `run`, which waits for the kernel's answer: the status line of JupyterLab lies while comms flow.
    """

    def __init__(self, page: Page, server: Server, path: str) -> None:
        self.page = page
        self.server = server
        self.path = path

    def open(self) -> "LabPage":
        """Load JupyterLab with it."""
        # A workspace of its own, lest the tabs of another test be opened again.
        workspace = self.path.replace("/", "-").removesuffix(".ipynb")
        self.page.goto(self.server.page(f"lab/workspaces/{workspace}/tree/{self.path}"))
        self.await_notebook()
        return self

    def open_in_place(self) -> "LabPage":
        """Open it in a JupyterLab that is there already, which is much quicker."""
        self._open()
        self.await_notebook()
        return self

    def _open(self) -> None:
        self.command("docmanager:open", {"path": self.path, "factory": "Notebook"})

    def reopen_to_read(self) -> None:
        """Open it as somebody who has not got its kernel, and takes no other."""
        path = self.server.root / self.path
        content = json.loads(path.read_text())
        content["metadata"]["kernelspec"] = {"name": "elsewhere", "display_name": "Elsewhere"}
        path.write_text(json.dumps(content))
        self._open()
        self.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")

    def reopen_with_saved_panel(self, index: int = 0) -> PanelPage:
        """Open it, and see the panel of a cell as the notebook's widget state has it.

        JupyterLab's widget manager may look for a widget before it has read that state, and then says that there is
        none; whoever opens the notebook again sees it.
        """
        panel = PanelPage(self.page, self.cell(index).locator(".qn-root"))  # or the grid, which is its own
        lost = self.cell(index).get_by_text("model not found")
        for _ in range(5):
            self.open_in_place()
            expect(panel.root.or_(lost).first).to_be_visible()
            if not lost.count():
                return panel
            self._dispose()
        raise AssertionError("JupyterLab never drew the saved panel.")

    def leave(self) -> None:
        """Close it without saving and without being asked, and leave JupyterLab as it was."""
        self.keep_widget_state(False)
        self._dispose()

    def _dispose(self) -> None:
        self.page.evaluate(
            "() => { for (const widget of [...window.jupyterapp.shell.widgets('main')]) widget.dispose(); }"
        )
        expect(self.page.locator(".jp-Notebook")).to_have_count(0)

    def reload(self) -> None:
        """Press F5."""
        self.page.reload()
        self.await_notebook()

    def await_notebook(self) -> None:
        """Wait until its cells are drawn and its kernel is idle."""
        self.page.wait_for_function(READY, timeout=PATIENCE)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(IDLE, timeout=PATIENCE)

    def command(self, name: str, args: dict[str, Any] | None = None) -> None:
        """Run a JupyterLab command and wait for its end."""
        self.page.evaluate(
            "([name, args]) => { window.ended = null;"
            " window.jupyterapp.commands.execute(name, args).then(() => { window.ended = 'well'; },"
            " (error) => { window.ended = String(error); }); }",
            [name, args or {}],
        )
        self.page.wait_for_function("() => window.ended !== null", timeout=PATIENCE)
        assert self.page.evaluate("() => window.ended") == "well", name

    def start(self, name: str) -> None:
        """Start a JupyterLab command without waiting for its end."""
        self.page.evaluate("(name) => { window.jupyterapp.commands.execute(name); }", name)

    def restart_kernel(self) -> None:
        """Restart the kernel by the menu's command, and say yes to its question."""
        self.start("notebook:restart-kernel")
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
        self.page.wait_for_function(IDLE, timeout=PATIENCE)

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

    def panel(self, index: int = 0) -> PanelPage:
        """The panel that a cell shows."""
        return PanelPage(self.page, self.cell(index).locator(".qn-panel"))

    def show_panel(self, index: int = 0) -> PanelPage:
        """Run a cell that shows a panel, and wait until the kernel has answered it."""
        self.run(index)
        panel = self.panel(index)
        panel.await_alive()
        return panel

    def grid(self, index: int = 0) -> PanelPage:
        """The grid that a cell shows, as far as it is like a panel."""
        return PanelPage(self.page, self.cell(index).locator(".qn-grid"))

    def show_grid(self, index: int = 0) -> PanelPage:
        """Run a cell that shows a grid, and wait until the kernel has answered it."""
        self.run(index)
        grid = self.grid(index)
        grid.await_alive()
        return grid

    def printed(self, index: int) -> str:
        """Run a cell; what it printed."""
        self.run(index)
        return "\n".join(self.cell(index).locator(".jp-OutputArea-output").all_inner_texts()).strip()

    def until_printed(self, index: int, text: str) -> None:
        """Run a cell again and again until it prints this."""
        until = monotonic() + PATIENCE / 1000
        while (printed := self.printed(index)) != text:
            assert monotonic() < until, f"the cell printed {printed!r}, never {text!r}"

    def shared(self, index: int = 0) -> Locator:
        """The plain outputs of a cell that are JPEG images: the shared ones, and those of a person's own."""
        return self.cell(index).locator(".jp-OutputArea-output > img[src^='data:image/jpeg']")

    def is_running(self, index: int) -> bool:
        """Whether a cell waits for its end."""
        return "[*]" in self.cell(index).locator(".jp-InputPrompt").inner_text()

    def sources(self) -> list[str]:
        """The text of all cells."""
        return self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.widgets"
            ".map((cell) => cell.model.sharedModel.getSource())"
        )

    def is_dirty(self) -> bool:
        """Whether there is something to be saved."""
        return self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.dirty")

    def save(self) -> None:
        self.command("docmanager:save")

    def keep_widget_state(self, keep: bool = True) -> None:
        """Have the widgets' state saved into the notebook, or no longer; JupyterLab remembers it for all notebooks."""
        command = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
        toggled = "([command, keep]) => window.jupyterapp.commands.isToggled(command) === keep"
        if not self.page.evaluate(toggled, [command, keep]):
            self.command(command)
            self.page.wait_for_function(toggled, arg=[command, keep])

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", {"theme": name})
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)

    def cell_count(self) -> int:
        return self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
