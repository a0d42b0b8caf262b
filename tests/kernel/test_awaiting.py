"""`await job` in a cell."""

from tests.support.kernel import Kernel
from tests.support.service import Service

SUBMIT = "import qwen_notebook as qn; job = qn.submit('a red fox', seed=7, output_format='jpeg')"


def test_an_awaited_job_gives_its_picture(offline: Kernel) -> None:
    offline.run(SUBMIT)

    assert (
        offline.run("picture = await job; print(picture.request.seed, picture.path.is_file())") == "7 True\n"
    )


def test_many_are_awaited_at_once(offline: Kernel) -> None:
    offline.run(
        "import asyncio, qwen_notebook as qn\n"
        "jobs = [qn.submit('a red fox', seed=seed, image_size='1:1', output_format='jpeg') for seed in range(3)]\n"
        "pictures = await asyncio.gather(*jobs)"
    )

    assert offline.run("print([picture.request.seed for picture in pictures])") == "[0, 1, 2]\n"


def test_the_stop_button_ends_an_await_and_not_the_job(online: Kernel, paid_service: Service) -> None:
    paid_service.clock.hold()
    online.run(SUBMIT)
    cell = online.start("print('waiting', flush=True)\nawait job")
    online.until(
        lambda: "waiting" in cell.printed and paid_service.bought == 1, "the cell to await a sent job"
    )

    online.interrupt()
    cell.end()

    assert cell.error in {"CancelledError", "KeyboardInterrupt"}
    assert "will be saved" in cell.printed
    paid_service.clock.release()
    assert online.run("print((await job).path.is_file())") == "True\n"
    assert paid_service.bought == 1


def test_the_loop_turns_while_a_job_is_awaited(offline: Kernel) -> None:
    offline.run(SUBMIT)
    printed = offline.run(
        "import asyncio\n"
        "turns = 0\n"
        "async def count():\n"
        "    global turns\n"
        "    while True:\n"
        "        await asyncio.sleep(0.01)\n"
        "        turns += 1\n"
        "counting = asyncio.ensure_future(count())\n"
        "await job\n"
        "counting.cancel()\n"
        "print(turns > 5)"
    )

    assert printed == "True\n"
