"""Keys that mean one thing in a notebook and another in a panel."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.support.lab_page import LabPage
from tests.support.panel_page import PanelPage

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"
CELLS = (PANEL, "'the second'", "'the third'")
NOTEBOOK_KEYS = ("a", "b", "d", "d", "x", "z", "m", "Enter", "Shift+Enter", "Control+z", "Control+y")


def ready(open_lab: OpenLab) -> tuple[LabPage, PanelPage]:
    lab = open_lab(*CELLS)
    panel = lab.show_panel()
    lab.select(0)
    panel.root.evaluate("(panel) => { panel.dataset.before = 'yes'; }")
    return lab, panel


def untouched(lab: LabPage, panel: PanelPage) -> None:
    """Neither the cells nor the panel changed: it was not drawn anew, as after its cell ran again."""
    assert lab.sources() == list(CELLS)
    assert lab.cell(0).locator(".jp-InputPrompt").inner_text() == "[1]:"
    expect(panel.root).to_have_attribute("data-before", "yes")


def test_the_notebooks_keys_leave_its_cells_alone(open_lab: OpenLab) -> None:
    lab, panel = ready(open_lab)
    parts = {
        "a button": panel.button("More images"),
        "a shape": panel.root.get_by_role("radio", name="16:9"),
        "the seed": panel.root.get_by_label("Seed", exact=True),
        "the fold": panel.root.locator("summary"),
        "the prompt": panel.prompt,
    }

    for name, part in parts.items():
        for key in NOTEBOOK_KEYS:
            part.focus()
            lab.page.keyboard.press(key)
        assert lab.printed(1) == "'the second'"  # what the keys would have asked of the kernel is done by now
        assert lab.sources() == list(CELLS), name

    untouched(lab, panel)


def test_a_draft_is_kept_and_takes_the_keys(open_lab: OpenLab) -> None:
    lab, panel = ready(open_lab)
    panel.prompt.click()

    lab.page.keyboard.type("a bad dd")
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.type("fox")
    lab.page.keyboard.press("Shift+Enter")
    lab.page.keyboard.type("z")

    expect(panel.prompt).to_have_value("a bad dd\nfox\nz")
    expect(panel.prompt).to_be_focused()
    untouched(lab, panel)


def test_undo_and_redo_belong_to_the_draft(open_lab: OpenLab) -> None:
    lab, panel = ready(open_lab)
    panel.prompt.click()

    lab.page.keyboard.insert_text("a red")
    lab.page.keyboard.insert_text(" fox")
    lab.page.keyboard.press("Control+z")
    undone = panel.prompt.input_value()
    lab.page.keyboard.press("Control+y")

    assert undone in {"", "a red"}
    expect(panel.prompt).to_have_value("a red fox")
    assert lab.printed(1) == "'the second'"
    untouched(lab, panel)


def test_the_save_key_saves_the_notebook(open_lab: OpenLab) -> None:
    lab, panel = ready(open_lab)
    assert lab.is_dirty()
    panel.prompt.click()
    lab.page.keyboard.type("a red fox")

    lab.page.keyboard.press("Control+s")

    lab.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    expect(panel.prompt).to_have_value("a red fox")
    assert lab.sources() == list(CELLS)


def test_a_composition_is_not_broken(open_lab: OpenLab) -> None:
    """An input method's Enter ends the composition, and presses nothing."""
    lab, panel = ready(open_lab)
    panel.prompt.click()
    session = lab.page.context.new_cdp_session(lab.page)

    session.send("Input.imeSetComposition", {"text": "きつね", "selectionStart": 3, "selectionEnd": 3})
    session.send("Input.insertText", {"text": "狐"})

    expect(panel.prompt).to_have_value("狐")
    assert lab.sources() == list(CELLS)
