"""An interrupted wait, or one that takes too long: it cancels nothing that another waits for."""

import asyncio
import threading
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from tests.support.stage import WAIT_SECONDS, Stage

POST = "POST", "/images/generations"


def test_one_waiters_interrupt_cancels_nothing_that_another_waits_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open(max_in_flight=1)
        studio.submit("a fox", seed=1)
        stage.gate.wait_held()
        job = studio.submit("a fox", seed=2)
        waits, ends = threading.Event(), list[State]()
        other = threading.Thread(
            target=lambda: ends.append(job.wait(WAIT_SECONDS, tick=lambda _: waits.set()))
        )
        other.start()
        assert waits.wait(WAIT_SECONDS)

        with pytest.raises(KeyboardInterrupt):
            job.wait(WAIT_SECONDS, tick=_interrupt)

        assert job.status is State.PLANNED
        assert "Others asked for it too" in capsys.readouterr().out
        stage.gate.let_go()
        other.join()
        assert ends == [State.SAVED]
        assert stage.tasks == stage.images == 2


def test_the_last_waiters_interrupt_cancels_what_is_not_sent(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open(max_in_flight=1)
        sent = studio.submit("a fox", seed=1)
        stage.gate.wait_held()
        job = studio.submit("a fox", seed=2)

        for one in (job, sent):
            with pytest.raises(KeyboardInterrupt):
                one.wait(WAIT_SECONDS, tick=_interrupt)

        assert [job.status, sent.status] == [State.CANCELLED, State.SENDING]
        stage.gate.let_go()
        assert sent.wait(WAIT_SECONDS) is State.SAVED
        assert stage.tasks == 1


def _interrupt(_: qn.Job) -> None:
    raise KeyboardInterrupt


def test_a_time_limit_on_one_await_cancels_nothing_that_another_awaits(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open(max_in_flight=1)
        studio.submit("a fox", seed=1)
        stage.gate.wait_held()
        job = studio.submit("a fox", seed=2)

        async def awaited() -> qn.Picture:
            async def once() -> qn.Picture:
                return await job

            other = asyncio.ensure_future(once())
            await asyncio.sleep(0)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(once(), 0.05)
            assert job.status is State.PLANNED
            stage.gate.let_go()
            return await other

        assert asyncio.run(awaited()).path.exists()
        assert stage.tasks == stage.images == 2


def test_a_time_limit_on_the_only_await_cancels_what_is_not_sent(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.gate.hold(*POST)
        studio = stage.open(max_in_flight=1)
        studio.submit("a fox", seed=1)
        stage.gate.wait_held()
        job = studio.submit("a fox", seed=2)

        async def awaited() -> None:
            async def once() -> qn.Picture:
                return await job

            await asyncio.wait_for(once(), 0.05)

        with pytest.raises(TimeoutError):
            asyncio.run(awaited())

        assert job.status is State.CANCELLED
        stage.gate.let_go()
        assert studio.jobs[0].wait(WAIT_SECONDS) is State.SAVED
        assert stage.tasks == 1
