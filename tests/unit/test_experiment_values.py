"""From a value to words: one road for axes, tables and magics, and no more than an experiment can have."""

import csv
import enum
import io
import itertools
import json
import math
import tracemalloc
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import qwen_notebook as qn
from qwen_notebook.experiments.axis_names import SETTINGS
from qwen_notebook.experiments.template import Template
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from tests.support.studios import studio_and_service

MASKED = [np.ma.masked, np.ma.array(3, mask=True)]
HOLES = [
    None,
    math.nan,
    np.float32("nan"),
    np.datetime64("NaT"),
    pandas.NA,
    pandas.NaT,
    Decimal("NaN"),
    *MASKED,
]
NO_WORDS: list[Any] = [
    b"fox",
    bytearray(b"fox"),
    {"fox"},
    frozenset("f"),
    {"fox": 1},
    (word for word in "fox"),
    iter(["fox"]),
    len,
    str,
    lambda: "fox",
    itertools,
    object(),
    np.array([1, 2]),
    pandas.Series(["fox"]),
    10**5000,
    Decimal("sNaN"),
    polars.col("fox"),
    polars.lit("fox"),
    polars.LazyFrame({"fox": [1]}),
    ...,
    slice(3),
    NotImplemented,
    ValueError("fox"),
]


class Animal(enum.Enum):
    FOX = "fox"
    OWL = "owl"


class OnlyDicts:
    """A frame of polars, as far as it is asked for."""

    columns = ("prompt", "x")

    def __len__(self) -> int:
        return 2

    def to_dicts(self) -> list[dict[str, Any]]:
        return [{"prompt": "a {x}", "x": 2.0}, {"prompt": "the owl", "x": None}]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qn.Studio]:
    """One that is asked for plans only, and so never sends anything."""
    with studio_and_service(tmp_path_factory.mktemp("values")) as (studio, simulator):
        yield studio
        assert simulator.books.tasks == {}


def prompts_of(sweep: qn.Sweep) -> list[str]:
    return [cell.request.prompt for cell in sweep]


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(qn.InvalidRequest) as caught:
        ask()
    assert caught.value.todo
    return str(caught.value)


class WithoutAnIndex(OnlyDicts):
    """A frame like that of pandas which calls its rows nothing."""

    to_dicts: Any = property()

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        assert orient == "records"
        return OnlyDicts().to_dicts()


class TestOneRoad:
    @pytest.mark.parametrize("hole", HOLES, ids=repr)
    def test_a_hole_is_refused_by_its_place(self, studio: qn.Studio, hole: Any) -> None:
        axis = refusal(lambda: qn.experiment("a {animal}", animal=["fox", hole], studio=studio))
        assert "axis animal, value 2, is empty" in axis

        table = [{"animal": "fox"}, {"animal": hole}]
        for rows in (table, pandas.DataFrame(table)):
            said = refusal(lambda rows=rows: qn.experiment("a {animal}", rows, studio=studio))
            assert "row 1 has no value for {animal}" in said

        assert "{animal} is empty" in refusal(lambda: list(Template("a {animal}").texts({"animal": hole})))
        assert "axis prompts, value 2, is empty" in refusal(lambda: qn.experiment(["a", hole], studio=studio))

    @pytest.mark.parametrize("value", NO_WORDS, ids=lambda value: type(value).__name__)
    def test_what_nobody_would_write_into_a_prompt_is_refused(self, studio: qn.Studio, value: Any) -> None:
        assert "axis x, value 2, is" in refusal(
            lambda: qn.experiment("a {x}", x=["fox", value], studio=studio)
        )
        assert "Row 1, column x, is" in refusal(
            lambda: qn.experiment("a {x}", [{"x": "fox"}, {"x": value}], studio=studio)
        )
        said = refusal(lambda: list(Template("a {x}").texts({"x": value})))
        assert "{x} is" in said
        assert "site-packages" not in said

    @pytest.mark.parametrize(
        "values",
        [
            b"fox",
            {"fox", "owl"},
            {"fox": 1},
            pandas.DataFrame({"a": [1]}),
            pyarrow.table({"a": [1]}),
            polars.LazyFrame({"a": [1]}),
        ],
    )
    def test_an_axis_without_an_order_of_its_own_is_refused(self, studio: qn.Studio, values: Any) -> None:
        assert "Give a list" in refusal(lambda: qn.experiment("a {x}", x=values, studio=studio))

    def test_each_value_is_written_as_people_write_it_wherever_it_stands(self, studio: qn.Studio) -> None:
        values = [1.0, 2.5, np.float32(0.1), np.int64(3), np.bool_(True), Animal.FOX, np.str_("owl"), "é"]
        values += [pyarrow.scalar("elk"), Decimal("1.50"), np.datetime64("2026-11-26"), "", [1, "b"]]
        written = ["1.0", "2.5", "0.1", "3", "True", "fox", "owl", "é", "elk", "1.50", "2026-11-26"]
        prompts = [f"v {text}." for text in (*written, "", "[1, 'b']")]
        rows = [{"v": value} for value in values if value != ""]

        assert prompts_of(qn.experiment("v {v}.", v=values, studio=studio)) == prompts
        assert prompts_of(qn.experiment("v {v}.", rows, studio=studio)) == [p for p in prompts if p != "v ."]
        assert [next(Template("v {v}.").texts({"v": value})) for value in values] == prompts

    def test_the_axes_hold_plain_values_and_are_asked_for_in_any_form(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(
            "a {x}", x=[Animal.FOX, np.str_("cafe\u0301")], seed=np.arange(2), studio=studio
        )

        assert sweep.axes["x"] == ("fox", "caf\u00e9")
        assert [type(value) for value in (*sweep.axes["x"], *sweep.axes["seed"])] == [str, str, int, int]
        for asked in (Animal.FOX, "cafe\u0301", ["cafe\u0301"], {"fox"}):
            assert sweep.select(x=asked) == []  # nothing is made yet; an unknown axis would be refused
        assert qn.experiment("a {x}", x=Animal, studio=studio).axes["x"] == ("fox", "owl")

    @pytest.mark.parametrize(
        "asked",
        [
            b"fox",
            {"fox": 1},
            pandas.DataFrame({"x": ["fox"]}),
            polars.col("x"),
            ["fox", polars.col("x")],
            np.array([["fox", "owl"]]),
            Decimal("sNaN"),
        ],
        ids=lambda asked: type(asked).__name__,
    )
    def test_what_is_looked_for_is_a_value_or_several(self, studio: qn.Studio, asked: Any) -> None:
        sweep = qn.experiment("a {x}", x=["fox", "owl"], studio=studio)
        assert "looked for on the axis x" in refusal(lambda: sweep.select(x=asked))

    def test_a_list_is_found_as_it_was_given(self, tmp_path: Path) -> None:
        several = [["fox", "cafe\u0301"], ["owl"]]
        with studio_and_service(tmp_path, rate=1000.0) as (studio, _):
            sweep = qn.experiment("a {x}", x=several, seed=1, studio=studio)
            sweep.run(progress=False)
            for asked, count in (([several[0]], 1), (several, 2), ([], 0), ("fox", 0)):
                assert len(sweep.select(x=asked)) == count

    @pytest.mark.parametrize("masked", MASKED)
    def test_the_number_under_a_mask_is_never_used(self, studio: qn.Studio, masked: Any) -> None:
        assert "not a whole number" in refusal(lambda: studio.request(prompt="a fox", seed=masked))
        assert "axis seed" in refusal(lambda: qn.experiment("a", seed=[masked], studio=studio))

    def test_none_has_its_meaning_where_a_setting_gives_it_one(self, studio: qn.Studio) -> None:
        source = "https://example.com/a.png"
        sweep = qn.experiment("a", image_url=[None, source], seed=[None, 7], studio=studio)

        assert [cell.request.image_url for cell in sweep] == [None, None, source, source]
        for name in SETTINGS:
            hole: Any = [math.nan]
            assert "value 1, is empty" in refusal(
                lambda name=name, hole=hole: qn.experiment("a", **{name: hole}, studio=studio)
            )


class TestTables:
    @pytest.mark.parametrize(
        ("column", "written"),
        [
            ([1.0, 2.0], ["1.0", "2.0"]),
            ([1, None, 3], ["1", "3"]),
            ([1.0, None, 2.5], ["1.0", "2.5"]),
            (pandas.array([1, None, 3], dtype="Int64"), ["1", "3"]),
            (pandas.array([1.0, None], dtype="Float64"), ["1.0"]),
            (pandas.Series([1, 2], dtype="int8"), ["1", "2"]),
        ],
    )
    def test_a_float_stays_one_where_a_hole_has_not_made_it_so(
        self, studio: qn.Studio, column: Any, written: list[str]
    ) -> None:
        frame = pandas.DataFrame({"v": column})
        holes = list(frame["v"].isna())
        frame["prompt"] = [f"p{row}" if hole else "v {v}" for row, hole in enumerate(holes)]

        made = prompts_of(qn.experiment(frame, studio=studio))
        assert [prompt for prompt in made if prompt[0] == "v"] == [f"v {text}" for text in written]

    def test_a_seed_is_whole_also_where_the_rows_with_holes_were_dropped(self, studio: qn.Studio) -> None:
        frame = pandas.DataFrame({"prompt": ["a", "b", "c"], "seed": [7, None, 9]})
        sweep = qn.experiment(frame.dropna(), studio=studio)

        assert [cell.request.seed for cell in sweep] == [7, 9]

    def test_any_frame_is_a_table_also_as_the_first_argument(self, studio: qn.Studio) -> None:
        columns = {"prompt": ["a {x}", "the owl"], "x": [2.0, None]}
        for table in (
            OnlyDicts(),
            WithoutAnIndex(),
            pyarrow.table(columns),
            pyarrow.RecordBatch.from_pydict(columns),
        ):
            for sweep in (qn.experiment(table, studio=studio), qn.experiment(table=table, studio=studio)):
                assert prompts_of(sweep) == ["a 2.0", "the owl"]

    def test_a_csv_file_tells_its_holes_and_its_odd_lines(self, studio: qn.Studio) -> None:
        def rows(text: str) -> list[dict[str, str]]:
            return list(csv.DictReader(io.StringIO(text)))

        table = rows("animal , image_size\nfox,1:1\nowl,\n")
        assert [c.request.image_size for c in qn.experiment("a {animal}", table, studio=studio)] == [
            "1:1",
            "16:9",
        ]
        for text, said in (("animal\nfox\n \n", "row 1 has no value"), ("animal\na,b\n", "more cells than")):
            assert said in refusal(lambda text=text: qn.experiment("a {animal}", rows(text), studio=studio))

    def test_what_is_no_table_is_shown_on_one_line(self, studio: qn.Studio) -> None:
        said = refusal(lambda: qn.experiment("a {x}", pandas.Series([1, 2]), studio=studio))
        assert "The table is 0" in said
        assert "\n" not in said
        assert ".collect()" in refusal(
            lambda: qn.experiment(polars.LazyFrame({"prompt": ["a"]}), studio=studio)
        )

    def test_values_that_are_equal_and_written_differently_are_several(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {v}", [{"v": 1}, {"v": 1.0}, {"v": True}], seed=1, studio=studio)

        assert prompts_of(sweep) == ["a 1", "a 1.0", "a True"]
        assert [repr(value) for value in sweep.axes["v"]] == ["1", "1.0", "True"]


class TestNames:
    @pytest.mark.parametrize("way", ["axis", "column", "alternatives"])
    def test_no_value_is_lost_behind_a_column_of_ours(self, tmp_path: Path, way: str) -> None:
        with studio_and_service(tmp_path / "posters", rate=1000.0) as (studio, simulator):
            studio.generate("a fox", seed=1)
            ours = {str(name) for name in studio.to_frame().columns}
            dataset = studio.to_imagefolder(tmp_path / "dataset") / "metadata.jsonl"
            ours |= set(json.loads(dataset.read_text(encoding="utf-8").splitlines()[0]))
            for name in sorted(
                {*ours, "image", "repeat", "template", "prompts", "x_file_name"} - {*SETTINGS}
            ):
                values = ["Texas", "Ohio"]
                given: dict[str, Any] = {
                    "axis": {"prompts": f"a {{{name}}}"} | {"prompt" if name == "prompts" else name: values},
                    "column": {"prompts": f"a {{{name}}}", "table": [{name: value} for value in values]},
                    "alternatives": {"prompts": f"a {{{name}: Texas|Ohio}}"},
                }[way]
                with pytest.raises(qn.InvalidRequest, match=name.rstrip("s")):
                    qn.experiment(**given, repeats=2, studio=studio)
            assert len(simulator.books.posts) == 1

    @pytest.mark.parametrize("name", ["prompt_style", "my_state", "self", "columns", "two words", "états"])
    def test_every_other_name_keeps_its_values(self, tmp_path: Path, name: str) -> None:
        with studio_and_service(tmp_path / "posters", rate=1000.0) as (studio, _):
            sweep = qn.experiment(f"a {{{name}}}", **{name: ["Texas", "Ohio"]}, seed=1, studio=studio)
            sweep.run(progress=False)
            lines = (sweep.to_imagefolder(tmp_path / "set") / "metadata.jsonl").read_text(encoding="utf-8")

            assert list(sweep.to_frame()[name]) == ["Texas", "Ohio"]
            assert [json.loads(line)[name] for line in lines.splitlines()] == ["Texas", "Ohio"]
            assert [p.request.prompt for p in sweep.select(**{name: "Ohio"})] == ["a Ohio"]

    @pytest.mark.parametrize("name", ["", " ", "a|b", "{a}", "half \ud83d"])
    def test_a_name_that_no_prompt_could_hold_is_refused(self, studio: qn.Studio, name: str) -> None:
        assert "cannot be called" in refusal(lambda: qn.experiment("a fox", **{name: ["x"]}, studio=studio))


class TestNamedAlternatives:
    def test_they_are_an_axis_of_that_name_and_one_choice_everywhere(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, rate=1000.0) as (studio, _):
            sweep = qn.experiment(
                "a {style: flat|woodcut} {fox|owl}, {style}, {style: flat|woodcut}", seed=1, studio=studio
            )
            sweep.run(progress=False)

            assert sweep.axes["style"] == ("flat", "woodcut")
            assert prompts_of(sweep)[:2] == ["a flat fox, flat, flat", "a flat owl, flat, flat"]
            assert len(sweep) == 4
            assert {p.request.prompt for p in sweep.select(style="flat")} == set(prompts_of(sweep)[:2])
            assert list(sweep.to_frame()["style"]) == ["flat", "flat", "woodcut", "woodcut"]

    def test_several_prompts_may_offer_different_ones_under_a_name(self, studio: qn.Studio) -> None:
        sweep = qn.experiment(["{s: a|b} 1", "{s: b|c} 2"], studio=studio)

        assert sweep.axes["s"] == ("a", "b", "c")
        assert prompts_of(sweep) == ["a 1", "b 1", "b 2", "c 2"]

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ("{12:30|13:00}", ["12:30", "13:00"]),
            ("{16:9|a: b}", ["16:9", "a: b"]),
            ("{ratio:1|2}", ["ratio:1", "2"]),
            ("{see https://a.example|b}", ["see https://a.example", "b"]),
            ("{two words: a|b}", ["two words: a", "b"]),
            ("{s: a: b|c}", ["a: b", "c"]),
            ("{ s: very |}x", ["veryx", "x"]),
            ("{s:\n a|b}", ["a", "b"]),
        ],
    )
    def test_a_name_is_an_identifier_before_a_colon_and_a_blank(self, text: str, made: list[str]) -> None:
        assert list(Template(text).texts({})) == made

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{s: }", "lacks alternatives"),
            ("{s:}", "lacks alternatives"),
            ("{s: flat}", "lacks alternatives"),
            ("{: a|b}", "lacks a name"),
            ("{s: a|b} {s: b|c}", "two sets of alternatives under the name 's'"),
            ("{seed: 1|2}", "that is a setting"),
            ("{x: a|b}", "an axis of that name"),
        ],
    )
    def test_what_makes_no_sense_gets_a_sentence(self, studio: qn.Studio, text: str, said: str) -> None:
        assert said in refusal(lambda: qn.experiment(text, x=["c"], studio=studio))


def endless_rows() -> Iterator[dict[str, Any]]:
    return ({"x": f"fox {number}"} for number in itertools.count())


class TestCounting:
    def test_what_is_asked_of_an_experiment_and_has_no_end_is_refused_too(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {x}", x=["fox", "owl"], seed=[1, 2], studio=studio)
        for many in (itertools.count(), range(10**9)):
            assert "is the most" in refusal(lambda many=many: sweep.select(seed=many))
        for show in (sweep.grid, sweep.sheets):
            for columns, said in (
                (itertools.repeat("seed"), "is the most"),
                (["seed", "seed"], "twice"),
                (7, "names no axis"),
                (["x", 7], "names no axis"),
                ({"seed": 1}, "is a dict"),
            ):
                assert said in refusal(lambda show=show, columns=columns: show(columns=columns))
        assert studio.find(image_size=itertools.cycle(QWEN_IMAGE_2.image_sizes)) == []

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"prompts": "a {x}", "x": itertools.count()}, "more than 100,000 values"),
            ({"prompts": "a {x}", "x": itertools.repeat("fox")}, "more than 100,000 values"),
            ({"prompts": itertools.cycle(["fox"])}, "more than 100,000 values"),
            ({"prompts": "a {x}", "table": endless_rows()}, "more than 100,000 rows"),
            ({"prompts": "a", "seed": itertools.count()}, "more than 100,000 values"),
            ({"prompts": "a", "seed": range(10**9)}, "1,000,000,000 values"),
            ({"prompts": "a", "seed": range(10**30)}, "more than 1,000,000,000,000,000 values"),
            ({"prompts": "a", "repeats": 10**9}, "1,000,000,000 cells"),
            ({"prompts": "a", "repeats": 10**5000}, "more than 1,000,000,000,000,000 cells"),
            ({"prompts": " ".join(f"{{a{n}|b}}" for n in range(30))}, "1,073,741,824 cells"),
            ({"prompts": " ".join(f"{{a{n}: a|b}}" for n in range(70))}, "more than 1,000,000,000,000,000"),
            ({"prompts": "{x} {y}", "x": range(20_000), "y": range(20_000)}, "400,000,000 cells"),
            ({"prompts": ["a {x}"] * 20_000, "table": [{"x": 1}] * 20_000}, "400,000,000 cells"),
            ({"prompts": "a", "seed": range(60_000), "repeats": 2}, "120,000 cells"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_too_many_are_refused_before_any_is_made(
        self, studio: qn.Studio, given: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def make(_: object, **fields: object) -> None:
            raise AssertionError(f"A request was made: {fields}")

        monkeypatch.setattr(qn.Studio, "request", make)
        tracemalloc.start()
        try:
            told = refusal(lambda: qn.experiment(**given, studio=studio))
            most_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert said in told
        assert "100,000 is the most" in told
        assert most_bytes < 150 << 20

    def test_an_iterator_is_read_no_further_than_it_has_to_be(self, studio: qn.Studio) -> None:
        numbers = itertools.count()
        refusal(lambda: qn.experiment("a {x}", x=numbers, studio=studio))

        assert next(numbers) == 100_001

    def test_a_cell_of_a_notebook_has_a_limit_of_its_own(self, tmp_path: Path) -> None:
        shell = InteractiveShell.instance()
        shell.run_line_magic("load_ext", "qwen_notebook")
        try:
            with studio_and_service(tmp_path) as (studio, simulator):
                shell.user_ns |= {"posters": studio, "animal": math.nan}
                many = " ".join(f"{{a{n}|b}}" for n in range(30))
                for line, cell, said in (
                    ("", many, "1,073,741,824 pictures"),
                    ("--seed 1-64 65-128", "{a|b} {c|d} {e|f}", "1,024 pictures"),
                    ("", "a {animal}", "{animal} is empty"),
                ):
                    with pytest.raises(UsageError, match=said):
                        shell.run_cell_magic("qwen", f"{line} --studio posters", cell)
                assert simulator.books.posts == []
                assert len(studio.jobs) == 0
        finally:
            InteractiveShell.clear_instance()


class TestTheSweepAsASequence:
    def test_it_is_the_sequence_of_its_cells(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a {x}", x=["fox", "owl", "elk"], seed=1, studio=studio)

        assert [cell.values["x"] for cell in sweep] == ["fox", "owl", "elk"]
        assert (sweep[0], sweep[-1], sweep[cast("int", np.int64(1))]) == (
            sweep.cells[0],
            sweep.cells[2],
            sweep.cells[1],
        )
        assert sweep[1:] == sweep.cells[1:]
        assert list(reversed(sweep)) == list(sweep.cells)[::-1]
        assert sweep[2] in sweep
        assert sweep.index(sweep[2]) == 2
        assert qn.experiment("a cat", seed=1, studio=studio)[0] not in sweep
        assert len({*sweep}) == len(sweep) == 3
        with pytest.raises(IndexError):
            sweep[3]
