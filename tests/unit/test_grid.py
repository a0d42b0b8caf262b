"""The grid from Python: where cells stand, what its messages do, and its end."""

import gc
import json
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from ipywidgets.widgets.widget import _instances

import qwen_notebook as qn
from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.experiments.grid import protocol
from qwen_notebook.simulator import TEST_KEY, FaultPlan, Rule
from qwen_notebook.studio.providers.reapi import ReapiProvider
from qwen_notebook.studio.studio import core_of
from tests.support.grid_talk import GridTalk
from tests.support.shapes import misfits_of_schema
from tests.support.studios import studio_and_service

EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "messages/grid.json").read_text())
RESULTS = {"window": protocol.WindowInfo, "detail": protocol.DetailInfo}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    faults = FaultPlan(1, {"task-fails": Rule(prompt="owl")})
    with studio_and_service(tmp_path / "posters", faults, rate=1000.0) as (studio, _):
        yield studio


@pytest.fixture
def sweep(studio: qn.Studio) -> qn.Sweep:
    return qn.experiment(
        "a {animal}", animal=["fox", "owl"], image_size=["1:1", "16:9"], seed=[5, 3], studio=studio
    )


@pytest.fixture
def grid(sweep: qn.Sweep) -> Iterator[GridTalk]:
    grid = sweep.grid(columns="seed")
    yield GridTalk(grid)
    grid.close()


class TestMessages:
    @pytest.mark.parametrize("name", EXAMPLES["from_grid"])
    def test_every_message_of_the_grid_is_understood(self, name: str) -> None:
        example = EXAMPLES["from_grid"][name]

        assert protocol.from_grid.validate_python(example).model_dump(exclude_unset=True) == example

    @pytest.mark.parametrize("name", RESULTS)
    def test_every_result_has_its_shape(self, name: str) -> None:
        assert not misfits_of_schema(RESULTS[name], EXAMPLES["results"][name])

    def test_the_kernel_s_own_messages_and_traits_have_their_shape(self, grid: GridTalk) -> None:
        assert not misfits_of_schema(protocol.Moved, EXAMPLES["cells"])
        for traits in (EXAMPLES["traits"], {name: getattr(grid.grid, name) for name in EXAMPLES["traits"]}):
            assert not misfits_of_schema(protocol.GridTraits, traits)
            assert set(traits["_standing"]["counts"]) == set(get_args(protocol.CellStatus))
        assert set(EXAMPLES["traits"]) <= set(qn.SweepGrid.class_traits(sync=True))

    def test_what_it_really_answers_has_the_shape_of_the_examples(self, grid: GridTalk) -> None:
        window = grid.window()
        detail = grid.accepted("detail", cell=0)

        assert not misfits_of_schema(protocol.WindowInfo, window)
        assert not misfits_of_schema(protocol.DetailInfo, detail)

    @pytest.mark.parametrize(
        "content",
        [
            None,
            7,
            {},
            {"kind": "window", "id": "x"},
            {"kind": "buy", "id": "x"},
            {"kind": "detail", "id": "x", "cell": -1},
        ],
    )
    def test_what_is_no_message_is_answered_too(self, grid: GridTalk, content: Any) -> None:
        grid.say(content)

        assert [answer["kind"] for answer in grid.answers] == ["reject"]

    def test_what_goes_wrong_is_answered_without_its_words(
        self, grid: GridTalk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(grid.grid._session.tracker, "cell_jobs", None)

        error = grid.rejected("detail", cell=0)

        assert error["kind"] == "Unexpected"
        assert "NoneType" not in error["what"]

    def test_a_message_that_comes_twice_does_its_thing_once(self, grid: GridTalk) -> None:
        grid.sweep.run(progress=False)
        message = {"kind": "mark", "id": "once", "cell": 0, "note": "first"}
        grid.say(message)
        grid.say(message | {"note": "second"})

        assert len(grid.answers) == 2
        assert grid.sweep.pictures[0].note == "first"

    def test_a_window_that_is_too_large_is_refused(self, grid: GridTalk) -> None:
        assert "too large" in grid.rejected("window", **grid.whole | {"height": 5000})["what"]

    def test_there_is_no_cell_after_the_last(self, grid: GridTalk) -> None:
        assert "no such cell" in grid.rejected("detail", cell=8)["what"]


class TestTable:
    def test_the_axes_are_nested_in_the_order_in_which_they_are_put(self, grid: GridTalk) -> None:
        window = grid.window(rows=["image_size", "animal"], columns=["seed"])

        assert window["row_heads"] == [["1:1", "fox"], ["1:1", "owl"], ["16:9", "fox"], ["16:9", "owl"]]
        assert window["column_heads"] == [["5"], ["3"]]
        cells = grid.sweep.cells
        place = window["cells"][2][1]["n"]
        assert dict(cells[place].values) == {
            "template": "a {animal}",
            "animal": "fox",
            "image_size": "16:9",
            "seed": 3,
        }

    def test_every_cell_is_in_exactly_one_place_however_the_axes_lie(self, grid: GridTalk) -> None:
        for rows, columns in ([[], ["seed", "animal", "image_size"]], [["seed", "image_size"], ["animal"]]):
            window = grid.window(rows=rows, columns=columns)
            numbers = [cell["n"] for line in window["cells"] for cell in line]
            assert sorted(numbers) == list(range(8))

    def test_a_place_that_was_skipped_is_empty(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(
            "a {x}", x=["a", "b"], seed=[1, 2], skip=lambda v: v["x"] == "a" and v["seed"] == 2, studio=studio
        )
        grid = GridTalk(sweep.grid("seed"))
        cells = grid.window()["cells"]
        grid.grid.close()

        assert [[cell and cell["n"] for cell in line] for line in cells] == [[0, None], [1, 2]]

    def test_values_without_a_hash_have_their_places(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {x}", x=[["red", "blue"], ["green"]], seed=[1, 2], studio=studio)
        grid = GridTalk(sweep.grid("x"))
        window = grid.window()
        grid.grid.close()

        assert window["column_heads"] == [["['red', 'blue']"], ["['green']"]]

    def test_an_axis_put_across_from_a_cell_leaves_the_rows(self, grid: GridTalk) -> None:
        widget = grid.grid
        assert (widget.rows, widget.columns) == (["animal", "image_size"], ["seed"])
        widget.columns = ["animal", "seed"]
        assert widget.rows == ["image_size"]
        widget.rows = ["seed", "image_size"]
        assert widget.columns == ["animal"]

    def test_an_axis_that_there_is_not_is_named_with_the_nearest(self, grid: GridTalk) -> None:
        with pytest.raises(qn.InvalidRequest, match="'animal'"):
            grid.grid.columns = ["animl"]
        with pytest.raises(qn.InvalidRequest, match="'animal'"):
            grid.sweep.grid("animl")


class TestCurating:
    def test_a_star_and_a_note_are_kept_with_the_folder(self, grid: GridTalk) -> None:
        grid.sweep.run(progress=False)
        cell = grid.accepted("mark", cell=0, starred=True, note="for the cover")["cell"]

        assert (cell["starred"], cell["noted"]) == (True, True)
        (picture,) = grid.sweep.studio.find(starred=True)
        assert picture.note == "for the cover"
        assert grid.accepted("detail", cell=0)["note"] == "for the cover"

    def test_a_cell_without_a_picture_takes_no_star(self, grid: GridTalk) -> None:
        assert "with a picture" in grid.rejected("mark", cell=0, starred=True)["what"]

    def test_settings_go_to_the_newest_open_panel_of_the_folder(self, grid: GridTalk, tmp_path: Path) -> None:
        assert "No panel of this folder" in grid.rejected("use", cell=3)["what"]
        studio = grid.sweep.studio
        older, newer, closed = (qn.qwen_widget(studio) for _ in range(3))
        elsewhere = qn.qwen_widget(qn.Studio(tmp_path / "elsewhere", offline=True))
        closed.close()
        grid.accepted("use", cell=3)

        assert (newer.prompt, newer.image_size, newer.seed) == ("a fox", "16:9", 3)
        assert older.prompt == elsewhere.prompt == ""
        for panel in (older, newer, elsewhere):
            panel.close()

    def test_a_panel_that_was_given_is_written_to(self, sweep: qn.Sweep) -> None:
        given, newer = qn.qwen_widget(sweep.studio), qn.qwen_widget(sweep.studio)
        grid = GridTalk(sweep.grid(panel=given))
        grid.accepted("use", cell=0)

        assert (given.prompt, newer.prompt) == ("a fox", "")
        for widget in (given, newer, grid.grid):
            widget.close()

    def test_what_failed_says_why_and_that_it_was_refunded(self, grid: GridTalk) -> None:
        grid.sweep.run(progress=False)
        detail = grid.accepted("detail", cell=4)

        assert detail["cell"]["standing"] == "failed"
        assert detail["cell"]["charge"] == "refunded"
        assert detail["error"]["charge"] == "refunded"
        assert detail["picture"] is None

    def test_the_code_makes_the_cell(self, grid: GridTalk) -> None:
        assert grid.accepted("code", cell=3)["code"].endswith("/posters').generate('a fox', seed=3)")
        grid.sweep.run(progress=False)
        picture = grid.sweep.select(animal="fox", image_size="16:9", seed=3)[0]

        assert grid.accepted("code", cell=3)["code"] == picture.code()


class TestLive:
    def test_it_follows_a_run_to_its_end_and_counts_like_the_plan(self, grid: GridTalk) -> None:
        grid.window()
        grid.sweep.run(progress=False)
        grid.until_settled()

        plan = grid.sweep.plan()
        counts = grid.grid._standing["counts"]
        assert counts == {name: getattr(plan, name) for name in counts}
        assert (counts["saved"], counts["failed"]) == (4, 4)
        assert grid.grid._standing["money"]["spent"] == grid.sweep.studio.spent == 4 * 31
        assert grid.grid._standing["money"]["line"] == str(grid.sweep.studio.money)
        told = {cell["n"]: cell["standing"] for message in grid.moved for cell in message["cells"]}
        assert told == {cell["n"]: cell["standing"] for line in grid.window()["cells"] for cell in line}

    def test_only_cells_that_were_shown_are_told_of(self, grid: GridTalk) -> None:
        grid.accepted("window", **grid.whole | {"height": 1, "width": 1})
        grid.sweep.run(progress=False)
        grid.until_settled()

        assert {cell["n"] for message in grid.moved for cell in message["cells"]} == {0}

    def test_a_star_given_in_a_cell_arrives(self, grid: GridTalk) -> None:
        grid.sweep.run(progress=False)
        grid.window()
        grid.until_settled()
        grid.moved.clear()
        grid.sweep.pictures[0].star()
        grid.until_told(lambda: grid.moved and grid.moved[-1]["cells"][0]["starred"], "the star")

    def test_what_stopped_a_run_is_told(self, grid: GridTalk) -> None:
        with pytest.raises(qn.BudgetExceeded):
            grid.sweep.run(budget=31, progress=False)
        grid.until_told(lambda: grid.grid._standing["stopped"], "the reason")

        assert grid.grid._standing["stopped"]["kind"] == "BudgetExceeded"

    def test_what_another_studio_made_is_seen_when_a_view_comes_up(
        self, grid: GridTalk, tmp_path: Path
    ) -> None:
        studio = grid.sweep.studio
        provider = core_of(studio).provider
        assert isinstance(provider, ReapiProvider)
        other = qn.Studio(studio.store.folder, api_key=TEST_KEY, base_url=provider.base_url)
        other.generate("a fox", image_size="1:1", seed=5)
        other.close()
        grid.accepted("hello", v=1, store="s")
        grid.until_told(lambda: grid.grid._standing["counts"]["saved"] == 1, "the other's picture")

    def test_a_hundred_moves_are_a_few_messages(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {x}", x=range(100), seed=1, studio=studio)
        grid = GridTalk(sweep.grid())
        grid.window()
        sent = grid.count_state_messages()
        grid.sweep.run(progress=False, yes=True)
        grid.until_settled()
        seconds = sweep.running.progress.seconds if sweep.running else 0.0
        grid.grid.close()

        # One message of cells and one of the whole at each pace, whatever happens.
        assert len(grid.moved) + len(sent) <= 2 * (seconds / 0.4 + 4)


class TestEnd:
    def test_ten_thousand_cells_stay_out_of_the_traits(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {x} {y}", x=range(1000), y=range(10), studio=studio)
        grid = sweep.grid()
        state = grid.get_state()
        grid.close()

        small = {name: value for name, value in state.items() if name not in ("_esm", "_css")}
        assert len(json.dumps(small, default=str)) < 3000

    def test_fifty_grids_leave_nothing_behind(self, sweep: qn.Sweep) -> None:
        sweep.run(progress=False)
        registered, threads = len(_instances), 0
        gone: list[weakref.ref[qn.SweepGrid]] = []
        for number in range(50):
            talk = GridTalk(sweep.grid())
            talk.window()
            talk.accepted("hello", v=1, store="s")
            talk.grid.close()
            gone.append(weakref.ref(talk.grid))
            if number == 5:
                threads = threading.active_count()
            del talk
        _let_the_back_room_end()
        gc.collect()

        assert sum(ref() is not None for ref in gone) <= 1
        assert len(_instances) == registered
        assert threading.active_count() <= threads
        assert len(core_of(sweep.studio).jobs.listeners) == 0


def _let_the_back_room_end() -> None:
    from qwen_notebook.experiments.grid.sheet_output import grid_executor

    grid_executor().submit(int).result(30)
    done = threading.Event()
    shared_worker().call(done.set)
    assert done.wait(30)
