"""A folder as a table: what is found, what the rows say, and what others can load."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.simulator import FaultPlan, Rule, Simulator, running
from qwen_notebook.studio.exports import table
from tests.support.studios import instant_simulator, studio_and_service, studio_at

Bench = tuple[qn.Studio, Simulator]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with studio_and_service(tmp_path / "posters") as both:
        yield both


class TestFinding:
    def test_all_words_count_in_prompt_and_note_in_any_order_and_case(self, bench: Bench) -> None:
        studio, _ = bench
        fox = studio.generate("a red Fox at night", seed=1)
        owl = studio.generate("an owl at night", seed=1).annotate("the one for the COVER")

        assert [p.id for p in studio.find("night fox")] == [fox.id]
        assert [p.id for p in studio.find("cover")] == [owl.id]
        assert [p.id for p in studio.find("night")] == [fox.id, owl.id]
        assert studio.find("fox cover") == []

    def test_shape_star_and_time_narrow_it(self, bench: Bench) -> None:
        studio, _ = bench
        wide, square = studio.generate("a", seed=1), studio.generate("a", seed=1, image_size="1:1")
        square.star()

        assert [p.id for p in studio.find(image_size="16:9")] == [wide.id]
        assert len(studio.find(image_size=["16:9", "1:1"])) == 2
        assert [p.id for p in studio.find(starred=True)] == [square.id]
        assert [p.id for p in studio.find(starred=False)] == [wide.id]
        assert [p.id for p in studio.find(since=square.made)] == [square.id]

    def test_since_takes_the_ways_in_which_people_write_a_time(self, bench: Bench) -> None:
        studio, _ = bench
        studio.generate("a", seed=1)
        now = datetime.now().astimezone()
        for earlier in (timedelta(hours=1), date(2020, 1, 1), "2020-01-01", now - timedelta(days=1)):
            assert len(studio.find(since=earlier)) == 1
        for later in (timedelta(0), now + timedelta(days=1), "2999-01-01T12:00"):
            assert studio.find(since=later) == []

    def test_what_was_deleted_or_failed_is_not_found(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm")})
        with studio_and_service(tmp_path, faults) as (studio, _):
            studio.submit("a storm", seed=1).wait()
            studio.generate("a calm", seed=1).delete()

            assert studio.find() == []

    @pytest.mark.parametrize(
        ("asked", "said"), [({"image_size": "5:4"}, "16:9"), ({"since": "yesterday"}, "2026-11-22")]
    )
    def test_a_question_that_makes_no_sense_gets_a_sentence(
        self, bench: Bench, asked: dict[str, str], said: str
    ) -> None:
        with pytest.raises(qn.InvalidRequest, match=said):
            bench[0].find(**asked)  # type: ignore[arg-type]


class TestTheFrame:
    def test_a_row_has_the_request_and_what_became_of_it(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=7, image_size="1:1").star().annotate("warm")
        (row,) = studio.to_frame().to_dict("records")

        assert row["prompt"] == "a red fox"
        assert (row["seed"], row["image_size"], row["output_format"]) == (7, "1:1", "png")
        assert (row["state"], row["credits"], row["task_id"]) == ("saved", 31, picture.task_id)
        assert Path(row["path"]) == picture.path
        assert row["sha256"] == picture.sha256
        assert (row["starred"], row["note"]) == (True, "warm")
        assert abs((row["created"] - datetime.now(UTC)).total_seconds()) < 60

    def test_what_failed_and_what_was_deleted_stay_rows(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm")})
        with studio_and_service(tmp_path, faults) as (studio, _):
            studio.submit("a storm", seed=1).wait()
            studio.generate("a calm", seed=1).delete()
            frame = studio.to_frame()

        assert list(frame["state"]) == ["failed", "deleted"]
        assert frame["path"].isna().all()
        assert "content policy" in frame["error"][0]
        assert frame["credits"].sum() == 62

    def test_it_is_the_same_in_a_later_studio_whoever_wrote_the_journal(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url:
            for seed in range(3):
                with studio_at(url, tmp_path) as studio:
                    studio.generate("a red fox", seed=seed)
                    before = studio.to_frame()
            with studio_at(url, tmp_path) as later:
                assert later.to_frame().equals(before)

    def test_without_pandas_it_says_what_to_install(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table, "find_spec", lambda _: None)
        studio, _ = bench
        sweep = qn.experiment("a red fox", studio=studio)
        for made in (studio, sweep):
            with pytest.raises(qn.QwenError, match=r'pip install "qwen-notebook\[table\]"') as caught:
                made.to_frame()
            assert caught.value.charge is qn.Charge.FREE

    def test_a_signed_address_loses_its_signature(self, bench: Bench) -> None:
        studio, _ = bench
        source = studio.generate("a red fox", seed=7)
        url = f"{source.url}?signature=secret"
        studio.submit("make it night", image_url=url, seed=1).wait()

        assert "secret" not in str(studio.to_frame()["image_url"][1])

    def test_an_empty_folder_is_an_empty_table(self, bench: Bench) -> None:
        assert len(bench[0].to_frame()) == 0

    def test_opening_a_studio_loads_no_pandas(self) -> None:
        import subprocess

        code = "import sys, qwen_notebook as qn; qn.Studio; print('pandas' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"


class TestTakingItOn:
    def test_parquet_keeps_every_row_and_column(self, bench: Bench, tmp_path: Path) -> None:
        import pandas

        studio, _ = bench
        studio.generate("a red fox", seed=7)
        path = studio.to_parquet(tmp_path / "tables" / "all.parquet")
        back = pandas.read_parquet(path)

        assert list(back.columns) == list(studio.to_frame().columns)
        assert back["seed"].tolist() == [7]

    def test_parquet_has_the_same_types_for_every_reader(self, bench: Bench, tmp_path: Path) -> None:
        import pandas
        import polars
        from pyarrow import parquet

        studio, _ = bench
        studio.generate("a red fox", seed=7)
        sweep = qn.experiment(["a {count} {mixed}", "a fox"], count=[1, 2], mixed=[1, "b"], studio=studio)
        path = sweep.to_parquet(tmp_path / "sweep.parquet")
        in_pandas = pandas.read_parquet(studio.to_parquet(tmp_path / "all.parquet")).dtypes

        assert in_pandas.equals(studio.to_frame().dtypes)
        assert str(pandas.read_parquet(path)["credits"].dtype) == "Int64", "though nothing is there yet"
        assert str(parquet.read_schema(path).field("count").type) == "int64", "though one cell has none"
        assert polars.read_parquet(path)["mixed"].to_list() == ["1", "b", "1", "b", None]

    def test_parquet_needs_no_pandas(
        self, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pandas", None)

        assert bench[0].to_parquet(tmp_path / "all.parquet").is_file()

    def test_without_pyarrow_it_says_what_to_install(
        self, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table, "find_spec", lambda _: None)
        with pytest.raises(qn.QwenError, match=r"qwen-notebook\[table\]"):
            bench[0].to_parquet(tmp_path / "all.parquet")

    def test_an_imagefolder_has_a_line_for_each_picture_and_nothing_of_this_machine(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        studio, _ = bench
        for seed in range(2):
            studio.generate("a red fox", seed=seed)
        studio.generate("a red fox", seed=2).delete()
        folder = studio.to_imagefolder(tmp_path / "dataset")
        studio.to_imagefolder(folder)
        text = (folder / "metadata.jsonl").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.splitlines()]

        assert [line["seed"] for line in lines] == [0, 1]
        assert len(list(folder.glob("*.png"))) == 2
        assert str(tmp_path) not in text
        for line in lines:
            with Image.open(folder / line["file_name"]) as image:
                image.verify()


def test_words_that_begin_with_an_equals_sign_are_no_formula_in_excel(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    studio = qn.Studio(tmp_path / "posters", offline=True)
    studio.generate("=SUM(1,2) on a poster", seed=1, output_format="jpeg")
    studio.to_frame().to_excel(tmp_path / "a.xlsx")
    studio.to_frame()["created"].to_excel(tmp_path / "b.xlsx")
    studio.close()

    assert pandas.read_excel(tmp_path / "a.xlsx")["prompt"].tolist() == ["=SUM(1,2) on a poster"]
    assert len(pandas.read_excel(tmp_path / "b.xlsx")) == 1
