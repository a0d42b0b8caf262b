"""One JupyterLab and one browser for all tests of a process; each test has a notebook in a folder of its own."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.support.chromium import launch_options
from tests.support.history import remember_quick_images
from tests.support.jupyter import Server, jupyter, notebook
from tests.support.key_hunt import holding_the_key
from tests.support.lab_page import READY, LabPage
from tests.support.service import Service, service

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
VIEW: ViewportSize = {"width": 1400, "height": 1000}
PAID = "python3"
"""The kernel that has the server's environment, so the key. Its pictures are tiny; offline they are real."""
OpenLab = Callable[..., LabPage]
Sights = dict[str, tuple[int, ...]]
"""Themes, and the widths in which something is looked at in each, in pixels."""
FEW: Sights = {"light": (400,), "dark": (1200,)}
ALL: Sights = {"light": (360, 400, 640, 1200), "dark": (360, 400, 640, 1200)}
# A machine that does much else at once is slow, which is no failure.
expect.set_options(timeout=30_000)


class Home:
    """A page with JupyterLab, in which the tests open their notebooks one after the other."""

    def __init__(self, server: Server, context: BrowserContext) -> None:
        self._server = server
        self.context = context
        self._page: Page | None = None
        self._numbers = itertools.count()

    def page(self) -> Page:
        if self._page is None or self._page.is_closed():
            self._page = self.context.new_page()
            # A workspace of its own, lest the notebooks of another page be opened again.
            self._page.goto(self._server.page(f"lab/workspaces/home-{next(self._numbers)}"))
            self._page.wait_for_function(READY, timeout=60_000)
            self._page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        return self._page


@pytest.fixture(scope="session")
def _running_service() -> Iterator[Service]:
    with service() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, _running_service: Service) -> Iterator[Server]:
    """JupyterLab, started by somebody who has a key."""
    root = tmp_path_factory.mktemp("lab") / "work"
    root.mkdir()
    with jupyter(root, **_running_service.environment) as running:
        yield running
    assert holding_the_key(root.parent) == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(**launch_options())
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    # One for all, so that JupyterLab's own scripts are loaded and compiled once.
    context = browser.new_context(viewport=VIEW, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def paid_service(_running_service: Service) -> Iterator[Service]:
    """The service on a port, as if it had just been started."""
    _running_service.start_anew()
    yield _running_service
    _running_service.start_anew()


@pytest.fixture
def folder(server: Server, request: pytest.FixtureRequest) -> Path:
    """Where a test's notebook lies; its pictures go to a folder that knows the service to be quick."""
    made = server.root / re.sub(r"\W+", "-", request.node.name).strip("-")
    made.mkdir()
    remember_quick_images(made / "qwen-images")
    return made


@pytest.fixture(params=[pytest.param(FEW, id="few"), pytest.param(ALL, id="all", marks=pytest.mark.long)])
def sights(request: pytest.FixtureRequest) -> Sights:
    """How something is looked at: two ways, and in the long form all."""
    return request.param


@pytest.fixture(scope="session")
def _home(server: Server, context: BrowserContext) -> Home:
    return Home(server, context)


@pytest.fixture
def open_lab(
    server: Server, folder: Path, _home: Home, context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[OpenLab]:
    """Open a notebook with these cells, or one that is there; in a page of its own where that is to be reloaded."""
    opened: list[LabPage] = []

    def open_notebook(
        *cells: str, kernel: str = PAID, name: str = "n.ipynb", own_page: bool = False
    ) -> LabPage:
        if cells:
            (folder / name).write_text(notebook(*cells, kernel=kernel))
        page = context.new_page() if own_page else _home.page()
        lab = LabPage(page, server, f"{folder.name}/{name}")
        opened.append(lab)
        return lab.open() if own_page else lab.open_in_place()

    failed_before = request.session.testsfailed
    yield open_notebook
    failed = request.session.testsfailed > failed_before
    for lab in opened:
        if lab.page.is_closed():
            continue
        if failed:
            ARTEFACTS.mkdir(exist_ok=True)
            lab.page.screenshot(path=ARTEFACTS / f"failed-{folder.name}.png")
        if failed or lab.page != _home.page():
            lab.page.close(run_before_unload=False)
        else:
            lab.leave()
    server.end_kernels(folder.name)
