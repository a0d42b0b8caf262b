"""What a panel tells the front end, and so the saved notebook."""

import json
from typing import Any

from tests.support.kernel import Kernel
from tests.support.panel_comm import PanelComm
from tests.support.service import KEY

PANEL = "import qwen_notebook as qn; panel = qn.qwen_widget(prompt='a red fox', seed=7, image_size='1:1')"
IMAGE_BEGINNINGS = ("/9j/", "iVBORw0KGgo")


def made(kernel: Kernel) -> PanelComm:
    """A panel that is shown, and that has made a picture."""
    panel = kernel.panel(PANEL + "\npanel")
    job = panel.accepted(panel.submit())["job"]
    kernel.until(lambda: panel.previews(job), "the picture")
    panel.until_in(job, "saved")
    panel.accepted(panel.ask("want", jobs=[job], size="full"))
    kernel.take_in()
    return panel


def test_a_panel_opens_with_its_settings_its_jobs_and_its_studio(offline: Kernel) -> None:
    state = offline.panel(PANEL).opened_with

    assert (state["prompt"], state["seed"], state["image_size"]) == ("a red fox", 7, "1:1")
    assert state["_jobs"] == []
    assert state["_esm"]
    assert state["_css"]


def test_a_panel_says_that_it_works_offline(offline: Kernel) -> None:
    panel = offline.panel(PANEL)
    panel.catch_up()

    offline.until(lambda: panel.traits["_studio"].get("service") == "simulator", "the studio's service")


def test_no_trait_ever_holds_an_image(online: Kernel) -> None:
    panel = made(online)

    assert not any(message["buffers"] for message in panel.state_messages)
    without_assets = [
        {
            name: value
            for name, value in message["content"]["data"]["state"].items()
            if name not in {"_esm", "_css"}
        }
        for message in panel.state_messages
    ]
    told = json.dumps(without_assets)
    assert not any(beginning in told for beginning in IMAGE_BEGINNINGS)


def test_nothing_that_the_kernel_publishes_holds_the_key(online: Kernel) -> None:
    made(online)
    online.run(
        "print(panel.studio, panel.jobs, panel.image, panel.pictures[0].code()); display(panel.pictures[0])"
    )
    online.run("import os; print('the hunt works:', os.environ['REAPI_API_KEY'])")

    holding = [message for message in online.messages if KEY in _flat(message)]
    assert [message["content"].get("name") for message in holding] == [
        "stdout"
    ]  # the one that this test printed


def _flat(message: dict[str, Any]) -> str:
    buffers = b"".join(bytes(buffer) for buffer in message["buffers"])
    return json.dumps([message["header"], message["content"], message["metadata"]], default=str) + repr(
        buffers
    )
