"""An impatient person, and a kernel that is busy: what the panel shows is what is bought."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.browser.test_busy import BLOCK
from tests.support.service import Service

PRESSES = 5


def panel_with(next_seed: str) -> str:
    settings = f"prompt='a quiet harbour', seed=7, next_seed='{next_seed}'"
    return f"import qwen_notebook as qn\npanel = qn.qwen_widget({settings})\npanel"


def test_presses_with_seeds_of_their_own_are_as_many_images(
    open_lab: OpenLab, folder: Path, paid_service: Service
) -> None:
    lab = open_lab(
        panel_with("+1"), BLOCK, "for job in panel.jobs: job.wait()\nprint(len(panel.jobs), 'jobs')"
    )
    panel = lab.show_panel()
    lab.run_in_background(1)
    lab.page.wait_for_function("() => document.body.innerText.includes('[*]')")

    for _ in range(PRESSES):
        panel.press_create()
    expect(panel.tiles).to_have_count(PRESSES)

    (folder / "release").touch()
    lab.run(2)
    lab.until_printed(2, f"{PRESSES} jobs")
    assert paid_service.bought == PRESSES


def test_presses_on_the_same_seed_are_one_image_and_a_question(
    open_lab: OpenLab, folder: Path, paid_service: Service
) -> None:
    paid_service.clock.hold()
    lab = open_lab(
        panel_with("same"), BLOCK, "for job in panel.jobs: job.wait()\nprint(len(panel.jobs), 'jobs')"
    )
    panel = lab.show_panel()
    lab.run_in_background(1)
    lab.page.wait_for_function("() => document.body.innerText.includes('[*]')")

    panel.press_create()
    for _ in range(PRESSES - 1):
        panel.create.dispatch_event("click")
    expect(panel.root.get_by_text("already being made")).to_be_visible()

    paid_service.clock.release()
    (folder / "release").touch()
    lab.run(2)
    lab.until_printed(2, "1 jobs")
    assert paid_service.bought == 1
