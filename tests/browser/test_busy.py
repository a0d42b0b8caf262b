"""A panel while a cell runs, on the settings that JupyterLab has by default."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.support.service import Service

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget(seed=7)\npanel"
BLOCK = "import pathlib, time\npathlib.Path('blocking').touch()\n" + (
    "while not pathlib.Path('release').exists(): time.sleep(0.05)"
)
WORDS = "a quiet harbour at dawn"


def test_a_press_while_a_cell_runs_makes_its_picture(open_lab: OpenLab, folder: Path) -> None:
    lab = open_lab(PANEL, "panel.count = 1; panel.prompt = 'from a cell'", BLOCK)
    panel = lab.show_panel()
    lab.run(1)
    lab.run_in_background(2)
    lab.page.wait_for_function("() => document.body.innerText.includes('[*]')")
    panel.note_phases()

    panel.prompt.fill(WORDS)
    panel.press_create()
    panel.await_picture(WORDS)

    phases = panel.phases()
    assert (phases[0], phases[-1]) == ("Sending to the kernel", "Saved")
    assert lab.is_running(2)
    (folder / "release").touch()
    expect(lab.cell(2).locator(".jp-InputPrompt")).not_to_contain_text("*")


def test_a_job_is_told_of_while_a_cell_runs(open_lab: OpenLab, folder: Path, paid_service: Service) -> None:
    paid_service.clock.hold()
    lab = open_lab(PANEL, BLOCK)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating")
    lab.run_in_background(1)
    lab.page.wait_for_function("() => document.body.innerText.includes('[*]')")

    paid_service.clock.release()
    panel.await_picture(WORDS)

    assert lab.is_running(1)
    (folder / "release").touch()
    expect(lab.cell(1).locator(".jp-InputPrompt")).not_to_contain_text("*")
    assert paid_service.bought == 1
