"""An image whose address has expired is not given up before the task was asked for a fresh one."""

from pathlib import Path
from typing import Any

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.simulator.books import Task
from qwen_notebook.studio.studio import core_of
from tests.support.fault_proxy import Trouble
from tests.support.stage import WAIT_SECONDS, Stage


def test_the_fresh_address_is_the_one_that_is_fetched(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        _sign_addresses_anew(stage)
        studio = stage.open()

        picture = studio.submit("a fox", seed=7).result(WAIT_SECONDS)

        assert picture.url is not None
        assert "/media/" in picture.url
        assert stage.tasks == 1


def test_a_service_that_is_down_just_then_loses_nothing(tmp_path: Path) -> None:
    with Stage(tmp_path, {"url-expired": Rule(times=1)}) as stage:
        studio = stage.open()

        def go_down(job: qn.Job) -> None:
            if job.status is State.DOWNLOADING and not stage.proxy.rules:
                stage.proxy.add(Trouble.LOSE_ANSWER, method="GET", path="/api/v1/tasks", times=5)

        core_of(studio).follow(go_down)

        studio.submit("a fox", seed=7).result(WAIT_SECONDS)

        assert stage.proxy.rules[0].struck >= 1
        assert (stage.tasks, stage.images) == (1, 1)


def _sign_addresses_anew(stage: Stage) -> None:
    """Let the service sign each address for one look only, as a media host with short-lived signatures does."""
    describe = stage.simulator.describe
    looks = 0

    def signed(task: Task, media_url: str) -> dict[str, Any]:
        nonlocal looks
        looks += 1
        return describe(task, media_url if looks > 1 else f"{media_url}/expired")

    stage.simulator.describe = signed  # type: ignore[method-assign]
