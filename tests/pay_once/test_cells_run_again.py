"""A notebook cell that is run again does not pay again, also without a seed. The cells are played."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.studio.studio import core_of
from tests.support.cells import Cells
from tests.support.gate import Instead
from tests.support.lost_answers import lose_next_answer
from tests.support.programs import Program
from tests.support.stage import WAIT_SECONDS, Stage

POST = "POST", "/images/generations"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as stage:
        yield stage


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> Cells:
    return Cells(monkeypatch)


def loop(cells: Cells, studio: qn.Studio, times: int, cell: str = "a", prompt: str = "a fox") -> list[str]:
    """Run a cell that makes so many pictures, one after the other; their ids."""
    with cells.run(cell):
        return [studio.submit(prompt).result(WAIT_SECONDS).id for _ in range(times)]


def read_anew(stage: Stage) -> Path:
    """Have the next studio open a copy of the folder, of which nothing is in memory yet."""
    stage.folder = Path(shutil.copytree(stage.folder, stage.folder.with_name("copy")))
    return stage.folder


class TestTheSameCell:
    def test_gets_what_it_got_in_order(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        first = loop(cells, studio, 4)

        assert len(set(first)) == 4
        assert loop(cells, studio, 4) == first
        assert stage.tasks == 4

    def test_with_a_longer_loop_gets_the_same_and_buys_the_rest(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        first = loop(cells, studio, 4)
        longer = loop(cells, studio, 6)

        assert longer[:4] == first
        assert len(set(longer)) == stage.tasks == 6
        assert loop(cells, studio, 2) == first[:2]
        assert loop(cells, studio, 6) == longer  # also what the run before did not ask for
        assert stage.tasks == 6

    def test_with_another_prompt_buys_and_with_the_old_one_does_not(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        foxes = loop(cells, studio, 2)
        owls = loop(cells, studio, 2, prompt="an owl")

        assert set(foxes).isdisjoint(owls)
        assert loop(cells, studio, 2) == foxes
        assert stage.tasks == 4

    def test_gets_what_an_interrupted_run_had_bought(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        stage.gate.hold(*POST)
        with cells.run("a"):
            bought = studio.submit("a fox")
            stage.gate.wait_held()
        with cells.run("a"):
            joined = studio.submit("a fox")
            stage.gate.let_go()

        assert joined is bought
        assert bought.result(WAIT_SECONDS).path.exists()
        assert stage.tasks == 1

    def test_keeps_its_order_where_one_picture_was_deleted(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        first = loop(cells, studio, 4)
        studio.job(first[1]).picture.delete()  # type: ignore[union-attr]
        after = loop(cells, studio, 4)

        assert [after[0], *after[2:]] == [first[0], *first[2:]]
        assert after[1] not in first
        assert loop(cells, studio, 4) == after
        assert stage.tasks == 5

    def test_with_again_buys_as_ever_and_has_it_from_then_on(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        loop(cells, studio, 1)
        for _ in range(2):
            with cells.run("a"):
                newest = studio.submit("a fox", again=True).result(WAIT_SECONDS).id

        assert loop(cells, studio, 1) == [newest]
        assert stage.tasks == 3

    def test_gets_the_same_through_a_new_studio_of_the_folder(self, stage: Stage, cells: Cells) -> None:
        first = loop(cells, stage.open(), 2)

        assert loop(cells, stage.open(), 2) == first
        assert stage.tasks == 2

    def test_tells_a_way_to_another_that_is_free_when_it_is_run_again(
        self, stage: Stage, cells: Cells, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        studio = stage.open()
        loop(cells, studio, 1)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        with cells.run("a"):
            studio.generate("a fox")

        said = capsys.readouterr().out
        assert "already made on" in said
        seed = int(said.rpartition("Another: seed=")[2])
        assert not [job for job in studio.jobs if job.record.seed == seed]


class TestOtherCells:
    def test_get_others_each_its_own_in_order(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        first, second = loop(cells, studio, 2, "a"), loop(cells, studio, 2, "b")
        for _ in range(2):
            assert loop(cells, studio, 2, "b") == second
            assert loop(cells, studio, 2, "a") == first
        assert stage.tasks == len({*first, *second}) == 4

    def test_get_their_own_after_a_restart_in_whatever_order(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        first, second = loop(cells, studio, 1, "a"), loop(cells, studio, 2, "b")
        first += loop(cells, studio, 2, "a")[1:]
        studio.close()
        cells.restart(studio)
        studio = stage.open()

        assert loop(cells, studio, 2, "b") == second
        assert loop(cells, studio, 2, "a") == first
        assert stage.tasks == 4

    def test_get_what_no_cell_of_this_kernel_has_oldest_first(self, stage: Stage, cells: Cells) -> None:
        made: list[str] = []
        for _ in range(3):  # each by a writer of its own, so that files tell nothing of the order
            studio = stage.open()
            made.append(studio.submit("a fox").result(WAIT_SECONDS).id)
            studio.close()
        studio = stage.open()

        assert loop(cells, studio, 1, "a") == made[:1]
        assert loop(cells, studio, 3, "b")[:2] == made[1:]
        assert stage.tasks == 4

    def test_get_nothing_that_was_asked_for_with_a_seed(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        seeded = studio.submit("a fox", seed=7).result(WAIT_SECONDS).id

        assert loop(cells, studio, 1) != [seeded]
        assert stage.tasks == 2

    def test_get_nothing_of_another_request(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        studio.submit("a fox", image_size="1:1").result(WAIT_SECONDS)
        studio.submit("a fox", output_format="jpeg").result(WAIT_SECONDS)
        loop(cells, studio, 1)

        assert stage.tasks == 3

    def test_get_nothing_of_the_offline_preview(self, stage: Stage, cells: Cells) -> None:
        offline = stage.open(api_key=None, base_url=None, offline=True)
        loop(cells, offline, 1)
        loop(cells, stage.open(), 1)

        assert stage.tasks == 1


class TestOutsideACell:
    def test_each_is_bought(self, stage: Stage) -> None:
        studio = stage.open()
        for _ in range(3):
            studio.submit("a fox").result(WAIT_SECONDS)

        assert stage.tasks == 3

    def test_a_thread_of_a_cell_buys_and_takes_nothing_from_the_cell(
        self, stage: Stage, cells: Cells
    ) -> None:
        studio = stage.open()
        made: list[qn.Picture] = []

        def make() -> None:
            made.append(studio.submit("a fox").result(WAIT_SECONDS))

        for bought in (3, 4):
            with cells.run("a"):
                first = studio.submit("a fox").result(WAIT_SECONDS)
                thread = threading.Thread(target=make)
                thread.start()
                thread.join()
                second = studio.submit("a fox").result(WAIT_SECONDS)
            assert made[-1].id not in (first.id, second.id)
            assert stage.tasks == bought

    def test_a_message_of_the_panel_buys(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        loop(cells, studio, 1)
        with cells.run("a"):
            request = qn.GenerationRequest(prompt="a fox")
            core_of(studio).admit_soon(request, client_id="press").result(WAIT_SECONDS).job.result(
                WAIT_SECONDS
            )

        assert stage.tasks == 2


class TestWhatCameOfIt:
    def test_an_uncertain_one_is_not_sent_again_and_says_the_ways_out(
        self, stage: Stage, cells: Cells
    ) -> None:
        studio = stage.open()
        lose_next_answer(stage)
        for _ in range(2):
            with cells.run("a"), pytest.raises(qn.UncertainSubmission, match="dismiss"):
                studio.generate("a fox")
        studio.close()
        cells.restart(studio)
        with cells.run("a"), pytest.raises(qn.UncertainSubmission):
            stage.open().generate("a fox")

        assert stage.tasks == 1

    def test_a_dismissed_one_is_bought_anew(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open()
        lose_next_answer(stage)
        with cells.run("a"):
            lost = studio.submit("a fox")
            lost.wait(WAIT_SECONDS)
        lost.dismiss()
        loop(cells, studio, 1)

        assert stage.tasks == 2

    def test_a_failed_one_is_bought_anew(self, tmp_path: Path, cells: Cells) -> None:
        with Stage(tmp_path, {"task-fails": Rule()}) as stage:
            studio = stage.open()
            with cells.run("a"):
                assert studio.submit("a fox").wait(WAIT_SECONDS) is State.FAILED
            stage.simulator.faults.switch_off()
            made = loop(cells, studio, 1)

            assert loop(cells, studio, 1) == made
            assert stage.tasks == 2

    def test_a_refused_one_is_bought_anew(self, stage: Stage, cells: Cells) -> None:
        stage.gate.answer_instead(Instead(POST[1], 422, b"{}", times=1))
        studio = stage.open()
        with cells.run("a"):
            assert studio.submit("a fox").wait(WAIT_SECONDS) is State.REFUSED
        made = loop(cells, studio, 1)

        assert loop(cells, studio, 1) == made
        assert (stage.tasks, len(studio.jobs)) == (1, 2)

    def test_a_cancelled_one_is_bought_anew(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open(max_in_flight=1)
        stage.gate.hold(*POST)
        busy = studio.submit("an owl", seed=1)
        stage.gate.wait_held()
        with cells.run("a"):
            planned = studio.submit("a fox")
        assert planned.cancel()
        stage.gate.let_go()
        loop(cells, studio, 1)
        busy.wait(WAIT_SECONDS)

        assert stage.tasks == 2

    def test_another_kernels_open_job_is_joined(self, stage: Stage, cells: Cells) -> None:
        stage.gate.hold(*POST)
        studio = stage.open()  # before there was anything to be seen
        with Program([stage], seeds=[None]) as program:
            stage.gate.wait_held()
            with cells.run("a"):
                job = studio.submit("a fox")
            assert job.status is State.SENDING
            stage.gate.let_go()

            assert job.result(WAIT_SECONDS).path.exists()
            program.until_done()
        assert stage.tasks == 1

    def test_the_budget_holds_for_what_is_bought_only(self, stage: Stage, cells: Cells) -> None:
        studio = stage.open(budget=62)
        first = loop(cells, studio, 2)

        assert loop(cells, studio, 2) == first
        with pytest.raises(qn.BudgetExceeded):
            loop(cells, studio, 3)
        assert stage.tasks == 2


def test_a_line_that_lies_about_its_request_gives_nobody_another_picture(stage: Stage, cells: Cells) -> None:
    studio = stage.open()
    owl = studio.submit("an owl").result(WAIT_SECONDS)
    fox = qn.GenerationRequest(prompt="a fox")
    true = studio.job(owl.id).record.drawn  # type: ignore[union-attr]
    studio.close()
    for journal in read_anew(stage).glob("ledger/*.jsonl"):
        journal.write_text(journal.read_text().replace(str(true), fox.key))
    studio = stage.open()

    assert loop(cells, studio, 1) != [owl.id]
    assert stage.tasks == 2


def test_a_folder_read_anew_tells_drawn_seeds_and_cells(stage: Stage, cells: Cells) -> None:
    studio = stage.open()
    with cells.run("a"):
        studio.submit("a fox").result(WAIT_SECONDS)
    studio.submit("a fox").result(WAIT_SECONDS)
    studio.submit("a fox", seed=7).result(WAIT_SECONDS)
    studio.close()
    read_anew(stage)
    records = [job.record for job in stage.open().jobs]

    key = qn.GenerationRequest(prompt="a fox").key
    assert [record.drawn for record in records] == [key, key, None]
    assert [record.cell for record in records] == ["a".ljust(32, "0"), None, None]
