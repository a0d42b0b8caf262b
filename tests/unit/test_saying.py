"""What is said while pictures are made: it never fails, is never glued to something else, and stands once."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.magics import register
from qwen_notebook.simulator import TEST_KEY, FaultPlan, Rule, running
from qwen_notebook.studio.output import shown_path
from qwen_notebook.studio.progress_line import progress_line, say
from tests.support.environment import clean_environment
from tests.support.studios import QUICK, instant_simulator, studio_and_service
from tests.support.terminal import in_terminal, screen_of

LINE = "saved · 31 credits · seed 1"


class Logger:
    """A host that logs what is printed, and has nothing else of a stream."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


class Raising(io.StringIO):
    """A stream of which nothing works."""

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise RuntimeError

    def isatty(self) -> bool:
        raise RuntimeError

    def write(self, text: str) -> int:
        raise RuntimeError

    def flush(self) -> None:
        raise RuntimeError


class Terminal(io.TextIOWrapper):
    """What says that it is a terminal, and can write little."""

    def isatty(self) -> bool:
        return True


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


def broken_pipe() -> Any:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


STREAMS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "no stream at all": object,
    "only write": Logger,
    "ascii terminal": lambda: Terminal(io.BytesIO(), encoding="ascii"),
    "closed": closed,
    "closed terminal": lambda: (s := Screen()).close() or s,
    "all raises": Raising,
    "broken pipe": broken_pipe,
    "unknown encoding": type("Odd", (io.StringIO,), {"encoding": "no such"}),
}


@pytest.fixture
def stdout_of() -> Iterator[Callable[[Any], None]]:
    """Puts a stream in the place of ``sys.stdout``."""
    before = sys.stdout

    def put(stream: Any) -> None:
        sys.stdout = stream

    yield put
    sys.stdout = before


class TestAnyOutput:
    @pytest.mark.parametrize("kind", STREAMS)
    def test_a_picture_is_made_and_handed_out_whatever_the_output_is(
        self, tmp_path: Path, kind: str, stdout_of: Callable[[Any], None]
    ) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        shell = InteractiveShell.instance()
        register(shell)
        try:
            with studio_and_service(tmp_path, rate=1000.0) as (studio, simulator):
                shell.user_ns["studio"] = studio
                stream = STREAMS[kind]()
                stdout_of(stream)
                made = [studio.generate("a fox", seed=1) for _ in range(2)]
                told = qn.experiment("a hen", seed=[1, 2], studio=studio).run()
                shell.run_line_magic("qwen", "jobs --studio studio")
                shell.run_line_magic("qwen", "-h")
                stdout_of(sys.__stdout__)

                assert {picture.request.prompt for picture in made} == {"a fox"}
                assert told.saved == 2
                assert len(simulator.books.tasks) == 3
        finally:
            InteractiveShell.clear_instance()

    def test_an_encoding_without_our_characters_gets_others(self, stdout_of: Callable[[Any], None]) -> None:
        content = io.BytesIO()
        stdout_of(io.TextIOWrapper(content, encoding="ascii"))
        say("saved · 2 × 31 … 火")
        sys.stdout.flush()

        assert content.getvalue() == b"saved - 2 x 31 ... ?\n"

    def test_a_program_whose_reader_has_gone_still_ends_well(self, tmp_path: Path) -> None:
        code = (
            "import sys, qwen_notebook as qn\nsys.stdin.readline()\n"
            "picture = qn.Studio('x', offline=True).generate('a fox', seed=1, output_format='jpeg')\n"
            "print(picture.request.seed)"
        )
        given = clean_environment()
        given.pop("PYTHONUNBUFFERED", None)  # what is buffered is written once more at the end
        with subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=given,
        ) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stderr is not None
            program.stderr.close()
            program.stdin.write("go\n")
            program.stdin.flush()
            assert program.stdout.read() == "1\n"
            assert program.wait(60) == 0

    def test_a_tqdm_that_fails_is_replaced_by_a_line(self, tmp_path: Path) -> None:
        def fails(**_: Any) -> Any:
            raise OSError

        with studio_and_service(tmp_path, rate=1000.0) as (studio, _), redirect_stdout(io.StringIO()) as out:
            qn.experiment("a fox", seed=[1, 2], studio=studio).run(progress=fails)

        assert out.getvalue() == "2 of 2 · 62 credits\n"


class TestWhereNothingIsRewritten:
    def test_the_last_state_is_written_once(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, rate=1000.0) as (studio, _), redirect_stdout(io.StringIO()) as out:
            studio.generate("a fox", seed=1)
            qn.experiment("a fox", seed=[2, 3], studio=studio).run()

        one, run = out.getvalue().splitlines()
        assert one.startswith("saved · ")
        assert one.endswith("31 credits · seed 1")
        assert run == "2 of 2 · 62 credits"


class TestTheTerminal:
    def test_a_line_is_rewritten_and_narrower_than_the_screen(self, tmp_path: Path) -> None:
        code = (
            "import qwen_notebook as qn\n"
            "from qwen_notebook.studio.progress_line import progress_line, say\n"
            "line = progress_line()\n"
            "for text in ('sending', 'generating · 3 s, usually 12 s · a long note 火火火火火火', 'fetching'):\n"
            "    line.show(text)\n"
            "line.close('saved · 12.3 s · 31 credits · seed 3 · ' + 'x' * 50)\n"
            "say('next')"
        )
        written = in_terminal(code, tmp_path, columns=30)
        pieces = written.replace("\n", "\r").split("\r")

        assert "generating · 3 s, usually 12…" in written
        assert all(len(piece) < 30 for piece in pieces)
        assert screen_of(written) == ["saved · 12.3 s · 31 credits", "seed 3", "x" * 29, "x" * 21, "next"]

    def test_a_sentence_stands_on_a_line_of_its_own(self) -> None:
        with redirect_stdout(Screen()) as screen:
            line = progress_line()
            line.show("generating · 3 s")
            say("Stopped waiting.")
            line.abandon("generating · no longer waited for")
            say("next")

        assert screen_of(screen.getvalue()) == ["generating · 3 s", "Stopped waiting.", "next"]

    def test_of_two_lines_at_once_each_tells_its_end_and_none_is_glued(self) -> None:
        with redirect_stdout(Screen()) as screen:
            one, two = progress_line(), progress_line()
            one.show("one goes")
            two.show("two goes")
            two.close("two saved")
            one.show("one goes on")
            one.close("one saved")

        assert screen_of(screen.getvalue()) == ["one goes", "two saved", "one saved"]

    def test_a_forked_child_tells_its_own(self, tmp_path: Path) -> None:
        code = (
            "import os\nfrom qwen_notebook.studio.progress_line import progress_line\n"
            "line = progress_line(); line.show('the parent goes')\n"
            "if os.fork() == 0:\n"
            "    mine = progress_line(); mine.show('a'); mine.show('b'); mine.close('the child saved'); os._exit(0)\n"
            "os.wait(); line.close('the parent saved')"
        )
        written = in_terminal(code, tmp_path, columns=80)

        assert "\rb" in written
        assert screen_of(written)[-1] == "the parent saved"

    def test_an_interrupt_leaves_no_glued_line(self, tmp_path: Path) -> None:
        code = (
            "import _thread, qwen_notebook as qn\n"
            "studio = qn.Studio('posters', patience=qn.Patience(usual=0.1))\n"
            "once = [_thread.interrupt_main]\n"  # a second one might strike while the program ends
            "studio.subscribe(lambda job: job.task_id and once and once.pop()())\n"
            "try: studio.generate('a fox', seed=1)\n"
            "except KeyboardInterrupt: print('the program goes on')\n"
        )
        simulator = instant_simulator(latency_median=3600.0)
        with running(simulator) as url:
            key = {"REAPI_API_KEY": TEST_KEY, "REAPI_BASE_URL": url}
            screen = screen_of(in_terminal(code, tmp_path, columns=300, **key))

        assert next(line for line in screen if "Stopped" in line).startswith(
            "Stopped waiting. It is paid for"
        )
        assert screen[-1] == "the program goes on"


class TestWhatIsSaid:
    def test_what_was_bought_says_its_price_and_what_was_found_that_it_was_there(
        self, tmp_path: Path
    ) -> None:
        with studio_and_service(tmp_path, rate=1000.0) as (studio, _), redirect_stdout(io.StringIO()) as out:
            studio.generate("a fox", seed=1)
            studio.generate("a fox", seed=1)

        bought, found = out.getvalue().splitlines()
        assert bought.startswith("saved")
        assert "31 credits" in bought
        assert found.startswith("already made on")
        assert found.endswith("nothing is charged · again=True makes another")

    def test_what_was_on_its_way_is_joined_and_costs_nothing_more(self, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=0.4)
        with running(simulator) as url:
            studio = qn.Studio(tmp_path, api_key=TEST_KEY, base_url=url, patience=QUICK)
            studio.submit("a fox", seed=1)
            with redirect_stdout(io.StringIO()) as out:
                studio.generate("a fox", seed=1)
            studio.close()

        assert out.getvalue().startswith("joined, as it was on its way · saved · ")
        assert out.getvalue().endswith("nothing more is charged · seed 1\n")
        assert len(simulator.books.tasks) == 1

    def test_what_failed_says_what_became_of_the_money(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm"), "submit-500-after": Rule(prompt="lost")})
        with studio_and_service(tmp_path, faults, rate=1000.0) as (studio, _):
            for prompt, said in [
                ("a storm", "failed · refunded\n"),
                ("lost", "uncertain · may have been charged\n"),
            ]:
                with redirect_stdout(io.StringIO()) as out, pytest.raises(qn.QwenError):
                    studio.generate(prompt, seed=1)
                assert out.getvalue() == said

            with redirect_stdout(io.StringIO()) as out, pytest.raises(qn.UncertainSubmission):
                studio.generate("lost", seed=1)
            assert out.getvalue() == "asked for before · uncertain · may have been charged\n"

    def test_a_new_default_folder_is_told_once_with_its_whole_path(self, tmp_path: Path) -> None:
        code = (
            "import qwen_notebook as qn\n"
            "qn.default_studio(); qn.default_studio()\n"
            "qn.generate('a fox', seed=1, output_format='jpeg')"
        )
        said = [
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                cwd=tmp_path,
                env=clean_environment(),
            ).stderr.splitlines()
            for _ in range(2)
        ]

        assert said[0][0] == f"Pictures are kept in {tmp_path / 'qwen-images'}"
        assert [len(lines) for lines in said] == [2, 1]

    def test_a_path_is_whole_outside_a_notebook(self) -> None:
        assert shown_path(Path.home() / "posters") == str(Path.home() / "posters")


HALF_MADE = sorted(
    name
    for name in vars(qn)["_MODULE_OF"]
    if isinstance(getattr(qn, name), type) and not issubclass(getattr(qn, name), str | BaseException)
)


@pytest.mark.parametrize("name", HALF_MADE)
def test_an_object_whose_making_failed_halfway_can_be_printed(name: str) -> None:
    made = getattr(qn, name)
    half = made.__new__(made)

    assert name in repr(half)
    assert name in str(half)


def test_objects_of_a_run_can_be_printed_half_made() -> None:
    from qwen_notebook.experiments.progress import Progress
    from qwen_notebook.experiments.run import SweepRun

    assert [repr(kind.__new__(kind)) for kind in (Progress, SweepRun)] == [
        "<Progress · incomplete>",
        "<SweepRun · incomplete>",
    ]


def test_outside_a_notebook_no_panel_asks_for_its_cell_to_be_run(tmp_path: Path) -> None:
    with studio_and_service(tmp_path) as (studio, _):
        panel, grid = qn.qwen_widget(studio), qn.experiment("a fox", studio=studio).grid()
        texts = [repr(panel), repr(grid)]
        panel.close()
        grid.close()
        texts += [repr(panel), repr(grid)]

    assert not [text for text in texts if "run this cell" in text]
    assert all("closed" in text for text in texts[2:])
    json.dumps(texts)
