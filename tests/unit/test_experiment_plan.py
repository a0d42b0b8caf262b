"""An experiment before anything is sent: its axes, its cells, its price, and what is wrong with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

import qwen_notebook as qn
from qwen_notebook.experiments.template import Template
from qwen_notebook.simulator import Simulator
from tests.support.studios import studio_and_service

Bench = tuple[qn.Studio, Simulator]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qn.Studio]:
    """One that is asked for plans only, and so never sends anything."""
    with studio_and_service(tmp_path_factory.mktemp("plans")) as (studio, simulator):
        yield studio
        assert simulator.books.tasks == {}


def prompts_of(sweep: qn.Sweep) -> list[str]:
    return [cell.request.prompt for cell in sweep.cells]


class TestTemplates:
    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("a {animal}", ["a fox"]),
            ("a { animal }", ["a fox"]),
            ("{{x}} {animal}", ["{x} fox"]),
            ("{red|blue} {animal}", ["red fox", "blue fox"]),
            ("a{ very|} old {animal}", ["avery old fox", "a old fox"]),
            ("{a|b}{a|b}", ["aa", "bb"]),
            ("{a|b}{c|d}", ["ac", "ad", "bc", "bd"]),
            ("«{animal}» 火星 🚀", ["«fox» 火星 🚀"]),
        ],
    )
    def test_holes_are_filled(self, text: str, made: list[str]) -> None:
        assert list(Template(text).texts({"animal": "fox"})) == made

    @pytest.mark.parametrize("text", ["a {", "a }", "a {b", "a {} b", "a { } b", "{a{b}}"])
    def test_braces_that_make_no_sense_get_a_sentence_with_the_way_out(self, text: str) -> None:
        with pytest.raises(qn.InvalidRequest, match=r"\{\{|\}\}"):
            Template(text)

    def test_a_value_is_never_read_as_a_template(self) -> None:
        assert list(Template("a {x}").texts({"x": "{y} {{"})) == ["a {y} {{"]


class TestCells:
    def test_axes_are_multiplied_out_prompts_first_and_seeds_last(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(
            "a {animal}", seed=range(2), animal=["fox", "owl"], image_size=["1:1", "16:9"], studio=studio
        )

        told = [(c.values["animal"], c.request.image_size, c.request.seed) for c in sweep.cells]
        assert told[:3] == [("fox", "1:1", 0), ("fox", "1:1", 1), ("fox", "16:9", 0)]
        assert len(sweep) == 8
        assert list(sweep.axes) == ["template", "animal", "image_size", "seed"]

    def test_a_word_that_a_prompt_does_not_use_does_not_multiply_it(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(["a {animal}", "a city"], animal=["fox", "owl"], seed=1, studio=studio)

        assert prompts_of(sweep) == ["a fox", "a owl", "a city"]
        assert sweep.cells[2].values["animal"] is None

    def test_a_single_value_is_an_axis_of_one(self, studio: qn.Studio) -> None:
        (cell,) = qn.experiment("a fox", image_size="1:1", output_format="jpeg", seed=7, studio=studio).cells

        assert cell.request == qn.GenerationRequest(
            prompt="a fox", image_size="1:1", output_format="jpeg", seed=7
        )

    def test_rows_of_a_frame_go_together_and_the_rest_is_crossed(self, studio: qn.Studio) -> None:
        frame = pandas.DataFrame(
            {"prompt": ["a {x}", "the {x}"], "x": ["fox", "owl"], "image_size": ["1:1", None]}
        )
        sweep = qn.experiment(frame, seed=[1, 2], studio=studio)

        assert prompts_of(sweep) == ["a fox", "a fox", "the owl", "the owl"]
        assert [cell.request.image_size for cell in sweep.cells] == ["1:1", "1:1", "16:9", "16:9"]

    def test_rows_may_be_dicts_and_the_prompts_stand_beside_them(self, studio: qn.Studio) -> None:
        rows = [{"x": "fox", "seed": 3}, {"x": "owl", "seed": 4}]
        sweep = qn.experiment("a {x}", rows, studio=studio)

        assert [(c.request.prompt, c.request.seed) for c in sweep.cells] == [("a fox", 3), ("a owl", 4)]

    def test_seeds_of_a_frame_stay_whole_numbers_beside_holes(self, studio: qn.Studio) -> None:
        frame = pandas.DataFrame({"prompt": ["a", "b"], "seed": [7, None]})
        first, second = qn.experiment(frame, studio=studio).cells

        assert first.request.seed == 7
        assert isinstance(second.request.seed, int)

    def test_skip_leaves_out_what_it_says_and_sees_prompt_and_values(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(
            "a {animal}",
            animal=["fox", "owl"],
            image_size=["1:1", "16:9"],
            skip=lambda cell: cell["prompt"] == "a owl" and cell["image_size"] == "1:1",
            studio=studio,
        )

        assert len(sweep) == 3
        assert sweep.plan().skipped == 1


class TestSeedsAndIdentity:
    def test_drawn_seeds_differ_by_cell_and_by_repeat_and_stay_the_same(self, studio: qn.Studio) -> None:
        def seeds() -> list[Any]:
            sweep = qn.experiment("a {x}", x=["a", "b", "c"], repeats=3, studio=studio)
            return [cell.request.seed for cell in sweep.cells]

        assert len(set(seeds())) == 9
        assert seeds() == seeds()

    def test_the_cells_of_a_wider_experiment_are_the_same_cells(self, studio: qn.Studio) -> None:
        narrow = qn.experiment("a {x}", x=["fox"], image_size="1:1", studio=studio)
        wide = qn.experiment(["b", "a {x}"], x=["owl", "fox"], image_size=["16:9", "1:1"], studio=studio)

        assert narrow.cells[0].id in {cell.id for cell in wide.cells}
        assert narrow.cells[0].request in {cell.request for cell in wide.cells}
        assert narrow.id != wide.id

    def test_the_service_is_part_of_the_identity(self, studio: qn.Studio, tmp_path: Path) -> None:
        offline = qn.Studio(tmp_path, offline=True)
        (paid,) = qn.experiment("a fox", seed=1, studio=studio).cells
        (preview,) = qn.experiment("a fox", seed=1, studio=offline).cells

        assert paid.id != preview.id
        assert "free previews" in str(qn.experiment("a fox", studio=offline).plan())


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                {"prompts": "a {animl}", "animal": ["fox"]},
                r"\{animl\}.*no axis 'animl'.*Did you mean \{animal\}",
            ),
            ({"prompts": "a {x}"}, r"no axis 'x'.*x=…"),
            ({"prompts": "a {x}", "x": []}, "'x' has no values"),
            ({"prompts": []}, "'prompts' has no values"),
            ({"prompts": "a", "seed": range(0)}, "'seed' has no values"),
            ({"prompts": "a", "table": []}, "no rows"),
            ({"prompts": "a", "image_sise": "1:1"}, "'image_sise' is not a setting.*'image_size'"),
            ({"prompts": "a", "animal": ["fox"]}, r"no prompt has \{animal\}.*Use it in a prompt"),
            ({"prompts": "a {x}", "x": "b", "table": [{"x": "c"}]}, "'x' is given twice"),
            ({"prompts": "a", "table": [{"prompt": "b"}]}, "'prompt' is given twice"),
            ({"table": [{"prompt": "a", "prompts": "b"}]}, "'prompt' is given twice"),
            ({"table": [{"seed": 1}]}, "row 0 has no prompt"),
            ({}, "no prompt"),
            (
                {"table": [{"prompt": "a {x}", "x": "b"}, {"prompt": "a {x}"}]},
                r"row 1 has no value for \{x\}",
            ),
            ({"prompts": "a", "repeats": 0}, "repeats"),
            ({"prompts": [7]}, "7, not text"),
            ({"prompts": "a", "table": [1, 2]}, "DataFrame, or a list of dicts"),
            ({"prompts": "a", "seed": range(100_001)}, "100,001 cells"),
        ],
    )
    def test_a_layout_that_makes_no_sense_gets_a_sentence(
        self, studio: qn.Studio, given: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(qn.InvalidRequest, match=said):
            len(qn.experiment(**given, studio=studio).cells)

    def test_a_frame_with_two_columns_of_one_name_says_so(self, studio: qn.Studio) -> None:
        frame = pandas.DataFrame([["a", "b", "c"]], columns=["prompt", "x", "x"])
        with pytest.raises(qn.InvalidRequest, match="'x' is given twice"):
            qn.experiment(frame, studio=studio)

    def test_a_prompt_too_long_is_named_by_its_row(self, studio: qn.Studio) -> None:
        frame = pandas.DataFrame({"prompt": [f"prompt {row}" for row in range(60)]})
        frame.loc[37, "prompt"] = "x" * 801
        sweep = qn.experiment(frame, seed=range(3), studio=studio)
        (problem,) = sweep.plan().problems

        assert problem.startswith("row 37: ")
        assert "801 of 800" in problem
        assert "3 cells" in problem
        with pytest.raises(qn.InvalidRequest, match="row 37"):
            sweep.run()

    def test_a_prompt_that_a_word_makes_too_long_names_the_word(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(["a", "b {x}"], x=["short", "y" * 800], studio=studio)
        (problem,) = sweep.plan().problems

        assert problem.startswith("prompts[1], x='yyy")
        assert len(problem) < 200

    def test_a_shape_that_the_mode_does_not_allow_is_one_sentence(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(["a", "b"], image_size=["1:1", "21:9"], seed=range(5), studio=studio)
        (problem,) = sweep.plan().problems

        assert "'21:9' is for edits only" in problem
        assert "10 cells" in problem
        edits = qn.experiment("a", image_url="https://example.com/a.png", image_size="21:9", studio=studio)
        assert edits.plan().problems == ()

    def test_cells_that_are_the_same_request_are_a_problem_with_a_way_out(self, studio: qn.Studio) -> None:
        twins = qn.experiment(["a fox", "an owl", "a fox"], seed=1, studio=studio)
        assert "prompts[2] and prompts[0] make the same request" in twins.plan().problems[0]
        assert "repeats=2" in twins.plan().problems[0]

        twins = qn.experiment("a {x}", x=["fox", "fox"], studio=studio)
        assert "x='fox'" in twins.plan().problems[0]
        with pytest.raises(qn.InvalidRequest):
            twins.start()

    def test_every_problem_is_listed_and_none_twice(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(["fine", "", "x" * 900], image_size=["1:1", "2:1"], seed=[1, -1], studio=studio)
        plan = sweep.plan()

        assert len(plan.problems) == len(set(plan.problems)) >= 4
        assert all(problem in str(plan) for problem in plan.problems)


class TestThePrice:
    def test_what_is_in_the_folder_already_costs_nothing_whoever_asked_for_it(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path) as (studio, _):
            studio.generate("a fox", seed=1)
            plan = qn.experiment(["a fox", "an owl"], seed=range(3), studio=studio).plan()

            assert (plan.cells, plan.saved, plan.new, plan.credits) == (6, 1, 5, 155)
            assert str(plan) == "6 cells: 1 saved, 5 new · 155 credits (5 × 31)"

    def test_an_unknown_price_is_said_to_be_unknown(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, price=None) as (studio, _):
            plan = qn.experiment("a fox", studio=studio).plan()

            assert plan.credits is None
            assert "price not known" in str(plan)

    def test_planning_leaves_nothing_on_disk(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path / "posters") as (studio, _):
            qn.experiment("a fox", studio=studio).plan()

        assert not (tmp_path / "posters").exists()
