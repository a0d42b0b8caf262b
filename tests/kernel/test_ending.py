"""The end of a panel, and of a kernel that has work in hand."""

from pathlib import Path

from tests.support.kernel import Kernel, kernel
from tests.support.service import Service

PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel"


def test_a_kernel_with_live_jobs_ends_by_itself_and_quietly(work: Path, paid_service: Service) -> None:
    paid_service.clock.hold()
    with kernel(work, **paid_service.environment) as started:
        panel = started.panel(PANEL)
        for seed in range(3):
            panel.accepted(panel.submit(seed=seed))
        started.until(lambda: paid_service.bought == 3, "the jobs to be sent")

        assert started.shut_down() == 0, started.log
        assert "Traceback" not in started.log
        assert "killed" not in started.log.lower()


def test_what_it_had_in_hand_is_taken_up_by_the_next_kernel(work: Path, paid_service: Service) -> None:
    paid_service.clock.hold()
    with kernel(work, **paid_service.environment) as first:
        panel = first.panel(PANEL)
        job = panel.accepted(panel.submit())["job"]
        panel.until_in(job, "submitted")
        assert first.shut_down() == 0
    paid_service.clock.release()

    with kernel(work, **paid_service.environment) as second:
        panel = second.panel(PANEL)
        second.until(
            lambda: second.run(f"print(panel.studio.job({job!r}).status)") == "saved\n", "the picture"
        )
    assert paid_service.bought == 1


def test_a_closed_panel_sends_nothing_more(online: Kernel, paid_service: Service) -> None:
    paid_service.clock.hold()
    panel = online.panel(PANEL)
    job = panel.accepted(panel.submit())["job"]
    online.until(lambda: paid_service.bought == 1, "the job to be sent")

    online.run("panel.close()")
    online.until(lambda: panel.closed, "the comm to close")
    paid_service.clock.release()
    online.run(f"await qn.default_studio().job({job!r})")
    online.take_in()

    assert panel.closed
    assert online.run("print(qn.default_studio().pictures[-1].path.is_file())") == "True\n"
    assert "Traceback" not in online.log


def test_a_message_to_a_closed_panel_does_nothing(online: Kernel, paid_service: Service) -> None:
    panel = online.panel(PANEL)
    online.run("panel.close()")

    panel.submit()
    online.take_in()

    assert online.run("print([job.status for job in qn.default_studio().unsettled])") == "[]\n"
    assert paid_service.bought == 0
