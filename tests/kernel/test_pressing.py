"""A press of Create, from the message to the picture."""

from pathlib import Path

from qwen_notebook.simulator import Rule
from tests.support.kernel import Kernel, kernel
from tests.support.panel_comm import request
from tests.support.service import Service

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"
JPEG = b"\xff\xd8\xff"


def test_a_press_is_answered_and_its_phases_are_told(online: Kernel, paid_service: Service) -> None:
    panel = online.panel(PANEL)

    result = panel.accepted(panel.submit())
    panel.until_in(result["job"], "saved")

    phases = panel.phases(result["job"])
    rank = ["planned", "sending", "submitted", "processing", "downloading", "saved"]
    assert phases == sorted(phases, key=rank.index)
    assert {"submitted", "processing"} & set(phases)
    assert paid_service.bought == 1


def test_the_preview_comes_as_one_jpeg_buffer(offline: Kernel) -> None:
    panel = offline.panel(PANEL)

    job = panel.accepted(panel.submit())["job"]
    (preview,) = offline.until(lambda: panel.previews(job), "the preview")

    assert preview["content"]["data"]["content"] == {
        "kind": "preview",
        "job": job,
        "size": "preview",
        "mime": "image/jpeg",
    }
    (buffer,) = preview["buffers"]
    assert bytes(buffer).startswith(JPEG)
    offline.take_in()
    assert len(panel.previews(job)) == 1


def test_the_picture_is_there_for_the_next_cell(offline: Kernel) -> None:
    panel = offline.panel(PANEL)
    panel.until_in(panel.accepted(panel.submit(image_size="16:9"))["job"], "saved")

    looks = "import PIL.Image\nprint(isinstance(panel.image, PIL.Image.Image), panel.image.size, len(panel.pictures))"
    assert offline.run(looks).split() == ["True", "(2688,", "1536)", "1"]


def test_the_same_message_twice_is_one_job(online: Kernel, paid_service: Service) -> None:
    panel = online.panel(PANEL)
    for _ in range(2):
        panel.ask("submit", id="pressed-once", request=request(), again=True)

    online.until(lambda: len(panel.answers("pressed-once")) == 2, "both answers")
    first, second = panel.answers("pressed-once")
    assert first == second
    panel.until_in(first["result"]["job"], "saved")
    assert paid_service.bought == 1


def test_a_word_given_twice_in_the_same_message_is_taken_once(online: Kernel, paid_service: Service) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule(times=1))
    panel = online.panel(PANEL)
    job = panel.accepted(panel.submit())["job"]
    panel.until_in(job, "uncertain")

    for _ in range(2):
        panel.ask("act", id="said-once", verb="send_again", job=job, args={})
    panel.until_in(job, "saved")
    panel.catch_up()

    assert [answer["kind"] for answer in panel.answers("said-once")] == ["ack", "ack"]
    assert paid_service.bought == 2


def test_the_same_message_after_a_restart_is_one_job(work: Path, paid_service: Service) -> None:
    jobs: list[str] = []
    for _ in range(2):
        with kernel(work, **paid_service.environment) as started:
            panel = started.panel(PANEL)
            message = panel.ask("submit", id="pressed-once", request=request(), again=True)
            jobs.append(panel.accepted(message)["job"])
            panel.until_in(jobs[-1], "saved")

    assert jobs[0] == jobs[1]
    assert paid_service.bought == 1


def test_presses_with_other_ids_are_other_jobs(online: Kernel, paid_service: Service) -> None:
    panel = online.panel(PANEL)

    jobs = {panel.accepted(panel.submit(seed=seed))["job"] for seed in range(3)}

    assert len(jobs) == 3
    for job in jobs:
        panel.until_in(job, "saved")
    assert paid_service.bought == 3
