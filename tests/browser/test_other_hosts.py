"""The same panel in hosts that are not Jupyter's own front ends."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.support.host_server import marimo, voila
from tests.support.panel_page import PanelPage

Host = Callable[[Path], AbstractContextManager[str]]


@pytest.mark.parametrize("host", [voila, marimo], ids=["voila", "marimo"])
def test_a_press_makes_a_picture(host: Host, tmp_path: Path, context: BrowserContext) -> None:
    with host(tmp_path) as url:
        page = context.new_page()
        page.goto(url)
        panel = PanelPage(page, page.locator(".qn-panel"))
        panel.await_alive()

        panel.press_create()
        panel.await_picture("a quiet harbour at dawn")

        page.close(run_before_unload=False)
    assert len(list((tmp_path / "qwen-images" / "images").glob("*.png"))) == 1
