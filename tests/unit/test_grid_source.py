"""The grid shows whatever has cells: here some pictures of a folder, which nobody made as an experiment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.experiments.cell_status import CellJob, CellStatus
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.experiments.grid.widget import Grid
from tests.support.studios import studio_and_service
from tests.support.widget_talk import WidgetTalk


class Pictures:
    """A list of pictures as a `GridSource`, by prompt and seed."""

    name = "pictures"
    title = "What I liked"
    skipped = 0
    problems = ()
    running = None

    def __init__(self, studio: qn.Studio, pictures: Sequence[qn.Picture]) -> None:
        self.studio = studio
        requests = [picture.request for picture in pictures]
        self.axes = {
            "prompt": tuple(dict.fromkeys(request.prompt for request in requests)),
            "seed": tuple(dict.fromkeys(request.seed for request in requests)),
        }
        self.cells = [
            Cell(picture.id, {"prompt": request.prompt, "seed": request.seed}, request, 0, "")
            for picture, request in zip(pictures, requests, strict=True)
        ]

    def look_up(self, cells: Sequence[Cell]) -> list[CellJob]:
        return [CellJob(cell, CellStatus.SAVED, cell.id) for cell in cells]

    def sheets(self, columns: Sequence[str]) -> Sequence[Image.Image]:
        return [Image.new("RGB", (8, 8))]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with studio_and_service(tmp_path / "posters") as (studio, _):
        for prompt, seed in (("a fox", 1), ("a fox", 2), ("an owl", 1)):
            studio.generate(prompt, seed=seed)
        yield studio


@pytest.fixture
def talk(studio: qn.Studio) -> Iterator[WidgetTalk]:
    grid = Grid(Pictures(studio, studio.pictures), columns=["seed"])
    yield WidgetTalk(grid)
    grid.close()


def test_it_says_what_is_shown(talk: WidgetTalk) -> None:
    assert talk.widget._sweep["title"] == "What I liked"
    assert talk.widget._standing["counts"]["saved"] == 3
    assert talk.widget._standing["money"]["spent"] == 3 * 31
    assert "What I liked" in repr(talk.widget)


def test_its_cells_stand_in_a_table(talk: WidgetTalk, studio: qn.Studio) -> None:
    window = talk.ask("window", rows=["prompt"], columns=["seed"], top=0, left=0, height=9, width=9)["result"]
    ids = [[cell and cell["job"] for cell in line] for line in window["cells"]]

    first, second, owl = (picture.id for picture in studio.pictures)
    assert window["row_heads"] == [["a fox"], ["an owl"]]
    assert ids == [[first, second], [owl, None]]


def test_they_are_looked_at_starred_and_taken_on(talk: WidgetTalk, studio: qn.Studio) -> None:
    owl = studio.pictures[-1]
    assert talk.ask("mark", cell=2, starred=True)["result"]["cell"]["starred"]
    assert owl.starred
    assert talk.ask("detail", cell=2)["result"]["picture"]["prompt"] == "an owl"
    assert talk.ask("code", cell=2)["result"]["code"] == owl.code()
    assert talk.ask("want", jobs=[owl.id], size="full")["result"] == {"missing": []}
    assert "pictures.studio" in talk.ask("use", cell=2)["error"]["todo"]


def test_a_star_given_elsewhere_is_told(talk: WidgetTalk, studio: qn.Studio) -> None:
    talk.ask("window", rows=["prompt"], columns=["seed"], top=0, left=0, height=9, width=9)
    studio.pictures[0].star()

    talk.until(
        lambda: any(cell["starred"] for m in talk.sent if m["kind"] == "cells" for cell in m["cells"]),
        "the star",
    )
