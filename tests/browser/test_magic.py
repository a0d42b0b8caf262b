"""The cell magic in JupyterLab, while a panel works."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.browser.test_reloading import PANEL, WORDS, filled
from tests.support.service import Service

LOAD = "%load_ext qwen_notebook"
MAGIC = "%%qwen --size 1:1 --seed 3 -o owl\na blue owl on a branch"
WHAT_BECAME = (
    "both = panel.studio.jobs[-2:]\n"
    "for job in both: job.wait()\n"
    "print([(job.request.seed, str(job.status), job.picture.path.is_file()) for job in both])"
)


def test_both_get_on_and_the_stop_button_ends_the_wait_but_not_the_job(
    open_lab: OpenLab, paid_service: Service
) -> None:
    paid_service.clock.hold()
    lab = open_lab(PANEL, LOAD, MAGIC, WHAT_BECAME)
    filled(panel := lab.show_panel())
    lab.run(1)

    lab.run_in_background(2)
    expect(lab.cell(2)).to_contain_text("generating", timeout=30_000)
    panel.press_create()  # while the cell waits
    expect(panel.root.locator(".qn-queue")).to_contain_text("seed 44 · Generating", timeout=30_000)
    assert paid_service.bought == 2

    lab.start("notebook:interrupt-kernel")
    expect(lab.cell(2)).to_contain_text("goes on in the background and will be saved")
    expect(lab.cell(2).locator(".jp-InputPrompt")).not_to_contain_text("*")
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating")

    paid_service.clock.release()
    panel.await_picture(WORDS)
    assert lab.printed(3) == "[(3, 'saved', True), (44, 'saved', True)]"
    assert paid_service.bought == 2


def test_its_picture_stands_under_the_cell_and_in_the_variable(open_lab: OpenLab) -> None:
    lab = open_lab(LOAD, MAGIC, "print(owl.image.size, owl.request.seed)")
    lab.run(0)
    lab.run(1)
    expect(lab.shared(1)).to_be_visible(timeout=30_000)
    assert lab.printed(2).endswith(" 3")
