"""A kept-alive connection that the service closes while it idles makes no job uncertain."""

from pathlib import Path

from tests.support.fault_proxy import Trouble
from tests.support.stage import WAIT_SECONDS, Stage


def test_a_connection_closed_while_idle_loses_no_answer(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        on_posts = stage.proxy.add(Trouble.CLOSE_IDLE, method="POST")
        on_gets = stage.proxy.add(Trouble.CLOSE_IDLE, method="GET", path="/api/v1/tasks", times=3)
        studio = stage.open()

        for seed in range(3):
            studio.balance()  # leaves a connection open
            studio.submit("a fox", seed=seed).result(WAIT_SECONDS)

        assert on_gets.struck == 3
        assert on_posts.struck == 0
        assert stage.tasks == stage.images == 3
