"""What people subscribe to a studio, a panel or a run: their code may do anything, and no job waits for it."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.studio.studio import core_of
from tests.support.environment import clean_environment
from tests.support.people import CALLBACKS, Recorder, Sleeper, at_once
from tests.support.stage import WAIT_SECONDS
from tests.support.studios import studio_and_service


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with studio_and_service(tmp_path / "posters") as (studio, _):
        yield studio


def _of_jobs(job: qn.Job) -> tuple[int | None, str]:
    return job.record.seed, job.status


class TestStudio:
    def test_moves_are_told_on_a_thread_for_that_in_their_order(self, studio: qn.Studio) -> None:
        states = Recorder(_of_jobs)
        studio.subscribe(states)
        for seed in range(3):
            studio.generate("a fox", seed=seed)
        calls = states.until(lambda one: one == (2, "saved"))

        assert {thread for _, thread in calls} == {CALLBACKS}
        assert [one[0] for one, _ in calls] == sorted(one[0] or 0 for one, _ in calls)
        for seed in range(3):
            its_own = [qn.State(state) for (whose, state), _ in calls if whose == seed]
            assert its_own == sorted(its_own, key=list(qn.State).index)

    def test_nobody_waits_for_one_that_sleeps(self, studio: qn.Studio) -> None:
        sleeper, after = Sleeper(), Recorder(_of_jobs)
        studio.subscribe(sleeper)
        studio.subscribe(after)
        jobs = [studio.submit("a fox", seed=seed) for seed in range(5)]
        assert sleeper.asleep.wait(WAIT_SECONDS)
        for job in jobs:
            job.result(WAIT_SECONDS).star()
        qn.experiment("a {x}", x=["hen"], seed=1, studio=studio).run(progress=False)

        assert after.silent
        sleeper.wake()
        assert len({seed for (seed, _), _ in after.until(lambda one: one == (1, "saved"))}) > 1

    def test_another_studio_s_listener_does_not_wait_either(self, studio: qn.Studio, tmp_path: Path) -> None:
        sleeper, other = Sleeper(), Recorder(_of_jobs)
        studio.subscribe(sleeper)
        studio.submit("a fox", seed=1)
        assert sleeper.asleep.wait(WAIT_SECONDS)
        with studio_and_service(tmp_path / "others") as (elsewhere, _):
            elsewhere.subscribe(other)
            elsewhere.generate("a fox", seed=2)
            other.until(lambda one: one == (2, "saved"))
        sleeper.wake()

    def test_it_may_ask_for_more_and_wait_for_it(self, studio: qn.Studio) -> None:
        made = Recorder(lambda job: studio.generate("an owl", seed=job.record.seed).request.prompt)
        studio.subscribe(made)
        studio.submit("a fox", seed=1)

        assert made.next() == ("an owl", CALLBACKS)

    def test_it_may_close_the_studio_and_the_panel(self, studio: qn.Studio) -> None:
        panel = qn.qwen_widget(studio, prompt="a fox", seed=1)
        closed = Recorder(lambda _: (studio.close(), panel.close()))
        studio.subscribe(closed)
        panel.create()
        closed.next()

        with pytest.raises(qn.QwenError, match="closed"):
            studio.submit("a fox")
        assert panel.comm is None

    def test_it_may_end_itself(self, studio: qn.Studio) -> None:
        calls: list[str] = []

        def once(job: qn.Job) -> None:
            calls.append(job.id)
            stop()

        stop = studio.subscribe(once)
        after = Recorder(_of_jobs)
        studio.subscribe(after)
        studio.generate("a fox", seed=1)
        after.until(lambda one: one == (1, "saved"))

        assert len(calls) == 1

    @pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
    def test_one_in_trouble_says_so_and_stops_nobody(
        self, studio: qn.Studio, error: type[BaseException], capsys: pytest.CaptureFixture[str]
    ) -> None:
        def broken(_: qn.Job) -> None:
            raise error("mine")

        after = Recorder(_of_jobs)
        studio.subscribe(broken)
        studio.subscribe(after)
        studio.generate("a fox", seed=1)
        after.until(lambda one: one == (1, "saved"))

        assert f"{error.__name__}: mine" in capsys.readouterr().err

    def test_what_happened_before_the_end_is_told(self, studio: qn.Studio) -> None:
        sleeper, heard = Sleeper(), Recorder(_of_jobs)
        studio.subscribe(sleeper)
        studio.subscribe(heard)
        studio.generate("a fox", seed=1)
        studio.close()
        sleeper.wake()

        heard.until(lambda one: one == (1, "saved"))

    def test_a_program_s_end_waits_a_moment_for_it_and_no_longer(self, tmp_path: Path) -> None:
        program = """
            import sys, threading, qwen_notebook as qn
            studio = qn.Studio(sys.argv[1], offline=True, patience=qn.Patience(usual=0.1))
            if sys.argv[2] == "sleeps":
                studio.subscribe(lambda job: threading.Event().wait())
            studio.subscribe(lambda job: print(job.status))
            studio.generate("a fox", seed=1)
        """
        said = [_run(program, tmp_path / way, way) for way in ("prints", "sleeps")]

        assert said[0][-1] == "saved"
        assert said[1] == []

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
    def test_a_forked_child_has_listeners_and_observers_of_its_own(self, tmp_path: Path) -> None:
        program = """
            import os, sys, threading, qwen_notebook as qn

            def sleeps(job):
                asleep.set()
                awake.wait()
                print("listener of", "the parent" if os.getpid() == parent else "the child", flush=True)

            def fork():
                pid = os.fork()
                if pid:
                    children.append(pid)
                    return
                panel.prompt = "written"
                heard = threading.Event()
                studio.subscribe(lambda job: heard.set() if job.status == "saved" else None)
                studio.generate("an owl", seed=2)
                os._exit(0 if heard.wait(60) else 1)

            parent, children = os.getpid(), []
            asleep, awake = threading.Event(), threading.Event()
            studio = qn.Studio(sys.argv[1], offline=True, patience=qn.Patience(usual=0.1))
            panel = qn.qwen_widget(studio, seed=1)
            panel.observe(lambda change: print(change["new"], flush=True), "prompt")
            stop = studio.subscribe(sleeps)
            studio.generate("a fox", seed=1)
            asleep.wait()
            with panel._threads.lock, panel._session._lock:  # which nobody releases in the child
                thread = threading.Thread(target=fork)
                thread.start()
                thread.join()
            print("child", os.waitpid(children[0], 0)[1], flush=True)
            stop()
            awake.set()
        """
        said = _run(program, tmp_path)

        assert said == ["written", "child 0", "listener of the parent"]

    def test_its_thread_ends_by_itself(self, studio: qn.Studio) -> None:
        seen: list[threading.Thread] = []
        studio.subscribe(lambda _: seen.append(threading.current_thread()))
        studio.generate("a fox", seed=1)
        studio.close()
        studio._calls.wait(WAIT_SECONDS)

        assert seen
        assert not any(thread.is_alive() for thread in seen)

    def test_many_who_move_jobs_leave_no_listener_out(self, studio: qn.Studio) -> None:
        pictures = [studio.generate("a fox", seed=seed) for seed in range(4)]
        heard = Recorder(lambda job: job.record.seed)
        studio.subscribe(heard)

        def star(picture: qn.Picture) -> Callable[[], None]:
            def turn_it_on_and_off() -> None:
                for number in range(25):
                    picture.star(number % 2 == 0)

            return turn_it_on_and_off

        at_once(*(star(picture) for picture in pictures))
        told = [heard.next()[0] for _ in range(100)]

        assert {seed: told.count(seed) for seed in range(4)} == dict.fromkeys(range(4), 25)


class TestPanel:
    def test_a_callback_may_close_its_panel(self, studio: qn.Studio) -> None:
        panel, other = (qn.qwen_widget(studio, prompt="a fox", seed=seed) for seed in (1, 2))
        closed, heard = Recorder(lambda _: panel.close()), Recorder(lambda picture: picture.request.seed)
        panel.on_picture(closed)
        other.on_picture(heard)
        panel.create()
        closed.next()
        other.create()

        assert heard.next()[0] == 2
        assert panel.comm is None
        other.close()

    def test_who_awaits_the_next_picture_of_a_closed_panel_is_told(self, studio: qn.Studio) -> None:
        panel = qn.qwen_widget(studio)

        async def work() -> None:
            coming = asyncio.ensure_future(panel.next())
            await asyncio.sleep(0)
            panel.close()
            await coming

        with pytest.raises(qn.QwenError, match="panel was closed"):
            asyncio.run(work())
        with pytest.raises(qn.QwenError, match="panel was closed"):
            asyncio.run(panel.next())

    def test_a_callback_that_sleeps_holds_up_no_other_panel_and_no_observer(self, studio: qn.Studio) -> None:
        panel, other = (qn.qwen_widget(studio, prompt="a fox", seed=seed) for seed in (1, 2))
        sleeper, heard, seen = Sleeper(), Recorder(lambda _: None), Recorder(lambda change: change["new"])
        panel.on_picture(sleeper)
        panel.observe(seen, "_studio")
        other.on_picture(heard)
        panel.create()
        assert sleeper.asleep.wait(WAIT_SECONDS)
        other.create()

        assert heard.next()[1] == CALLBACKS
        seen.until(lambda told: told["pictures"] == 2)
        sleeper.wake()
        for one in (panel, other):
            one.close()


class TestRun:
    def test_who_waits_for_its_end_holds_up_no_grid(self, studio: qn.Studio) -> None:
        sweep = qn.experiment("a fox", seed=range(3), studio=studio)
        sleeper = Sleeper()
        grid = sweep.grid()
        ended = Recorder(lambda change: change["new"]["run"])
        run = sweep.start()
        run.when_done(sleeper)
        grid.observe(ended, "_standing")
        run.result(WAIT_SECONDS)
        assert sleeper.asleep.wait(WAIT_SECONDS)

        if grid._standing["run"] is not None or grid._standing["counts"]["saved"] != 3:
            ended.until(lambda running: running is None)
        late = Recorder(lambda thread: thread)
        run.when_done(lambda: late(None))
        assert late.next()[1] == CALLBACKS
        sleeper.wake()
        grid.close()


class TestFutures:
    def test_who_waits_for_one_is_called_elsewhere_than_on_the_worker(self, studio: qn.Studio) -> None:
        sleeper = Sleeper()
        request = qn.GenerationRequest(prompt="a fox", seed=1)
        first = core_of(studio).admit_soon(request)
        first.add_done_callback(sleeper)
        assert sleeper.asleep.wait(WAIT_SECONDS)
        called = Recorder(lambda done: done.result())
        core_of(studio).balance_soon().add_done_callback(called)

        assert first.result(0).job.result(WAIT_SECONDS).path.exists()
        assert isinstance(called.next()[0].credits, int)
        balance, thread = (core_of(studio).balance_soon().add_done_callback(called), called.next()[1])
        assert (balance, thread) == (None, CALLBACKS)
        sleeper.wake()

    def test_what_goes_wrong_arrives_and_is_not_lost(self, studio: qn.Studio) -> None:
        job = studio.submit("a fox", seed=1)
        job.wait(WAIT_SECONDS)

        assert isinstance(core_of(studio).decide_soon(job, "dismiss").exception(WAIT_SECONDS), qn.QwenError)


def _run(program: str, *arguments: object) -> list[str]:
    """Run a program to its end; the lines that it printed."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=WAIT_SECONDS,
        check=True,
    ).stdout.splitlines()
