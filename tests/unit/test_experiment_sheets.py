"""An experiment to be looked at: contact sheets, and one HTML file that needs nobody."""

import base64
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

import qwen_notebook as qn
from qwen_notebook.simulator import FaultPlan, Rule
from tests.support.studios import studio_and_service


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qn.Sweep]:
    faults = FaultPlan(1, {"task-fails": Rule(prompt="owl")})
    with studio_and_service(tmp_path_factory.mktemp("sheets"), faults, rate=1000.0) as (studio, _):
        made = qn.experiment(
            "a <b>{animal}</b> & 東京",
            animal=["fox", "owl"],
            image_size=["16:9", "3:4"],
            seed=[1, 2],
            studio=studio,
        )
        made.run()
        made.pictures[0].star().annotate("for <the> cover")
        yield made


def ink_in(page: Image.Image, box: tuple[int, int, int, int]) -> bool:
    part = page.crop(box)
    return ImageChops.difference(part, Image.new("RGB", part.size, "white")).getbbox() is not None


class TestSheets:
    def test_a_page_has_the_size_asked_for_and_is_labelled(self, sweep: qn.Sweep) -> None:
        page = sweep.sheets(size=(1200, 1600))[0]

        assert page.size == (1200, 1600)
        assert ink_in(page, (64, 64, 1136, 110)), "the title"
        assert ink_in(page, (64, 200, 300, 400)), "the head of the first row"

    def test_many_cells_take_many_pages_and_none_is_drawn_before_it_is_asked_for(
        self, sweep: qn.Sweep, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[Any] = []
        monkeypatch.setattr(
            "qwen_notebook.experiments.sweep.preview_of", lambda cell_job, _: asked.append(cell_job)
        )
        pages = sweep.sheets(columns="seed", size=(700, 500))
        assert len(pages) > 3
        assert asked == []

        assert pages[-1].size == (700, 500)
        assert 0 < len(asked) < 8

    def test_every_cell_is_on_exactly_one_page(
        self, sweep: qn.Sweep, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[Any] = []
        monkeypatch.setattr(
            "qwen_notebook.experiments.sweep.preview_of", lambda cell_job, _: asked.append(cell_job.cell.id)
        )
        for page in sweep.sheets(columns=["animal", "image_size", "seed"], size=(700, 500)):
            assert page.size == (700, 500)

        assert sorted(asked) == sorted(cell.id for cell in sweep.cells)

    @pytest.mark.parametrize(("columns", "said"), [("animl", "'animal'"), (["seed", "seed"], "twice")])
    def test_columns_that_make_no_sense_get_a_sentence(
        self, sweep: qn.Sweep, columns: Any, said: str
    ) -> None:
        with pytest.raises(qn.InvalidRequest, match=said):
            sweep.sheets(columns=columns)


class TestInANotebook:
    def test_it_shows_a_small_picture_of_itself_that_needs_no_kernel(self, sweep: qn.Sweep) -> None:
        bundle = sweep._repr_mimebundle_()
        with Image.open(io.BytesIO(base64.b64decode(bundle["image/jpeg"]))) as image:
            assert image.width > 1000

        assert "4 saved, 4 failed" in bundle["text/plain"]
        assert len(bundle["image/jpeg"]) < 300_000

    def test_before_anything_is_there_it_is_its_plan(self, sweep: qn.Sweep) -> None:
        assert set(qn.experiment("new", studio=sweep.studio)._repr_mimebundle_()) == {"text/plain"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


class TestHtml:
    def test_it_has_everything_in_it_and_asks_nobody(self, sweep: qn.Sweep, tmp_path: Path) -> None:
        text = sweep.to_html(tmp_path / "out" / "sweep.html").read_text(encoding="utf-8")
        page = _Page()
        page.feed(text)
        sources = [attrs["src"] or "" for tag, attrs in page.tags if tag == "img"]

        assert len(sources) == 4
        assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
        assert not re.search(r"https?:|<script|<link|url\(", text)

    def test_it_is_a_real_table_with_heads_and_every_cell(self, sweep: qn.Sweep, tmp_path: Path) -> None:
        page = _Page()
        page.feed(sweep.to_html(tmp_path / "sweep.html").read_text(encoding="utf-8"))

        assert sum(attrs.get("scope") == "col" for _, attrs in page.tags) == 4
        assert sum(attrs.get("scope") == "row" for _, attrs in page.tags) == 2
        assert sum(tag == "figure" for tag, _ in page.tags) == len(sweep)

    def test_what_people_wrote_is_text_and_never_markup(self, sweep: qn.Sweep, tmp_path: Path) -> None:
        text = sweep.to_html(tmp_path / "sweep.html").read_text(encoding="utf-8")

        assert "for &lt;the&gt; cover" in text
        assert "<b>{animal}" not in text
        assert "★" in text
        assert 'alt="a &lt;b&gt;fox' in text

    def test_what_has_no_picture_says_why(self, sweep: qn.Sweep, tmp_path: Path) -> None:
        text = sweep.to_html(tmp_path / "sweep.html").read_text(encoding="utf-8")

        assert text.count(">failed<") == 4
