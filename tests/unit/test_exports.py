"""What is given away opens anywhere, loses nothing that was there, and tells nothing of this machine."""

import copy
import json
import pickle
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.journal.records import ErrorRecord
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import FaultPlan, Rule, Simulator
from qwen_notebook.studio.exports.frame import Frame
from qwen_notebook.studio.exports.image_folder import write_imagefolder
from qwen_notebook.studio.exports.table import Row, row_of, write_parquet
from tests.support.jobs import saved_record
from tests.support.studios import studio_and_service

Bench = tuple[qn.Studio, Simulator]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with studio_and_service(tmp_path / "home" / "posters") as both:
        yield both


def lines_of(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "metadata.jsonl").read_text(encoding="utf-8")
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


class Cells(pandas.ExcelWriter):
    """Stands in for openpyxl: what pandas would write into an Excel file is kept here, after all its own checks."""

    _engine = "cells"
    _supported_extensions = (".cells",)
    values: list[Any]
    book: Any = None  # pyright: ignore[reportIncompatibleMethodOverride]
    sheets: Any = {}  # noqa: RUF012  # pyright: ignore[reportIncompatibleMethodOverride]

    def __init__(self, path: Path, **_: Any) -> None:
        self.values = []
        super().__init__(path, engine="cells")

    def __new__(cls, *_: Any, **__: Any) -> "Cells":
        return object.__new__(cls)

    def _write_cells(self, cells: Any, *_: Any, **__: Any) -> None:
        self.values += [self._value_with_fmt(cell.val)[0] for cell in cells]

    def _save(self) -> None:
        pass


def excel(frame: Any, tmp_path: Path) -> list[Any]:
    writer = Cells(tmp_path / "x.cells")
    frame.to_excel(writer)
    return writer.values


class TestAFolderOfPictures:
    def test_what_was_there_stays_and_what_is_new_is_added(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        out = tmp_path / "out"
        first = qn.experiment("a {animal}", animal=["fox", "owl"], seed=1, studio=studio)
        second = qn.experiment("a {beast}", beast=["owl", 7], seed=1, studio=studio)
        for sweep in (first, second):
            sweep.run(progress=False)
            sweep.to_imagefolder(out)
        theirs = '{"file_name": "theirs.png", "tags": ["a", 1], "score": NaN, "prompt": 3}'
        with (out / "metadata.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{theirs}\nno line of ours\n\n")
        before = {path: path.stat().st_mtime_ns for path in out.glob("*.png")}
        studio.to_imagefolder(out)
        text = (out / "metadata.jsonl").read_text(encoding="utf-8")

        assert "no line of ours\n" in text
        (out / "metadata.jsonl").write_text(text.replace("no line of ours\n", ""), encoding="utf-8")
        lines = {line["file_name"]: line for line in lines_of(out)}
        assert len(lines) == 4
        assert lines.pop("theirs.png") == {
            "file_name": "theirs.png",
            "tags": ["a", 1],
            "score": None,
            "prompt": "3",
        }
        assert {path.name for path in before} == set(lines)
        assert sorted(line["prompt"] for line in lines.values()) == ["a 7", "a fox", "a owl"]
        (owl,) = (line for line in lines.values() if line["prompt"] == "a owl")
        assert (owl["animal"], owl["beast"]) == ("owl", "owl")

    def test_a_missing_file_is_left_out_and_counted(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        out = tmp_path / "out"
        for seed in range(4):
            studio.generate("a fox", seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            studio.to_imagefolder(out)
        studio.pictures[0].path.unlink()
        with pytest.warns(
            UserWarning, match="^1 picture was left out: its file is not in the studio's folder"
        ):
            studio.to_imagefolder(out)
        assert len(lines_of(out)) == len(list(out.glob("*.png"))) == 4
        studio.pictures[1].path.unlink()
        studio.pictures[1].path.mkdir()
        with pytest.warns(UserWarning, match="^2 pictures were left out") as told:
            studio.to_imagefolder(tmp_path / "new")
        assert str(tmp_path) not in str(told[0].message)
        assert told[0].filename == __file__
        assert len(lines_of(tmp_path / "new")) == 2

    def test_no_picture_takes_the_place_of_another(self, tmp_path: Path) -> None:
        record = saved_record(file="images/fox.png")
        out = tmp_path / "out"
        out.mkdir()
        (out / "fox-3.png").write_bytes(b"somebody else's")
        rows: list[Row] = []
        for number, changes in enumerate(
            ({}, {"id": "0000000000"}, {"task_id": "another"}, {"sha256": "1" * 64})
        ):
            folder = tmp_path / str(number)
            (folder / "images").mkdir(parents=True)
            (folder / "images" / "fox.png").write_bytes(b"picture %d" % number)
            rows.append(row_of(replace(record, **changes), Annotation(), folder))
        for row in (*rows, *rows):
            write_imagefolder([row], out)
        names = ["fox.png", "fox-2.png", "fox-4.png", "fox-5.png"]

        assert [(out / name).read_bytes() for name in names] == [
            b"picture %d" % number for number in range(4)
        ]
        assert [line["file_name"] for line in lines_of(out)] == names
        assert (out / "fox-3.png").read_bytes() == b"somebody else's"

    def test_a_name_that_leads_elsewhere_is_not_followed(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        picture = studio.generate("a fox", seed=1)
        out = studio.to_imagefolder(tmp_path / "out")
        (line,) = lines_of(out)
        (out / "metadata.jsonl").write_text(json.dumps(line | {"file_name": "../outside.png"}))
        (out / picture.name).unlink()
        studio.to_imagefolder(out)

        assert not (tmp_path / "outside.png").exists()
        assert (out / picture.name).read_bytes() == picture.bytes

    def test_it_is_json_whatever_the_axes_hold(self, tmp_path: Path) -> None:
        values = [1.5, float("inf"), "line\u2028end\x85\n", None]
        table = [{"prompt": f"a {value!r}", "level": value, "day": pandas.NaT} for value in values]
        rows = [
            row_of(
                saved_record(one["prompt"], id=str(number), file=f"images/{number}.png"),
                Annotation(),
                tmp_path,
            )
            | one
            for number, one in enumerate(table)
        ]
        (tmp_path / "images").mkdir()
        for number in range(len(rows)):
            Image.new("RGB", (2, 2)).save(tmp_path / "images" / f"{number}.png")
        out = write_imagefolder(rows, tmp_path / "out")

        assert [line["level"] for line in lines_of(out)] == ["1.5", None, values[2], None]
        assert {line["day"] for line in lines_of(out)} == {None}
        assert str(tmp_path) not in (out / "metadata.jsonl").read_text(encoding="utf-8")


class TestTables:
    def test_files_tell_nothing_of_where_the_folder_is(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        picture = studio.generate("a fox", seed=1)
        sweep = qn.experiment("a fox", image_size=["1:1"], seed=1, studio=studio)
        sweep.run(progress=False)
        for made in (studio, sweep):
            path = made.to_parquet(tmp_path / "out" / "all.parquet")
            assert str(tmp_path).encode() not in path.read_bytes()
            assert all(not Path(name).is_absolute() for name in pandas.read_parquet(path)["path"])
        there = pandas.read_parquet(studio.to_parquet(path))["path"].tolist()[0]
        here = studio.to_frame()["path"].tolist()[0]
        assert studio.store.folder / there == picture.path == Path(here)

    def test_an_error_names_no_folder(self, tmp_path: Path) -> None:
        error = ErrorRecord(
            kind="QwenError", what=f"The journal in {str(tmp_path / 'posters')!r} cannot be written."
        )
        row = row_of(saved_record(state=State.REFUSED, error=error), Annotation(), tmp_path / "posters")
        assert row["error"] == "The journal in 'posters' cannot be written."

    def test_excel_takes_every_frame_and_what_is_made_of_it(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm")})
        with studio_and_service(tmp_path / "posters", faults) as (studio, _):
            picture = studio.generate("a fox \x07", seed=1)
            studio.submit("a storm", seed=1).wait()
            frame = studio.to_frame()
            sweep = qn.experiment(
                "a {animal}", animal=["fox", "owl"], image_url=[None, picture], studio=studio
            )
            frames = [
                frame,
                frame[frame["seed"] == 1],
                frame.set_index("created"),
                frame.groupby("created")[["credits"]].sum(),
                frame.set_index(["created", "prompt"]),
                frame.assign(tags=[["a", 1], {"b": 2}], picture=picture, noon=datetime.now(UTC).timetz()),
                frame.iloc[:0],
                sweep.to_frame(),
                qn.Studio(tmp_path / "empty", offline=True).to_frame(),
            ]
            values = [excel(one, tmp_path) for one in frames]
            made = frame["created"][0]

        assert made.tzinfo is not None
        assert abs(datetime.now(UTC) - made.to_pydatetime()) < timedelta(minutes=1)
        assert made.to_pydatetime().replace(tzinfo=None) in [
            value for value in values[0] if isinstance(value, datetime)
        ]
        assert "a fox  " in values[0]
        assert {"['a', 1]", "{'b': 2}", picture.name} <= {
            value for value in values[5] if isinstance(value, str)
        }

    def test_without_openpyxl_it_says_what_to_install(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        studio.generate("a fox", seed=1)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("openpyxl", *(name for name in sys.modules if name.startswith("openpyxl."))):
                patch.setitem(sys.modules, name, None)
            with pytest.raises(qn.QwenError, match="pip install openpyxl"):
                studio.to_frame().to_excel(tmp_path / "all.xlsx", engine="openpyxl")

    def test_it_is_a_frame_like_any_other(self, bench: Bench) -> None:
        studio, _ = bench
        studio.generate("a fox", seed=1)
        frame = studio.to_frame()

        assert type(frame[["seed"]]) is type(copy.copy(frame)) is Frame
        assert type(pickle.loads(pickle.dumps(frame))) is pandas.DataFrame
        assert pickle.loads(pickle.dumps(frame)).equals(pandas.DataFrame(frame))

    def test_a_parquet_file_is_there_whole_or_not_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "all.parquet"
        write_parquet([{"a": 1, "path": None}], path)
        before = path.read_bytes()
        with pytest.raises(OverflowError):
            write_parquet([{"a": 1 << 80, "path": None}], path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]
