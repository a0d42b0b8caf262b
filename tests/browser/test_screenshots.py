"""The panel in each of its states, kept in tests/artefacts to be looked at: narrow and wide, light and dark.

Two sights of each are taken in `make test`, all of them in `make test-long`.
"""

from playwright.sync_api import expect

from qwen_notebook.simulator import Rule
from tests.browser.conftest import ARTEFACTS, VIEW, OpenLab, Sights
from tests.support.jupyter import OFFLINE
from tests.support.lab_page import LabPage
from tests.support.panel_page import PanelPage
from tests.support.service import Service

PANEL = "import qwen_notebook as qn\nstudio = qn.Studio(budget=500)\npanel = qn.qwen_widget(studio, seed=7)\npanel"
WORDS = "a vintage travel poster that reads VISIT MARS in bold retro type, dusk, two moons"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
MAKE_WIDE = """(panel, width) => {
    const output = panel.closest('.jp-OutputArea-output');
    output.style.width = `${output.offsetWidth + width - panel.offsetWidth}px`;
    output.style.flex = 'none';
}"""
OVERFLOWING = """(panel) => {
    const edge = panel.getBoundingClientRect().right + 1;
    const clips = (node) =>
        node !== panel && (getComputedStyle(node).overflowX !== 'visible' || clips(node.parentElement));
    return [...panel.querySelectorAll('*')]
        .filter((node) => node.getBoundingClientRect().right > edge && !clips(node.parentElement))
        .map((node) => node.outerHTML.slice(0, 120));
}"""


def photograph(lab: LabPage, panel: PanelPage, state: str, sights: Sights) -> None:
    """Take the panel in each theme and width, and check that each part of it is within its frame."""
    ARTEFACTS.mkdir(exist_ok=True)
    lab.page.set_viewport_size({"width": VIEW["width"], "height": 1800})
    try:
        for theme, widths in sights.items():
            lab.theme(THEMES[theme])
            for width in widths:
                panel.root.evaluate(MAKE_WIDE, width)
                panel.root.screenshot(path=ARTEFACTS / f"{state}-{theme}-{width}.png", animations="disabled")
                assert (
                    panel.root.evaluate("(panel) => Math.round(panel.getBoundingClientRect().width)") == width
                )
                assert panel.root.evaluate(OVERFLOWING) == [], (state, theme, width)
    finally:
        lab.theme(THEMES["light"])
        lab.page.set_viewport_size(VIEW)


def test_empty(open_lab: OpenLab, sights: Sights) -> None:
    lab = open_lab(PANEL, kernel=OFFLINE)
    panel = lab.show_panel()

    expect(panel.create).to_be_visible()
    photograph(lab, panel, "empty", sights)


def test_busy(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("task-never-ends", Rule())
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.button("More images").click()
    panel.press_create()
    expect(panel.root.locator(".qn-phase").first).to_contain_text("Generating")

    photograph(lab, panel, "busy", sights)


def test_done(open_lab: OpenLab, sights: Sights) -> None:
    lab = open_lab(PANEL, kernel=OFFLINE)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    panel.await_picture(WORDS)

    photograph(lab, panel, "done", sights)


def test_given_up(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("url-expired", Rule())
    lab = open_lab(PANEL.replace("budget=500", "patience=qn.Patience(deadline=8.0)"))
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.alert).to_contain_text("Look again")

    photograph(lab, panel, "given-up", sights)


def test_found_by_hand(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule(times=1))
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.alert).to_be_visible()
    panel.give_task_id(list(paid_service.simulator.books.tasks)[-1])
    panel.await_picture(WORDS)

    photograph(lab, panel, "found-by-hand", sights)


def test_uncertain(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule())
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.alert).to_be_visible()

    photograph(lab, panel, "uncertain", sights)


def test_an_outage(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule())
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    for number in range(3):
        panel.prompt.fill(f"{WORDS}, no. {number}")
        panel.press_create()
        said = ["No answer came", "2 requests got no answer", "3 requests got no answer"][number]
        expect(panel.alert.filter(has_text=said)).to_be_visible()
    expect(panel.alert.filter(has_text="so nothing more is sent")).to_be_visible()

    photograph(lab, panel, "outage", sights)


def test_error(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("task-fails", Rule())
    lab = open_lab(PANEL)
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.press_create()
    expect(panel.alert).to_be_visible()

    photograph(lab, panel, "error", sights)


def test_the_check_sees_what_sticks_out(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL, kernel=OFFLINE)
    panel = lab.show_panel()

    panel.create.evaluate("(button) => { button.style.width = '3000px'; }")

    assert panel.root.evaluate(OVERFLOWING)
