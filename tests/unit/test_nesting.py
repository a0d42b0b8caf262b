"""A blocking call in an async program: the program's loop turns meanwhile, and asyncio is as before after it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import clean_environment

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="nested timeouts fail there, so nothing is nested"
)

BEGINNING = """
import asyncio, sys, threading
import tempfile
import qwen_notebook as qn

studio = qn.Studio(tempfile.mkdtemp(), offline=True)

def make(seed):
    return studio.generate("a red fox", seed=seed, image_size="1:1", output_format="jpeg").path.is_file()

def facts():
    loop = asyncio.get_running_loop()
    policy = asyncio.get_event_loop_policy()
    owners = [asyncio, asyncio.events, asyncio.tasks, asyncio.futures, asyncio.runners, asyncio.base_events]
    owners += [*type(loop).__mro__, *type(policy).__mro__]
    names = {(str(owner), name): id(value) for owner in owners for name, value in list(vars(owner).items())}
    names = {name: value for name, value in names.items() if name[1] != "__warningregistry__"}
    return names, type(loop), set(vars(loop)), sys.get_asyncgen_hooks(), sys.get_coroutine_origin_tracking_depth()
"""


def program(folder: Path, code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore::ResourceWarning", "-c", BEGINNING + code],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_nothing_of_asyncio_is_another_afterwards(tmp_path: Path) -> None:
    code = """
async def main():
    before, task = facts(), asyncio.current_task()
    made = make(1)
    await asyncio.sleep(0)
    after = facts()
    changed = [name for name in before[0].keys() | after[0].keys() if before[0].get(name) != after[0].get(name)]
    print(made, changed == [], before[1:] == after[1:], asyncio.current_task() is task)

asyncio.run(main())
async def again(): return type(asyncio.current_task()) is asyncio.Task
with asyncio.Runner() as runner:
    print(runner.run(again()))
if sys.version_info >= (3, 12):
    print(asyncio.run(again(), loop_factory=asyncio.SelectorEventLoop))
"""
    assert set(program(tmp_path, code)) == {"True"}


def test_the_other_tasks_of_the_loop_go_on_meanwhile(tmp_path: Path) -> None:
    code = """
async def main():
    turns = 0
    async def count():
        nonlocal turns
        while True:
            async with asyncio.timeout(5):
                await asyncio.sleep(0.01)
            turns += 1
    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    before = turns
    make(1)
    print(turns - before > 5, type(counting) is asyncio.Task)
    counting.cancel()

asyncio.run(main())
"""
    assert program(tmp_path, code) == ["True", "True"]


def test_calls_within_calls_and_tasks_that_were_ready_at_the_same_time(tmp_path: Path) -> None:
    # All are ready in one turn of the loop; each blocks, inside one another, and the loop has counted them before.
    code = """
async def one(seed):
    made = make(seed)
    await asyncio.sleep(0.01)
    return made and make(seed + 100)

async def main():
    before = type(asyncio.get_running_loop())
    for _ in range(5):
        asyncio.get_running_loop().call_soon(int)
    print(*await asyncio.gather(*map(one, range(4))))
    print(type(asyncio.get_running_loop()) is before, not hasattr(asyncio, "_nest_patched"))

asyncio.run(main())
"""
    assert set(program(tmp_path, code)) == {"True"}


def test_two_threads_with_loops_of_their_own_do_not_meet(tmp_path: Path) -> None:
    code = """
async def main(seed):
    before = type(asyncio.get_running_loop())
    ticker = asyncio.create_task(asyncio.sleep(0.05))
    print(make(seed), make(seed + 10), ticker.done(), type(asyncio.get_running_loop()) is before)

threads = [threading.Thread(target=lambda seed=seed: asyncio.run(main(seed))) for seed in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    assert set(program(tmp_path, code)) == {"True"}


def test_what_somebody_else_has_applied_stays_as_they_had_it(tmp_path: Path) -> None:
    code = """
import nest_asyncio
nest_asyncio.apply(asyncio.new_event_loop())

async def main():
    before = facts()
    print(make(1), facts()[:2] == before[:2], asyncio.get_running_loop().run_until_complete(asyncio.sleep(0, True)))

asyncio.run(main())
"""
    assert program(tmp_path, code) == ["True", "True", "True"]


def test_an_error_and_an_end_of_patience_leave_nothing_either(tmp_path: Path) -> None:
    code = """
async def main():
    before = facts()[:3]
    job = studio.submit("a red fox", seed=1, image_size="1:1")
    try:
        job.result(timeout=0.01)
    except qn.StillRunning:
        print(facts()[:3] == before, job.result().path.is_file())

asyncio.run(main())
"""
    assert program(tmp_path, code) == ["True", "True"]


def test_a_server_starts_after_it(tmp_path: Path) -> None:
    code = """
import httpx
from qwen_notebook.simulator import Simulator, running

asyncio.run(asyncio.wait_for(asyncio.to_thread(int), 5))
async def main(): return make(1)
print(asyncio.run(main()))
with running(Simulator()) as url:
    print(httpx.get(url + "/balance").status_code)
"""
    assert program(tmp_path, code) == ["True", "401"]
