"""Values as people give them become plain ones at the gate, texts in one form; what is none is refused in words."""

import copy
import datetime
import enum
import json
import pickle
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import pyarrow
import pytest

import qwen_notebook as qn
from qwen_notebook.reapi.values import normal_prompt, plain
from qwen_notebook.simulator import Simulator
from qwen_notebook.studio.paths import checked_path
from qwen_notebook.widget.panel import QwenWidget
from tests.support.studios import studio_and_service

Bench = tuple[qn.Studio, Simulator]
HALF = "half \ud83d"


class Loud(str):
    """A text with habits of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "LOUD"

    def strip(self, *_: Any) -> str:  # type: ignore[override]
        return ""


class Shape(enum.Enum):
    WIDE = "16:9"
    SEEDS = 7
    YES = True
    AGAIN = WIDE


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with studio_and_service(tmp_path_factory.mktemp("values") / "posters") as both:
        yield both


class TestPlainValues:
    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            (np.int64(7), 7),
            (np.uint8(7), 7),
            (np.array(7), 7),
            (np.bool_(True), True),
            (np.float64(2.0), 2.0),
            (np.float32(0.1), 0.1),
            (np.str_("fox"), "fox"),
            (Loud("fox"), "fox"),
            (Shape.WIDE, "16:9"),
            (Shape.YES, True),
            (enum.IntEnum("Number", {"ONE": 1}).ONE, 1),
            (enum.StrEnum("Word", {"FOX": "fox"}).FOX, "fox"),
            (np.datetime64("2026-11-26"), datetime.date(2026, 11, 26)),
            (np.datetime64("2026-11-26T01:00", "ns"), datetime.datetime(2026, 11, 26, 1)),  # noqa: DTZ001
            (np.timedelta64(2, "ns"), datetime.timedelta(0)),
            (np.datetime64("NaT"), None),
            (pyarrow.scalar("fox"), "fox"),
            (pyarrow.scalar(None), None),
        ],
        ids=repr,
    )
    def test_what_stands_for_a_plain_value_is_that_value(self, given: object, meant: object) -> None:
        assert plain(given) == meant
        assert type(plain(given)) is type(meant)

    @pytest.mark.parametrize(
        "given", [Fraction(1, 2), b"fox", [1], {"a"}, Path("a"), np.array([1, 2])], ids=repr
    )
    def test_what_stands_for_none_stays_as_it_is(self, given: object) -> None:
        assert plain(given) is given


class TestTheRequest:
    def test_it_holds_plain_values_whatever_was_given(self) -> None:
        request = qn.GenerationRequest(
            prompt=Loud("a fox"),
            image_url=Loud("https://example.com/a.png"),
            image_size=Shape.WIDE,  # type: ignore[arg-type]
            output_format=np.str_("jpeg"),  # type: ignore[arg-type]
            seed=Shape.SEEDS,  # type: ignore[arg-type]
            nsfw_checker=np.bool_(True),  # type: ignore[arg-type]
        )
        same = qn.GenerationRequest(
            prompt="a fox",
            image_url="https://example.com/a.png",
            output_format="jpeg",
            seed=7,
            nsfw_checker=True,
        )

        assert {type(value) for value in request.to_fields().values()} == {str, int, bool}
        assert (request, request.key) == (same, same.key)
        assert json.loads(json.dumps(request.body())) == same.body()
        assert pickle.dumps(request) == pickle.dumps(same)

    @pytest.mark.parametrize(
        ("written", "held"),
        [
            ("a fox\n", "a fox"),
            ("a fox\r\n\r\n", "a fox"),
            ("a fox\n    ", "a fox"),
            ("a\r\nfox\rat night", "a\nfox\nat night"),
            ("a cafe\u0301", "a caf\u00e9"),
            ("  a fox ", "  a fox "),
            ("a fox \n", "a fox "),
            ("\na fox", "\na fox"),
        ],
    )
    def test_a_prompt_is_held_in_one_form(self, written: str, held: str) -> None:
        one, other = qn.GenerationRequest(prompt=written), qn.GenerationRequest(prompt=held)

        assert one.prompt == held == normal_prompt(held)
        assert (one, one.key, hash(one)) == (other, other.key, hash(other))

    def test_a_pickle_of_an_earlier_version_comes_back_in_that_form(self) -> None:
        old = qn.GenerationRequest(prompt="a fox", seed=7)
        vars(old).update(prompt="a fox\n", key="0" * 32)

        for back in (pickle.loads(pickle.dumps(old)), copy.deepcopy(old)):
            assert back == qn.GenerationRequest(prompt="a fox", seed=7)
            assert back.key == qn.GenerationRequest(prompt="a fox", seed=7).key

    def test_a_decomposed_prompt_is_counted_as_it_is_sent(self) -> None:
        assert qn.GenerationRequest(prompt="e\u0301" * 800).prompt == "\u00e9" * 800
        with pytest.raises(qn.InvalidRequest, match="1 character too long: 801 of 800"):
            qn.GenerationRequest(prompt="e\u0301" * 801)


class TestWholeNumbersAndYesOrNo:
    def test_those_of_numpy_go_wherever_python_s_go(self, tmp_path: Path) -> None:
        one = np.int64(1)
        settings: dict[str, Any] = {
            "budget": np.int64(500),
            "price": np.int32(31),
            "max_in_flight": one,
            "rate": np.float32(1000),
        }
        with studio_and_service(tmp_path, **settings) as (studio, simulator):
            fields: Any = {"seed": one, "nsfw_checker": np.bool_(False), "again": np.bool_(False)}
            picture = studio.generate("a fox", **fields).star(np.bool_(True))  # type: ignore[arg-type]
            sweep = qn.experiment("a {x}", x=np.array([1, 2]), seed=np.arange(2), repeats=one, studio=studio)  # type: ignore[arg-type]
            sweep.run(budget=np.int64(200), max_in_flight=one, progress=np.bool_(False))  # type: ignore[arg-type]

            assert studio.find(starred=np.bool_(True))[0].id == picture.id  # type: ignore[arg-type]
            assert len(sweep.select(x=one, seed=np.arange(2))) == 2
            assert len(simulator.books.tasks) == 5
        for line in (tmp_path / "ledger").glob("*.jsonl"):
            assert '"credits":31' in line.read_text(encoding="utf-8")

    def test_the_panel_holds_them_plain(self, bench: Bench) -> None:
        panel = QwenWidget(bench[0], seed=np.int64(7), prompt=Loud("a fox"), nsfw_checker=np.bool_(True))
        panel.count = np.int8(2)
        panel.image_size = Shape.WIDE

        held = [getattr(panel, name) for name in ("seed", "prompt", "nsfw_checker", "count", "image_size")]
        assert held == [7, "a fox", True, 2, "16:9"]
        assert [type(value) for value in held] == [int, str, bool, int, str]
        panel.close()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda studio: studio.submit("a fox", again="no"),
            lambda studio: studio.submit("a fox", again=1),
            lambda studio: studio.submit("a fox", nsfw_checker=np.int64(1)),
            lambda studio: studio.submit("a fox", seed=np.bool_(True)),
            lambda studio: studio.find(starred="yes"),
            lambda studio: qn.experiment("a fox", repeats=np.bool_(True), studio=studio),
            lambda studio: qn.experiment("a fox", repeats=2.0, studio=studio),
            lambda studio: qn.experiment("a fox", studio=studio).run(max_in_flight="8"),
            lambda studio: qn.experiment("a fox", studio=studio).run(budget=np.float64(31)),
            lambda studio: qn.experiment("a fox", studio=studio).run(retry_failed="no"),
            lambda _: qn.Studio("never", max_in_flight=True),
            lambda _: qn.Studio("never", max_in_flight=0),
            lambda _: qn.Studio("never", rate="fast"),
            lambda _: qn.Studio("never", offline="no"),
        ],
    )
    def test_what_is_neither_is_refused_before_anything_is_sent(
        self,
        bench: Bench,
        ask: Callable[[qn.Studio], object],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(qn.InvalidRequest) as caught:
            ask(bench[0])

        assert "Give" in caught.value.todo
        assert bench[1].books.posts == []
        assert list(tmp_path.iterdir()) == []


class TestTexts:
    def test_they_are_found_in_whatever_form_they_are_looked_for(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path) as (studio, _):
            picture = studio.generate("a cafe\u0301 sign", seed=1).annotate("STRASSE, Ame\u0301lie")

            for text in ("cafe\u0301", "caf\u00e9", "CAF\u00c9", "stra\u00dfe", "am\u00c9lie", Loud("sign")):
                assert [found.id for found in studio.find(text)] == [picture.id], text

    @pytest.mark.parametrize(
        "write",
        [
            lambda studio, _: studio.submit(HALF),
            lambda studio, _: studio.find(HALF),
            lambda studio, _: qn.experiment("a {x}", x=["fox", HALF], studio=studio),
            lambda studio, _: qn.experiment("a {x}", [{"x": HALF}], studio=studio),
            lambda studio, _: qn.experiment(f"{HALF} {{x}}", x=["fox"], studio=studio),
            lambda studio, _: qn.experiment("a {x}", **{HALF: ["fox"], "x": ["y"]}, studio=studio),
            lambda _, picture: picture.annotate(HALF),
            lambda _, picture: picture.save(f"{HALF}.png"),
            lambda studio, _: studio.to_imagefolder(HALF),
            lambda studio, _: qn.Studio(HALF, offline=True),
        ],
    )
    def test_half_a_character_is_refused_where_it_is_written(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        write: Callable[[qn.Studio, qn.Picture], object],
    ) -> None:
        with studio_and_service(tmp_path / "posters") as (studio, _):
            picture = studio.generate("a fox", seed=1)
            monkeypatch.chdir(tmp_path)
            with pytest.raises(qn.InvalidRequest):
                write(studio, picture)
        assert [path.name for path in tmp_path.iterdir()] == ["posters"]

    @pytest.mark.parametrize("note", [None, float("nan"), 7, b"note"])
    def test_a_note_that_is_no_text_is_refused(self, tmp_path: Path, note: Any) -> None:
        with studio_and_service(tmp_path) as (studio, _):
            picture = studio.generate("a fox", seed=1).annotate("the one")
            with pytest.raises(qn.InvalidRequest, match="not text"):
                picture.annotate(note)

            assert picture.note == "the one"


class Bucket:
    """A path of a library for buckets: it would fetch the file when it is asked for one."""

    def __str__(self) -> str:
        return "gs://bucket/posters"

    __repr__ = __str__

    def __fspath__(self) -> str:
        raise AssertionError("It was asked for a path.")


class TestPaths:
    @pytest.mark.parametrize(
        "given",
        [
            "s3://bucket",
            "S3://bucket/posters",
            Path("s3://bucket/posters"),
            PureWindowsPath("s3://bucket/posters"),
            "gs:/bucket",
            "hf+x://a",
            "https://example.com/a?signature=secret",
            "file:///home/me/posters",
            Bucket(),
            "",
            " ",
            None,
            7,
            b"posters",
            "a\0b",
            "~no-such-user-here/posters",
        ],
        ids=repr,
    )
    def test_what_is_no_path_here_is_refused_and_makes_no_folder(
        self, bench: Bench, given: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        studio, _ = bench
        sweep = qn.experiment("a fox", studio=studio)
        monkeypatch.chdir(tmp_path)
        for write in (
            lambda: qn.Studio(given, offline=True),
            lambda: studio.to_parquet(given),
            lambda: studio.to_imagefolder(given),
            lambda: sweep.to_html(given),
            lambda: sweep.to_parquet(given),
            lambda: sweep.to_imagefolder(given),
        ):
            with pytest.raises(qn.InvalidRequest) as caught:
                write()
            assert "secret" not in str(caught.value)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "given",
        [
            "posters",
            "C:\\posters",
            "c:/posters",
            "./s3:/posters",
            "16:9",
            "a:b",
            "/tmp/s3:/x",
            PurePosixPath("a/b"),
        ],
        ids=repr,
    )
    def test_a_path_is_taken_as_it_is(self, given: Any) -> None:
        assert str(checked_path(given)) == str(Path(given))

    def test_the_tilde_is_the_home_folder(self) -> None:
        assert checked_path("~/posters") == Path.home() / "posters"


def test_a_float_in_rows_that_a_person_wrote_stays_one_beside_a_hole(tmp_path: Path) -> None:
    studio = qn.Studio(tmp_path, offline=True)
    rows = [{"prompt": "VERSION {v}", "v": 2.0}, {"prompt": "a fox", "v": float("nan")}]
    assert qn.experiment(table=rows, studio=studio)[0].request.prompt == "VERSION 2.0"
    studio.close()
