"""`generate` in a cell: it blocks, says how it goes, and can be stopped without losing what was paid for."""

from tests.support.kernel import Kernel
from tests.support.service import Service

GENERATE = "import qwen_notebook as qn\npicture = qn.generate('a red fox', seed=7, output_format='jpeg')"


def test_it_gives_the_picture_and_says_how_it_went(offline: Kernel) -> None:
    cell = offline.start(GENERATE).end()

    (last,) = cell.lines  # one output, updated
    assert cell.printed == ""
    assert "saved" in last
    assert "seed 7" in last
    assert "offline preview" in last
    assert offline.run("print(picture.path.is_file(), picture.image.size)") == "True (2688, 1536)\n"


def test_the_same_cell_again_buys_nothing(online: Kernel, paid_service: Service) -> None:
    online.run(GENERATE)
    cell = online.start(GENERATE).end()

    assert "already made" in cell.lines[0]
    assert paid_service.bought == 1


def test_a_stopped_one_that_was_paid_for_is_still_saved(online: Kernel, paid_service: Service) -> None:
    paid_service.clock.hold()
    cell = online.start(GENERATE)
    online.until(lambda: paid_service.bought == 1 and "generating" in str(cell.lines), "the task to begin")

    online.interrupt()
    cell.end()

    assert cell.error == "KeyboardInterrupt"
    assert "goes on in the background and will be saved" in cell.printed
    assert "It is paid for" in cell.printed
    assert cell.lines == ["generating · no longer waited for"]
    paid_service.clock.release()
    online.run("job = qn.default_studio().jobs[-1]\nawait job")
    assert online.run("print(job.status, job.picture.path.is_file())") == "saved True\n"
    assert paid_service.bought == 1


def test_a_stopped_one_that_was_not_sent_is_cancelled(online: Kernel, paid_service: Service) -> None:
    paid_service.clock.hold()
    online.run(
        "import qwen_notebook as qn\n"
        "studio = qn.Studio('qwen-images', max_in_flight=1)\n"
        "first = studio.submit('a red fox', seed=1)"
    )
    online.until(lambda: paid_service.bought == 1, "the first job to be sent")
    cell = online.start("studio.generate('a blue owl', seed=2)")
    online.until(lambda: "waiting to be sent" in str(cell.lines), "the second job to wait")

    online.interrupt()
    cell.end()

    assert cell.error == "KeyboardInterrupt"
    assert "the job is cancelled" in cell.printed
    assert online.run("print(studio.jobs[-1].status)") == "cancelled\n"
    paid_service.clock.release()
    online.run("first.result()")
    assert paid_service.bought == 1


def test_a_refused_request_raises_in_the_cell(offline: Kernel) -> None:
    cell = offline.start("import qwen_notebook as qn; qn.generate('x' * 801)").end()

    assert cell.error == "InvalidRequest"
