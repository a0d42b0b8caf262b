"""A picture that was written when its process died is taken as it is: its address may have expired since."""

import hashlib
from pathlib import Path

import pytest

from qwen_notebook.journal.states import State
from tests.support.journal import read_journal
from tests.support.programs import Program
from tests.support.stage import Stage


@pytest.mark.parametrize("output_format", ["png", "jpeg"])
def test_a_picture_that_has_its_name_needs_no_address(output_format: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        fields = {"output_format": output_format}
        with Program([stage], seeds=[7], fields=fields, stop={"rename": "after"}) as program:
            program.until("at")
        _, (left,) = read_journal(stage.folder)
        assert left.state is State.DOWNLOADING
        stage.simulator.faults.switch_on("url-expired")

        with Program([stage]) as program:
            program.until_done()

        _, (record,) = read_journal(stage.folder)
        task = stage.simulator.books.tasks[record.task_id or ""]
        received = stage.simulator.gallery.begin(task).result()
        assert record.state is State.SAVED
        assert record.sha256 == hashlib.sha256(received).hexdigest()
        assert (stage.folder / (record.file or "")).is_file()
        assert (stage.images, task.downloads) == (1, 1)


def test_a_file_of_that_name_that_is_no_picture_is_fetched_anew(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        with Program([stage], seeds=[7], stop={"rename": "after"}) as program:
            program.until("at")
        for file in (stage.folder / "images").glob("*.png"):
            file.write_bytes(file.read_bytes()[:1000])

        with Program([stage]) as program:
            program.until_done()

        _, (record,) = read_journal(stage.folder)
        assert record.state is State.SAVED
        assert next(iter(stage.simulator.books.tasks.values())).downloads == 2
