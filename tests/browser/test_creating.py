"""From a prompt to a picture on the screen."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.support.jupyter import OFFLINE

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"
WORDS = "a quiet harbour at dawn"


def test_a_press_makes_a_picture_that_is_seen(open_lab: OpenLab) -> None:
    lab = open_lab(
        PANEL,
        "print(type(panel.image).__mro__[-2].__name__, panel.image.size, len(panel.jobs))",
        kernel=OFFLINE,
    )
    panel = lab.show_panel()
    panel.note_phases()

    panel.prompt.fill(WORDS)
    panel.press_create()
    panel.await_picture(WORDS)

    phases = panel.phases()
    rank = [
        "Sending to the kernel",
        "Waiting, not sent",
        "Sending",
        "Accepted",
        "Generating",
        "Downloading",
        "Saved",
    ]
    # Which ones are seen is a matter of luck, as a quick job runs through some at once; that none comes back is not.
    assert phases == sorted(phases, key=rank.index)
    assert (phases[0], phases[-1]) == ("Sending to the kernel", "Saved")
    expect(panel.said).to_have_text("The picture is saved.")
    assert lab.printed(1) == "Image (2688, 1536) 1"


def test_the_shortcut_presses_create(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL, "print([picture.request.prompt for picture in panel.pictures])")
    panel = lab.show_panel()

    panel.prompt.fill(WORDS)
    panel.prompt.press("Control+Enter")
    panel.await_picture(WORDS)

    assert lab.printed(1) == f"['{WORDS}']"


def test_settings_of_the_panel_are_those_of_the_cell(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL, "print(panel.prompt, panel.image_size)", "panel.prompt = 'set by a cell'")
    panel = lab.show_panel()

    panel.prompt.fill(WORDS)
    panel.root.get_by_role("radio", name="1:1").click()
    lab.until_printed(1, f"{WORDS} 1:1")
    lab.run(2)
    expect(panel.prompt).to_have_value("set by a cell")


def test_several_images_are_several_jobs(open_lab: OpenLab) -> None:
    lab = open_lab(PANEL, "print([job.request.seed for job in panel.jobs])")
    panel = lab.show_panel()
    panel.prompt.fill(WORDS)
    panel.root.get_by_label("Seed", exact=True).fill("40")
    panel.button("More images").click()
    panel.button("More images").click()

    expect(panel.create).to_have_text("Create 3 · 93 credits")
    panel.press_create()
    expect(panel.tiles).to_have_count(3, timeout=30_000)

    assert lab.printed(1) == "[40, 41, 42]"
