"""What panels and their pictures weigh in a saved notebook."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenLab
from tests.browser.test_sharing import expect_pictures_in_html, saved_images
from tests.support.jupyter import OFFLINE

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget(prompt='a quiet harbour that reads CALM', seed=1)\npanel"
PICTURES = 12
MAKE_MANY = f"""panel.next_seed = '+1'
panel.count = {PICTURES // 2}
jobs = panel.create() + panel.create()
for job in jobs: job.wait()"""


def test_ten_panels_saved_with_their_state(open_lab: OpenLab, folder: Path) -> None:
    lab = open_lab(*[PANEL] * 10)
    for index in range(10):
        lab.show_panel(index)
    lab.keep_widget_state()
    lab.save()
    assert '"widgets"' in (folder / "n.ipynb").read_text()

    assert (folder / "n.ipynb").stat().st_size < 800_000


def test_a_day_s_pictures_saved_and_seen_by_those_who_run_nothing(
    open_lab: OpenLab, folder: Path, browser: Browser
) -> None:
    lab = open_lab(PANEL, MAKE_MANY, kernel=OFFLINE)
    lab.show_panel()
    lab.run(1)
    expect(lab.shared()).to_have_count(PICTURES)
    lab.save()

    assert len(saved_images(folder)) == PICTURES
    assert (folder / "n.ipynb").stat().st_size < 500_000
    lab.leave()
    lab.server.end_kernels(folder.name)
    lab.reopen_to_read()
    expect(lab.shared()).to_have_count(PICTURES)
    expect_pictures_in_html(browser, folder, PICTURES)
