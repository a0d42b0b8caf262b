"""nest-asyncio: applied where it lets the caller's loop turn, and never where it loses messages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import clean_environment
from tests.support.kernel import Kernel
from tests.support.service import Service

IS_PATCHED = "import asyncio, sys; print(hasattr(asyncio, '_nest_patched'), 'nest_asyncio' in sys.modules)"

PROGRAM = """
import asyncio
import qwen_notebook as qn

async def main():
    turns = 0

    async def count():
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    before = turns
    picture = qn.generate("a red fox", seed=7, image_size="1:1", output_format="jpeg")
    print(turns - before, picture.path.is_file(), hasattr(asyncio, "_nest_patched"))
    counting.cancel()

asyncio.run(main())
"""


def program(folder: Path, code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=clean_environment(HOME=os.environ.get("HOME", "/")),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = ("Pictures are kept", "offline preview")  # beside the program's own
    assert [line for line in done.stderr.splitlines() if not line.startswith(told)] == []
    return done.stdout.split()


def test_it_is_never_applied_in_this_kernel(offline: Kernel) -> None:
    offline.run("import ipykernel; assert ipykernel.version_info[:2] >= (7, 1)")
    offline.run("import qwen_notebook as qn; qn.generate('a red fox', seed=7, output_format='jpeg')")

    assert offline.run(IS_PATCHED).split() == ["False", "False"]


@pytest.mark.parametrize("shell", ["main", "sub"])
def test_a_press_during_a_blocking_generate_is_not_lost(
    online: Kernel, paid_service: Service, shell: str
) -> None:
    panel = online.panel("import qwen_notebook as qn\npanel = qn.qwen_widget()\npanel")
    subshell = online.open_subshell() if shell == "sub" else None
    paid_service.clock.hold()
    cell = online.start("qn.generate('a blue owl', seed=1)")
    online.until(lambda: "generating" in str(cell.lines), "the cell to block")

    message = panel.submit(subshell=subshell)
    queued = online.start("print('the next cell runs')")
    if subshell is not None:
        panel.accepted(message)
        assert not cell.ended
    paid_service.clock.release()

    assert cell.end().error is None
    assert queued.end().printed == "the next cell runs\n"
    panel.until_in(panel.accepted(message)["job"], "saved")
    assert paid_service.bought == 2


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="nested timeouts fail there, so it is not applied")
def test_in_a_plain_program_the_callers_loop_turns_while_generate_blocks(tmp_path: Path) -> None:
    turns, saved, patched = program(tmp_path, PROGRAM)

    assert int(turns) > 5
    assert (saved, patched) == ("True", "False")


def test_a_plain_program_without_a_loop_is_left_as_it_is(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys, qwen_notebook as qn\n"
        "print(qn.generate('a red fox', image_size='1:1', output_format='jpeg').path.is_file())\n"
        + IS_PATCHED
    )

    assert program(tmp_path, code) == ["True", "False", "False"]
