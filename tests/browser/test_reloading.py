"""What a reload of the page and a second view find."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.support.panel_page import PanelPage
from tests.support.service import Service

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"
WORDS = "a quiet harbour at dawn"


def filled(panel: PanelPage) -> None:
    panel.prompt.fill(WORDS)
    panel.root.get_by_role("radio", name="4:3").click()
    panel.root.get_by_role("radio", name="same").click()
    panel.root.get_by_label("Seed", exact=True).fill("44")


def test_f5_brings_back_the_settings_and_the_picture(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL, own_page=True)
    filled(panel := lab.show_panel())
    panel.press_create()
    panel.await_picture(WORDS)
    lab.save()

    lab.reload()

    panel = lab.panel()
    panel.await_alive()
    panel.await_picture(WORDS)
    expect(panel.prompt).to_have_value(WORDS)
    expect(panel.root.get_by_role("radio", name="4:3")).to_be_checked()
    expect(panel.root.get_by_label("Seed", exact=True)).to_have_value("44")


def test_f5_while_a_job_runs_brings_its_picture(open_lab: OpenLab, paid_service: Service) -> None:
    paid_service.clock.hold()
    lab = open_lab(PANEL, own_page=True)
    filled(panel := lab.show_panel())
    panel.press_create()
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating", timeout=30_000)
    lab.save()

    lab.reload()
    panel = lab.panel()
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating", timeout=30_000)
    paid_service.clock.release()
    panel.await_picture(WORDS)

    assert paid_service.bought == 1
    expect(panel.root).to_contain_text(
        "Run this cell again to put the newer pictures into the notebook’s file."
    )
    lab.run(0)
    expect(lab.shared()).to_have_count(1)


def test_a_second_view_shows_the_same(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL, "panel")
    filled(first := lab.show_panel())
    second = lab.show_panel(1)

    expect(second.prompt).to_have_value(WORDS)
    second.press_create()
    second.await_picture(WORDS)
    first.await_picture(WORDS)
    expect(first.root.locator(".qn-phase")).to_contain_text(re.compile("seed 44"))
    first.prompt.fill("typed in the first")
    expect(second.prompt).to_have_value("typed in the first")


def test_a_restarted_kernel_is_said_and_its_cell_takes_the_job_up_again(
    open_lab: OpenLab, paid_service: Service
) -> None:
    paid_service.clock.hold()
    lab = open_lab(PANEL, own_page=True)
    filled(panel := lab.show_panel())
    panel.press_create()
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating", timeout=30_000)

    lab.restart_kernel()
    expect(panel.root).to_contain_text("The kernel ended or was restarted")

    panel = lab.show_panel()
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating", timeout=30_000)
    paid_service.clock.release()
    panel.await_picture(WORDS)
    assert paid_service.bought == 1


def test_a_cell_run_again_while_its_job_runs_shows_and_shares_its_picture_once(
    open_lab: OpenLab, paid_service: Service
) -> None:
    paid_service.clock.hold()
    lab = open_lab(PANEL)
    filled(panel := lab.show_panel())
    panel.press_create()
    expect(panel.root.locator(".qn-phase")).to_contain_text("Generating", timeout=30_000)

    panel = lab.show_panel()
    paid_service.clock.release()
    panel.await_picture(WORDS)

    expect(lab.shared()).to_have_count(1)
    assert paid_service.bought == 1
