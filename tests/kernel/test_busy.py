"""A press while a cell runs: the kernel's main thread is blocked, and the panel must not be."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.kernel import Cell, Kernel

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"


@contextmanager
def busy(kernel: Kernel) -> Iterator[Cell]:
    """A cell that blocks the main thread for as long as the block lasts, and ends well after it."""
    marks = {name: kernel.folder / name for name in ("blocking", "release")}
    cell = kernel.start(
        "import pathlib, time\n"
        f"pathlib.Path({str(marks['blocking'])!r}).touch()\n"
        f"while not pathlib.Path({str(marks['release'])!r}).exists(): time.sleep(0.05)\n"
    )
    kernel.until(marks["blocking"].exists, "the cell to block")
    try:
        yield cell
        assert not cell.ended, "the cell has to block until it is released"
    finally:
        marks["release"].touch()
    assert cell.end().error is None


@pytest.mark.parametrize(
    "between",
    [
        pytest.param("pass", id="fresh"),
        # ipykernel 7.4 then sends the panel's messages to the main shell, where the cell blocks them.
        pytest.param("panel.prompt = 'set from a cell'", id="after a trait was set from a cell"),
        pytest.param(
            "panel.send({'kind': 'ack', 'id': 'none', 'result': {}})", id="after a cell sent a message"
        ),
    ],
)
def test_a_press_on_a_subshell_makes_its_picture_while_a_cell_runs(offline: Kernel, between: str) -> None:
    panel = offline.panel(PANEL)
    subshell = offline.open_subshell()
    panel.accepted(panel.ask("hello", v=1, subshell=subshell))
    offline.run(between)

    with busy(offline):
        job = panel.accepted(panel.submit(subshell=subshell))["job"]
        panel.until_in(job, "saved")
        offline.until(lambda: panel.previews(job), "the preview")


def test_a_trait_set_on_a_subshell_arrives_while_a_cell_runs(offline: Kernel) -> None:
    panel = offline.panel(PANEL)
    subshell = offline.open_subshell()

    with busy(offline):
        data = {"method": "update", "state": {"prompt": "typed"}, "buffer_paths": []}
        offline.send("comm_msg", {"comm_id": panel.comm_id, "data": data}, subshell=subshell)
        panel.accepted(panel.ask("hello", v=1, subshell=subshell))

    assert offline.run("print(panel.prompt)") == "typed\n"


def test_a_press_on_the_main_shell_waits_for_the_cell_and_is_not_lost(offline: Kernel) -> None:
    panel = offline.panel(PANEL)

    with busy(offline):
        message = panel.submit()

    panel.until_in(panel.accepted(message)["job"], "saved")


def test_a_job_goes_on_while_a_cell_runs(offline: Kernel) -> None:
    panel = offline.panel(PANEL)
    job = panel.accepted(panel.submit())["job"]

    with busy(offline):
        panel.until_in(job, "saved")
