"""What is seen of a panel's pictures: once beside the living panel, and still in a file that nobody runs."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenLab
from tests.support.environment import clean_environment
from tests.support.lab_page import LabPage
from tests.support.offline_page import offline_page

PANEL = (
    "import qwen_notebook as qn\npanel = qn.qwen_widget(prompt='a quiet harbour', seed=7, image_size='1:1')\n"
)
OWN = "import io; from PIL import Image; from IPython import display as d\n" + (
    "own = io.BytesIO(); Image.new('RGB', (64, 64), 'teal').save(own, 'JPEG')\n"
    "display(d.Image(own.getvalue(), format='jpeg')); display(d.Image(own.getvalue(), format='jpeg'))\n"
)
WORDS = "a quiet harbour"


def with_a_picture(lab: LabPage) -> None:
    panel = lab.show_panel()
    panel.press_create()
    panel.await_picture(WORDS)
    expect(lab.shared()).not_to_have_count(0)


def saved(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "n.ipynb").read_text())


def saved_images(folder: Path) -> list[bytes]:
    outputs = [output for cell in saved(folder)["cells"] for output in cell["outputs"]]
    return [
        base64.b64decode(output["data"]["image/jpeg"])
        for output in outputs
        if "image/jpeg" in output.get("data", {})
    ]


def test_beside_the_living_panel_the_picture_is_seen_once(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL + "panel")
    with_a_picture(lab)

    expect(lab.panel().picture).to_be_visible()
    expect(lab.shared()).to_have_count(1)
    expect(lab.shared()).to_be_hidden()
    expect(lab.cell(0).get_by_alt_text(WORDS)).to_have_count(1)


def test_a_closed_panel_leaves_the_picture_to_be_seen(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL + "panel", "panel.close()")
    with_a_picture(lab)

    lab.run(1)

    expect(lab.shared()).to_be_visible()


@pytest.mark.parametrize("state", ["without widget state", "with widget state"])
def test_saved_the_picture_is_seen_by_those_who_run_nothing(
    open_lab: OpenLab, folder: Path, browser: Browser, state: str
) -> None:
    lab = open_lab(PANEL + "panel")
    with_a_picture(lab)
    save_and_leave(lab, folder, state)

    lab.reopen_to_read()
    expect(lab.shared()).to_have_count(1)
    expect(lab.shared()).to_be_visible()
    expect_pictures_in_html(browser, folder, 1)


def test_a_panel_that_was_saved_and_has_no_kernel_hides_no_picture(open_lab: OpenLab, folder: Path) -> None:
    lab = open_lab(PANEL + "panel")
    with_a_picture(lab)
    save_and_leave(lab, folder, "with widget state")

    panel = lab.reopen_with_saved_panel()
    expect(panel.prompt).to_have_value(WORDS)
    expect(panel.root).not_to_have_class(re.compile("qn-alive"))
    expect(lab.shared()).to_have_count(1)
    expect(lab.shared()).to_be_visible()


def save_and_leave(lab: LabPage, folder: Path, state: str) -> None:
    """Save the notebook with or without its widgets' state, close it and end its kernel."""
    lab.keep_widget_state(state == "with widget state")
    lab.save()
    assert ("widgets" in saved(folder)["metadata"]) == (state == "with widget state")
    assert len(saved_images(folder)) == 1
    lab.leave()
    lab.server.end_kernels(folder.name)


def expect_pictures_in_html(browser: Browser, folder: Path, count: int) -> None:
    """See the notebook's pictures where nbconvert wrote them."""
    with offline_page(browser) as page:
        page.goto(as_html(folder), wait_until="commit")
        images = page.locator("img[src^='data:image/jpeg']")
        expect(images).to_have_count(count)
        for image in images.all():
            expect(image).to_be_visible()


def as_html(folder: Path) -> str:
    """The address of the notebook as nbconvert writes it. Its scripts lie in the web."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "n.ipynb"]
    subprocess.run(command, cwd=folder, env=clean_environment(), check=True, capture_output=True, timeout=60)
    return (folder / "n.html").as_uri()


def test_a_persons_own_images_are_never_hidden(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL + OWN + "panel")
    with_a_picture(lab)

    expect(lab.shared()).to_have_count(3)
    expect(lab.shared().nth(0)).to_be_visible()
    expect(lab.shared().nth(1)).to_be_visible()
    expect(lab.shared().nth(2)).to_be_hidden()


def test_a_picture_that_a_cell_shows_itself_is_never_hidden(open_lab: OpenLab) -> None:
    lab = open_lab(
        PANEL + "panel", "display(panel, panel.pictures[-1])", "display(panel.pictures[-1], panel)"
    )
    with_a_picture(lab)

    for index in (1, 2):
        lab.show_panel(index)
        expect(lab.shared(index)).to_have_count(2)
        expect(lab.shared(index).locator("visible=true")).to_have_count(1)


def test_running_the_cell_again_in_a_new_kernel_brings_the_pictures_back(
    open_lab: OpenLab, folder: Path
) -> None:
    lab = open_lab(PANEL + "panel", "print(len(panel.pictures))")
    with_a_picture(lab)
    lab.save()
    before = saved_images(folder)

    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    lab.show_panel()
    expect(lab.shared()).to_have_count(1)
    lab.save()

    assert saved_images(folder) == before
