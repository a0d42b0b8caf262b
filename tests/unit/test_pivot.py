"""The grid, the contact sheets and HTML put every cell at the same place, under the same words."""

import base64
from bisect import bisect
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.experiments import contact_sheet
from qwen_notebook.experiments.labels import value_label
from tests.support.grid_talk import GridTalk

VALUES = st.sampled_from(["fox", "owl", " fox ", "", 1, "1", 2.5, True, ["red", "blue"]])
TEMPLATES = ["a {x}, {y} and {two_words}", "a {x} alone"]
"""The second gives two axes no part."""
Place = tuple[int, int]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qn.Studio]:
    with qn.Studio(tmp_path_factory.mktemp("pivot"), offline=True) as studio:
        yield studio


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=3, unique_by=repr)


@st.composite
def experiments(draw: st.DrawFn) -> dict[str, Any]:
    prompts = draw(several(st.sampled_from(TEMPLATES)).filter(lambda some: TEMPLATES[0] in some))
    axes = {name: draw(several(VALUES)) for name in ("x", "y", "two_words")}
    if draw(st.booleans()):
        axes["seed"] = draw(several(st.integers(0, 9)))
    if draw(st.booleans()):
        axes["image_size"] = draw(several(st.sampled_from(["1:1", "16:9"])))
    left_out = draw(st.sets(st.integers(0, 40), max_size=12))
    numbers = iter(range(1000))
    return {"prompts": prompts, "skip": lambda _: next(numbers) in left_out, **axes}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=experiments(), data=st.data())
def test_all_three_agree(
    studio: qn.Studio, tmp_path: Path, given: dict[str, Any], data: st.DataObject
) -> None:
    sweep = qn.experiment(studio=studio, **given)
    names = st.lists(st.sampled_from(list(sweep.axes)), unique=True)
    columns = data.draw(st.one_of(st.none(), names), label="columns")

    in_grid = grid_of(sweep, columns)
    assert html_of(sweep, columns, tmp_path / "sweep.html") == in_grid
    assert len(in_grid["cells"]) == len(sweep)
    if len(sweep):
        rows = [[value_label(*label) for label in head] for head in in_grid["columns"]]
        assert sheet_of(sweep, columns) == in_grid | {"columns": [" · ".join(words) for words in rows]}


def test_columns_follow_their_axis_where_the_first_row_lacks_one(studio: qn.Studio, tmp_path: Path) -> None:
    sweep = qn.experiment(
        "a {x}", x=["a", "b"], seed=[1, 2, 3], skip=lambda v: (v["x"], v["seed"]) == ("a", 1), studio=studio
    )

    assert html_of(sweep, "seed", tmp_path / "sweep.html")["columns"] == [[("seed", n)] for n in "123"]
    assert sheet_of(sweep, "seed")["columns"] == ["seed 1", "seed 2", "seed 3"]


def test_values_with_one_text_stay_two_columns(studio: qn.Studio, tmp_path: Path) -> None:
    sweep = qn.experiment("a {x}", x=["fox", ["fox"], "['fox']"], seed=[1, 2], studio=studio)

    assert len(html_of(sweep, "x", tmp_path / "sweep.html")["cells"]) == len(sweep) == 4


def grid_of(sweep: qn.Sweep, columns: Any) -> dict[str, Any]:
    talk = GridTalk(sweep.grid(columns))
    size = talk.window()
    window = talk.window(height=max(1, size["height"]), width=max(1, size["width"]))
    axes = {"rows": talk.grid.rows, "columns": talk.grid.columns}
    talk.grid.close()

    def said(kind: str, head: list[str | None]) -> list[tuple[str, str]]:
        named = zip(axes[kind], head, strict=True)
        return [(name.replace("_", " "), value) for name, value in named if value is not None]

    return {
        "rows": [said("rows", head) for head in window["row_heads"]],
        "columns": [said("columns", head) for head in window["column_heads"]],
        "cells": {
            (row, column): sweep.cells[cell["n"]].id
            for row, line in enumerate(window["cells"])
            for column, cell in enumerate(line)
            if cell is not None
        },
    }


class _Page(HTMLParser):
    """The heads and the cells of the table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[str, list[list[tuple[str, str]]]] = {"row": [], "col": []}
        self.cells: dict[Place, str] = {}
        self._column = -1
        self._head: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "th":
            self._head, self._kind, self._column = [], given["scope"] or "", -1
        elif tag in ("small", "span") and self._head is not None:
            self._head.append("")
        elif tag == "td":
            self._column += 1
        elif tag == "img":
            content = base64.b64decode((given["src"] or "").partition(",")[2]).decode()
            self.cells[len(self.heads["row"]) - 1, self._column] = content

    def handle_data(self, data: str) -> None:
        if self._head:
            self._head[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "th" and self._head is not None:
            self.heads[self._kind].append(list(zip(self._head[::2], self._head[1::2], strict=True)))
            self._head = None


def html_of(sweep: qn.Sweep, columns: Any, path: Path) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "qwen_notebook.experiments.sweep.preview_of", lambda cell_job, _: cell_job.cell.id.encode()
        )
        page = _Page()
        page.feed(sweep.to_html(path, columns=columns).read_text(encoding="utf-8"))
    return {"rows": page.heads["row"], "columns": page.heads["col"], "cells": page.cells}


def sheet_of(sweep: qn.Sweep, columns: Any) -> dict[str, Any]:
    """What is drawn on the one page of a very large sheet, by where it is drawn."""
    drawn: dict[Place, str] = {}
    texts: list[tuple[Place, str]] = []

    def draw_cell(sheet: object, at: Place, cell_job: Any, *_: object) -> None:
        drawn[at] = cell_job.cell.id

    def write(draw: object, at: Place, text: str, *, size: int, **_: object) -> int:
        if draw is not None:
            texts.append((at, text))
        return at[1] + size

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contact_sheet, "_draw_cell", draw_cell)
        patch.setattr(contact_sheet, "_write", write)
        patch.setattr(
            contact_sheet,
            "Image",
            SimpleNamespace(Image=Image.Image, new=lambda mode, *_: Image.new(mode, (1, 1))),
        )
        list(sweep.sheets(columns=columns, size=(100_000, 400_000)))
    lefts, tops = (sorted({at[axis] for at in drawn}) for axis in (0, 1))
    row_texts: list[list[str]] = [[] for _ in tops]
    for (left, top), text in texts:
        if left < lefts[0] and top >= tops[0]:
            row_texts[bisect(tops, top) - 1].append(text)
    return {
        "rows": [list(zip(words[::2], words[1::2], strict=True)) for words in row_texts],
        "columns": [text for (left, _), text in texts if left >= lefts[0]],
        "cells": {(tops.index(top), lefts.index(left)): cell for (left, top), cell in drawn.items()},
    }
