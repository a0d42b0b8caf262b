"""The grid in JupyterLab: it fills while a sweep runs, and what it showed is still seen where nobody runs anything."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

import qwen_notebook as qn
from qwen_notebook.simulator import Rule
from tests.browser.conftest import ARTEFACTS, OpenLab, Sights
from tests.browser.test_screenshots import photograph
from tests.browser.test_sharing import expect_pictures_in_html, save_and_leave
from tests.support.jupyter import OFFLINE
from tests.support.lab_page import LabPage
from tests.support.offline_page import offline_page
from tests.support.panel_page import PAINTED, PanelPage
from tests.support.service import Service

SWEEP = (
    "import qwen_notebook as qn\n"
    "sweep = qn.experiment('a {style} poster of {animal} that reads VISIT MARS',\n"
    "    style=['vintage travel', 'bauhaus', 'risograph'], animal=['a fox', 'an owl'],\n"
    "    seed=range(4), image_size='16:9')\n"
)
GRID = SWEEP + "grid = sweep.grid('seed')\ngrid"
SMALL = SWEEP.replace("range(4)", "range(2)") + "grid = sweep.grid('seed')\ngrid"
START = "run = sweep.start(max_in_flight=4, yes=True)"
WAIT = "sweep.running.result(); None"


def cell(grid: PanelPage, name: str) -> Locator:
    return grid.root.get_by_role("gridcell", name=re.compile(name))


def await_pictures(grid: PanelPage, count: int) -> None:
    images = grid.root.locator("td img")
    expect(images).to_have_count(count, timeout=60_000)
    for image in images.all():
        grid.page.wait_for_function(PAINTED, arg=image.element_handle())


def filled(lab: LabPage, count: int = 12) -> PanelPage:
    grid = lab.show_grid()
    lab.run(1)
    lab.run(2)
    await_pictures(grid, count)
    expect(lab.shared()).not_to_have_count(0)
    return grid


def test_it_fills_while_a_cell_waits_for_the_run(open_lab: OpenLab) -> None:
    lab = open_lab(SMALL, START + "\n" + WAIT, kernel=OFFLINE)
    grid = lab.show_grid()
    expect(cell(grid, "vintage travel, a fox, seed 0: new")).to_be_visible()
    lab.run_in_background(1)
    expect(grid.root.get_by_role("progressbar")).to_be_visible()

    expect(cell(grid, "vintage travel, a fox, seed 0: saved")).to_be_visible()
    assert lab.is_running(1), "the cell has to wait still"
    await_pictures(grid, 12)
    expect(grid.root).to_contain_text("12 of 12 saved · offline previews are free")
    expect(grid.root.get_by_role("progressbar")).to_have_count(0)
    expect(lab.shared()).to_be_hidden()


def test_a_cell_is_starred_noted_and_goes_to_the_panel(open_lab: OpenLab) -> None:
    lab = open_lab(
        SMALL,
        START,
        WAIT,
        "panel = qn.qwen_widget()\npanel",
        "print([(p.request.seed, p.note) for p in sweep.studio.find(starred=True)])",
    )
    grid = filled(lab)
    panel = lab.show_panel(3)
    before = lab.cell_count()
    cell(grid, "bauhaus, a fox, seed 1").click()
    grid.page.keyboard.press("s")
    expect(cell(grid, "bauhaus, a fox, seed 1: saved, starred")).to_be_visible()
    grid.page.keyboard.press("ArrowDown")
    grid.page.keyboard.press("Enter")
    grid.page.keyboard.press("b")
    expect(grid.root.get_by_role("region", name="Cell")).to_contain_text("bauhaus · an owl · seed 1")
    grid.root.get_by_role("textbox", name="Note").fill("calmer")
    grid.button("Star").click()
    grid.button("Use in panel").click()

    expect(panel.prompt).to_have_value("a bauhaus poster of an owl that reads VISIT MARS")
    expect(cell(grid, "bauhaus, an owl, seed 1: saved, starred, with a note")).to_be_visible()
    assert lab.printed(4) == "[(1, ''), (1, 'calmer')]"
    assert lab.cell_count() == before, "the keys have to stay in the grid"


def test_the_axes_that_were_put_across_are_still_there_after_a_reload(open_lab: OpenLab) -> None:
    lab = open_lab(SMALL, "print(grid.rows, grid.columns)", kernel=OFFLINE, own_page=True)
    grid = lab.show_grid()
    grid.button("Put style on columns").click()
    expect(cell(grid, "^a fox, seed 0, bauhaus")).to_be_visible()
    lab.until_printed(1, "['animal'] ['seed', 'style']")
    lab.save()
    lab.reload()

    again = lab.grid()
    again.await_alive()
    expect(cell(again, "^a fox, seed 0, bauhaus")).to_be_visible()
    expect(again.root).to_contain_text("12 new")


def test_saved_the_contact_sheet_is_seen_by_those_who_run_nothing(
    open_lab: OpenLab, folder: Path, browser: Browser
) -> None:
    lab = saved_with_its_state(open_lab, folder)
    lab.reopen_to_read()
    expect(lab.shared()).to_have_count(1)
    expect(lab.shared()).to_be_visible()
    expect_pictures_in_html(browser, folder, 1)


def test_a_grid_that_was_saved_and_has_no_kernel_hides_no_contact_sheet(
    open_lab: OpenLab, folder: Path
) -> None:
    lab = saved_with_its_state(open_lab, folder)
    grid = lab.reopen_with_saved_panel()
    expect(grid.root).to_contain_text("run the grid’s cell again")
    expect(grid.root).not_to_have_class(re.compile("qn-alive"))
    expect(lab.shared()).to_have_count(1)
    expect(lab.shared()).to_be_visible()
    ARTEFACTS.mkdir(exist_ok=True)
    lab.cell(0).screenshot(path=ARTEFACTS / "grid-reopened.png")


def saved_with_its_state(open_lab: OpenLab, folder: Path) -> LabPage:
    lab = open_lab(SMALL, START, WAIT)
    filled(lab)
    # Shown once more, so that the sheet has all that is there; while it runs it is drawn every few seconds.
    lab.show_grid()
    save_and_leave(lab, folder, "with widget state")
    return lab


def test_photographs_before_and_after(open_lab: OpenLab, sights: Sights) -> None:
    lab = open_lab(GRID, START, WAIT, kernel=OFFLINE)
    grid = lab.show_grid()
    expect(cell(grid, "vintage travel, a fox, seed 0: new")).to_be_visible()
    photograph(lab, grid, "grid-empty", sights)
    lab.run(1)
    lab.run(2)
    await_pictures(grid, 24)
    photograph(lab, grid, "grid-done", sights)
    cell(grid, "bauhaus, a fox, seed 0").click()
    grid.page.keyboard.press("s")
    grid.page.keyboard.press("p")
    cell(grid, "risograph, an owl, seed 0").click()
    expect(grid.root.get_by_role("slider")).to_be_visible()
    photograph(lab, grid, "grid-compare", sights)


def test_photographs_while_it_runs(open_lab: OpenLab, sights: Sights, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("task-never-ends", Rule(prompt="risograph"))
    paid_service.simulator.faults.switch_on("task-fails", Rule(prompt="bauhaus poster of an owl"))
    lab = open_lab(GRID, START)
    grid = lab.show_grid()
    lab.run(1)
    expect(cell(grid, "risograph, a fox, seed 3: generating")).to_be_visible(timeout=60_000)
    expect(cell(grid, "failed, refunded")).to_have_count(4)
    await_pictures(grid, 12)

    photograph(lab, grid, "grid-running", sights)


def test_the_html_file_opens_from_disk_without_a_network(browser: Browser, tmp_path: Path) -> None:
    studio = qn.Studio(tmp_path / "posters", offline=True)
    sweep = qn.experiment(
        "a poster of {animal}", animal=["a fox", "an owl"], seed=range(3), image_size="3:4", studio=studio
    )
    sweep.run(progress=False)
    file = sweep.to_html(tmp_path / "sweep.html")
    studio.close()
    with offline_page(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.partition(",")[0]))
        page.goto(file.as_uri())

        images = page.locator("td img")
        expect(images).to_have_count(6)
        for image in images.all():
            page.wait_for_function(PAINTED, arg=image.element_handle())
        expect(page.get_by_role("columnheader")).to_contain_text(["seed0", "seed1", "seed2"])
        assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "sweep-html.png")
