"""What the panel says when something goes wrong: what, whether it was charged, and what to do."""

import re
from pathlib import Path

from playwright.sync_api import expect

from qwen_notebook.simulator import Rule
from tests.browser.conftest import OpenLab
from tests.support.service import Service

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget(seed=7)\npanel"
HASTY_PANEL = """\
import qwen_notebook as qn
studio = qn.Studio(patience=qn.Patience(deadline=8.0))
panel = qn.qwen_widget(studio, seed=7)
panel"""
WORDS = "a quiet harbour at dawn"


def test_an_uncertain_submission_asks_and_can_be_sent_again(open_lab: OpenLab, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule(times=1))
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()

    expect(panel.alert).to_contain_text("No answer came after sending")
    expect(panel.alert).to_contain_text("It may have been charged.")
    for name in ("Check balance", "I have the task id…", "Dismiss (may have been billed)"):
        expect(panel.alert.get_by_role("button", name=name)).to_be_visible()
    assert paid_service.bought == 1
    panel.alert.get_by_role("button", name=re.compile("^Send again · may cost 31")).click()
    panel.await_picture(WORDS)
    assert paid_service.bought == 2


def test_an_uncertain_submission_is_found_by_its_task_id(open_lab: OpenLab, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule(times=1))
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.alert).to_be_visible()
    panel.give_task_id(list(paid_service.simulator.books.tasks)[-1])
    panel.await_picture(WORDS)

    assert paid_service.bought == 1
    expect(panel.alert).to_have_count(0)
    expect(lab.shared()).to_have_count(1)

    panel.button("Not this one: take the task id back").click()
    expect(panel.alert).to_contain_text("The task id that was given was taken back.")
    expect(panel.alert.get_by_role("button", name="I have the task id…")).to_be_visible()
    expect(panel.root.get_by_role("img", name=WORDS)).to_have_count(0)
    expect(lab.shared()).to_have_count(0)


def test_an_image_that_was_given_up_is_looked_at_again_for_nothing(
    open_lab: OpenLab, paid_service: Service
) -> None:
    paid_service.simulator.faults.switch_on("url-expired", Rule())
    lab = open_lab(HASTY_PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.alert).to_contain_text("The result has expired")
    expect(panel.alert).to_contain_text("The image was charged.")
    paid_service.simulator.faults.switch_off("url-expired")

    panel.alert.get_by_role("button", name="Look again · free").click()
    panel.await_picture(WORDS)

    assert paid_service.bought == 1
    expect(panel.alert).to_have_count(0)


def test_a_wrong_key_is_said_and_pauses_once(open_lab: OpenLab, paid_service: Service) -> None:
    lab = open_lab("import os; os.environ['REAPI_API_KEY'] = 'rk_test_wrong'", PANEL)
    lab.run(0)
    panel = lab.show_panel(1)
    panel.prompt.fill(WORDS)
    panel.press_create()

    expect(panel.alert.first).to_contain_text("key")
    expect(panel.alert.first).to_contain_text("Nothing was charged.")
    assert paid_service.bought == 0


def test_a_refused_content_is_refunded(open_lab: OpenLab, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("task-fails", Rule())
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()

    expect(panel.alert).to_contain_text("The content policy turned it down")
    expect(panel.alert).to_contain_text("The charge was refunded.")
    expect(panel.alert).to_contain_text(WORDS)
    panel.alert.get_by_role("button", name="Dismiss").click()
    expect(panel.alert).to_have_count(0)


def test_a_kernel_that_is_gone_is_said(open_lab: OpenLab, folder: Path) -> None:
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    panel.press_create()

    said = "No kernel is connected|The kernel has not answered|could not reach its kernel"  # by how far its end has got
    expect(panel.root).to_contain_text(re.compile(said))
    assert not list((folder / "qwen-images").glob("images/*"))
