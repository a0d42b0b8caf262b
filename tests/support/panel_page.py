"""A panel on a page, as a person finds it: by the names of its parts."""

import re

from playwright.sync_api import Locator, Page, expect

PATIENCE = 30_000
PAINTED = "(image) => image.complete && image.naturalWidth > 0"
NOTE_PHASES = """(panel) => {
    panel.phases = [];
    const note = () => {
        const phase = panel.querySelector('.qn-phase b')?.textContent;
        if (phase && panel.phases.at(-1) !== phase) panel.phases.push(phase);
    };
    new MutationObserver(note).observe(panel, { subtree: true, childList: true, characterData: true });
}"""


class PanelPage:
    """One view of a panel."""

    def __init__(self, page: Page, root: Locator) -> None:
        self.page = page
        self.root = root

    @property
    def prompt(self) -> Locator:
        return self.root.get_by_role("textbox", name="Prompt")

    @property
    def create(self) -> Locator:
        return self.root.get_by_role("button", name=re.compile("^Create"))

    @property
    def picture(self) -> Locator:
        """The picture on the stage."""
        return self.root.get_by_role("group", name="Picture").locator("img")

    @property
    def tiles(self) -> Locator:
        """The pictures of the strip."""
        return self.root.get_by_role("option")

    @property
    def alert(self) -> Locator:
        return self.root.get_by_role("alert")

    @property
    def said(self) -> Locator:
        """What is announced."""
        return self.root.get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def await_alive(self) -> None:
        """Wait until the kernel has answered: then a press arrives at once."""
        expect(self.root).to_have_class(re.compile("qn-alive"), timeout=PATIENCE)

    def press_create(self) -> None:
        self.create.click()

    def give_task_id(self, task_id: str) -> None:
        """Say which task an uncertain job's is."""
        self.alert.get_by_role("button", name="I have the task id…").click()
        self.alert.get_by_label("Task id").fill(task_id)
        self.alert.get_by_role("button", name="Look it up").click()

    def await_picture(self, words: str) -> None:
        """Wait until the picture of a prompt is on the stage, and painted."""
        image = self.root.get_by_role("group", name="Picture").get_by_alt_text(words)
        image.wait_for(timeout=PATIENCE)
        self.page.wait_for_function(PAINTED, arg=image.element_handle(), timeout=PATIENCE)

    def note_phases(self) -> None:
        """Take note of every phase that the stage shows from now on."""
        self.root.evaluate(NOTE_PHASES)

    def phases(self) -> list[str]:
        return self.root.evaluate("(panel) => panel.phases")
