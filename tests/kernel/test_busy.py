"""A press while a cell runs: the kernel's main thread is blocked, and the panel must not be."""

import pytest

from tests.support.busy import busy
from tests.support.kernel import Kernel

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"


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
