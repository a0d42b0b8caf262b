"""The notebook extension, in a real IPython shell against a simulator on a port."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import qwen_notebook as qn
from qwen_notebook.simulator import FaultPlan, Rule, Simulator, running
from qwen_notebook.studio.job import Job
from tests.support.studios import instant_simulator, studio_and_service, studio_at


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    made = InteractiveShell.instance()  # the one that display() writes to
    made.run_line_magic("load_ext", "qwen_notebook")
    yield made
    InteractiveShell.clear_instance()


@pytest.fixture
def bench(tmp_path: Path, shell: InteractiveShell) -> Iterator[tuple[qn.Studio, Simulator]]:
    faults = FaultPlan(1, {"task-fails": Rule(prompt="storm")})
    with studio_and_service(tmp_path / "posters", faults, rate=1000.0) as (studio, simulator):
        shell.user_ns["posters"] = studio
        yield studio, simulator


def run(shell: InteractiveShell, line: str, cell: str | None = None) -> Any:
    """Run the magic as a cell does, and hand out what it showed."""
    with capture_output() as shown:
        if cell is None:
            shell.run_line_magic("qwen", f"{line} --studio posters")
        else:
            shell.run_cell_magic("qwen", f"{line} --studio posters", cell)
    return shown


def refusal(shell: InteractiveShell, line: str, cell: str = "a fox") -> str:
    with pytest.raises(UsageError) as caught:
        run(shell, line, cell)
    return str(caught.value)


@pytest.mark.usefixtures("bench")
class TestTheCell:
    def test_it_makes_shows_and_keeps_the_picture(self, shell: InteractiveShell) -> None:
        shown = run(shell, "--size 1:1 --seed 7 -o poster", "a poster that reads VISIT MARS\n")
        picture = shell.user_ns["poster"]

        assert picture.request == qn.GenerationRequest(
            prompt="a poster that reads VISIT MARS", image_size="1:1", seed=7
        )
        assert [set(output.data) for output in shown.outputs] == [{"image/jpeg", "text/plain"}]

    def test_names_are_the_notebook_s_and_braces_can_be_written(self, shell: InteractiveShell) -> None:
        shell.user_ns["animal"] = "fox"
        run(shell, "--seed 1 -o made", "a {animal} in {{braces}}")

        assert shell.user_ns["made"].request.prompt == "a fox in {braces}"

    def test_several_seeds_and_alternatives_make_several_pictures(
        self, shell: InteractiveShell, bench: tuple[qn.Studio, Simulator]
    ) -> None:
        shown = run(shell, "--seed 1-3 9 2 -o made", "a {red|blue} fox")

        assert [p.request.seed for p in shell.user_ns["made"]] == [1, 2, 3, 9] * 2
        assert len(shown.outputs) == len(bench[1].books.tasks) == 8

    def test_running_it_again_pays_nothing(
        self, shell: InteractiveShell, bench: tuple[qn.Studio, Simulator]
    ) -> None:
        for _ in range(2):
            run(shell, "--seed 1", "a fox")
        assert len(bench[1].books.tasks) == 1

        run(shell, "--seed 1 --again", "a fox")
        assert len(bench[1].books.tasks) == 2

    def test_it_says_beforehand_what_it_will_buy_and_of_each_what_became_of_it(
        self, shell: InteractiveShell
    ) -> None:
        run(shell, "--seed 1-2", "a fox")
        shown = run(shell, "--seed 1-6", "a fox").stdout.splitlines()

        assert shown[0] == "6 pictures: 2 are there already, 4 to make · 124 credits (4 × 31)"
        assert [line.split(" · ")[0] for line in shown[1:]] == [f"{n} of 6" for n in range(1, 7)]
        assert all("already made" in line and "--again makes another" in line for line in shown[1:3])
        assert all("saved" in line and "31 credits" in line for line in shown[3:])

        again = run(shell, "--seed 1-6", "a fox").stdout.splitlines()
        assert again[0] == "6 pictures: 6 are there already, nothing to make · nothing is charged"

    def test_previews_are_free_and_one_picture_has_no_number(
        self, shell: InteractiveShell, tmp_path: Path
    ) -> None:
        shell.user_ns["posters"] = qn.Studio(tmp_path, offline=True)
        first, line = run(shell, "--seed 1 --format jpeg", "a fox").stdout.splitlines()

        assert first == "1 picture: 1 to make · free previews"
        assert line.startswith("offline preview · saved")
        shell.user_ns["posters"].close()

    def test_what_is_on_its_way_is_joined_for_nothing(self, shell: InteractiveShell, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=0.5)
        with running(simulator) as url, studio_at(url, tmp_path) as studio:
            shell.user_ns["posters"] = studio
            studio.submit("a fox", seed=1)
            first, line = run(shell, "--seed 1", "a fox").stdout.splitlines()

        assert first == "1 picture: 1 is on its way already, nothing to make · nothing is charged"
        assert line.startswith("joined, as it was on its way · saved")
        assert "nothing more is charged" in line

    def test_equal_requests_of_one_cell_are_one_picture(
        self, shell: InteractiveShell, bench: tuple[qn.Studio, Simulator]
    ) -> None:
        run(shell, "--seed 1 --again -o made", "a {red|red} fox")
        assert len(bench[1].books.tasks) == 1

        run(shell, "", "a {red|red} fox")
        assert len(bench[1].books.tasks) == 3, "without a seed each is its own"

    def test_a_large_purchase_is_confirmed(
        self, shell: InteractiveShell, bench: tuple[qn.Studio, Simulator]
    ) -> None:
        with pytest.raises(qn.ConfirmPurchase, match=r"22 images for 682 credits \(22 × 31\).*%%qwen --yes"):
            run(shell, "--seed 1-22", "a fox")
        assert bench[1].books.tasks == {}

        run(shell, "--seed 1-20", "a fox")
        run(shell, "--seed 1-22", "a fox")
        assert len(bench[1].books.tasks) == 22, "what is there is not bought"
        run(shell, "--seed 1-21 --again --yes", "a fox")
        assert len(bench[1].books.tasks) == 43

    def test_an_edit_takes_a_variable_or_an_address(self, shell: InteractiveShell) -> None:
        run(shell, "--seed 1 -o day", "a fox")
        run(shell, "--seed 1 --edit day --size 21:9 -o night", "make it night")

        assert shell.user_ns["night"].request.image_url == shell.user_ns["day"].url

    def test_what_fails_is_raised_after_the_others_are_shown(self, shell: InteractiveShell) -> None:
        with capture_output() as shown, pytest.raises(qn.ContentRejected):
            shell.run_cell_magic("qwen", "--seed 1 -o made --studio posters", "a {storm|calm}")

        assert [p.request.prompt for p in shell.user_ns["made"]] == ["a calm"]
        assert len(shown.outputs) == 1

    @pytest.mark.parametrize(
        ("line", "cell", "said"),
        [
            ("--size 5:4", "a fox", "16:9"),
            ("--size 21:9", "a fox", "edits only"),
            ("--seed x", "a fox", "is not a valid seed"),
            ("--seed 1-1000", "a fox", "range of 1 to 64"),
            ("-o not-a-name", "a fox", "cannot be the name"),
            ("--edit nothing", "a fox", "neither a variable"),
            ("", " \n", "prompt is empty"),
            ("", "a {fxo}", "Did you mean {fox}"),
            ("", "a {", "{{"),
            ("", "x" * 801, "801 of 800"),
            ("budget", "a fox", "%qwen budget"),
            ("--studio nowhere", "a fox", "no studio"),
        ],
    )
    def test_what_makes_no_sense_is_one_sentence_without_a_traceback(
        self, shell: InteractiveShell, bench: tuple[qn.Studio, Simulator], line: str, cell: str, said: str
    ) -> None:
        shell.user_ns["fox"] = "fox"
        if "--studio" in line:
            with pytest.raises(Exception, match=said):
                shell.run_cell_magic("qwen", line, cell)
        else:
            assert said in refusal(shell, line, cell)
        assert bench[1].books.tasks == {}


class TestInterrupting:
    def test_what_is_not_sent_is_cancelled_and_what_is_paid_arrives(
        self, tmp_path: Path, shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        simulator = instant_simulator(latency_median=0.3)
        with running(simulator) as url, studio_at(url, tmp_path, max_in_flight=1, rate=1000.0) as studio:
            shell.user_ns["posters"] = studio

            def press_stop(self: Any, job: Job) -> None:
                if job.status.at_service:
                    raise KeyboardInterrupt

            monkeypatch.setattr("qwen_notebook.studio.status_line.StatusLine.show", press_stop)
            with capture_output() as shown, pytest.raises(KeyboardInterrupt):
                shell.run_cell_magic("qwen", "--seed 1-3 --studio posters", "a fox")
            first, *rest = studio.jobs

            assert "2 more were not sent" in shown.stdout
            assert [job.status for job in rest] == ["cancelled", "cancelled"]
            assert first.result(30).path.exists()
            assert len(simulator.books.tasks) == 1


@pytest.mark.usefixtures("bench")
class TestTheLine:
    def test_budget_balance_and_jobs_are_told(self, shell: InteractiveShell) -> None:
        assert "no jobs yet" in run(shell, "jobs").stdout
        run(shell, "--seed 7", "a fox")

        assert run(shell, "budget").stdout == "31 credits spent\n"
        assert re.fullmatch(r"12,469 credits at \d\d:\d\d · 402 images\n", run(shell, "balance").stdout)
        (row,) = run(shell, "jobs").stdout.splitlines()
        assert all(part in row for part in ("saved", "31 credits", "seed 7", "a fox"))
        assert "posters" in run(shell, "").stdout

    def test_resume_tells_what_waits_for_a_word(self, tmp_path: Path, shell: InteractiveShell) -> None:
        faults = FaultPlan(1, {"submit-500-after": Rule()})
        with studio_and_service(tmp_path / "others", faults) as (studio, _):
            shell.user_ns["posters"] = studio
            studio.submit("a fox", seed=1).wait()

            assert "waits for your word" in run(shell, "resume").stdout


class TestHelpAndCompletion:
    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("%%qwen --si", "--size"),
            ("%%qwen --size 1", "16:9"),
            ("%%qwen --size 16:", "9"),
            ("%%qwen --format ", "jpeg"),
            ("%qwen ba", "balance"),
        ],
    )
    def test_arguments_are_completed(self, shell: InteractiveShell, line: str, offered: str) -> None:
        _, matches = shell.complete("", line, len(line))

        assert offered in matches

    def test_help_tells_every_argument_with_an_example(self, shell: InteractiveShell) -> None:
        text = shell.object_inspect_text("%%qwen")

        assert all(
            option in text for option in ("--size", "--seed", "--edit", "-o", "{name}", "%%qwen --size 16:9")
        )

    @pytest.mark.parametrize("line", ["-h", "--help", "--seed 1 -h", "-h --size 5:4"])
    def test_help_is_asked_for_by_its_flag_too(self, shell: InteractiveShell, line: str) -> None:
        with capture_output() as shown:
            shell.run_line_magic("qwen", line)
            shell.run_cell_magic("qwen", line, "a fox")
            shell.run_cell(f"%%qwen {line}")

        assert shown.stdout.count("%%qwen --size 16:9") == 3

    def test_loading_it_again_changes_nothing(self, shell: InteractiveShell) -> None:
        before = len(shell.input_transformers_cleanup)
        shell.run_line_magic("reload_ext", "qwen_notebook")

        assert len(shell.input_transformers_cleanup) == before

    def test_the_extension_is_loaded_from_the_package_which_stays_cheap(self) -> None:
        code = "import sys, qwen_notebook as qn; qn.load_ipython_extension; print('IPython' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"
