"""A paid image whose address is dead, in whatever way, is fetched from a fresh one, which the task is asked for."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import Rule
from qwen_notebook.simulator.books import Task
from qwen_notebook.studio.studio import core_of
from tests.support.fault_proxy import Trouble
from tests.support.gate import Instead
from tests.support.ports import port_to_keep
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick, reaches, wait_for

OLD = "/old"
FOR_EVER = 1 << 30
HTML = b"<!DOCTYPE html><title>Sign in</title><h1>Sign in to continue</h1>"


@dataclass(frozen=True)
class Dead:
    """An address that never works, and what becomes of the job where there is no other.

    Attributes
    ----------
    answer
        Status and body of what the host answers with.
    before
        What it answers with the first few times.
    below
        What befalls its answers below HTTP.
    host
        Where it leads instead of to the service.
    """

    what: str
    said: str
    answer: tuple[int, bytes] | None = None
    before: tuple[int, bytes] | None = None
    below: Trouble | None = None
    host: str | None = None
    ends: State = State.DOWNLOADING


KINDS = [
    *(
        Dead(str(status), f"answered {status}", (status, b"No"))
        for status in (400, 401, 402, 418, 429, 451, 500, 502, 503, 504)
    ),
    *(Dead(str(status), f"({status})", (status, b"No"), ends=State.GONE) for status in (403, 404, 410)),
    Dead("a page of HTML", "not a PNG or JPEG", (200, HTML), ends=State.UNREADABLE),
    Dead("an empty 202", "not a PNG or JPEG", (202, b""), ends=State.UNREADABLE),
    Dead("a redirect to nowhere", "answered 302", (302, b"")),
    Dead("a cut body", "did not arrive whole", (200, b"\x89PNG" * 100), below=Trouble.CUT_BODY),
    Dead("a closed connection", "did not arrive whole", (200, b""), below=Trouble.LOSE_ANSWER),
    Dead("a refused connection", "could not be reached (connection refused)", host="nobody"),
    Dead("plain http elsewhere", "not an https address", host="http://elsewhere.invalid"),
    Dead("no address at all", "not an https address", host="nowhere"),
]
CHANGING = [
    Dead("500 and then 404", "(404)", (404, b"No"), before=(500, b"No"), ends=State.GONE),
    Dead("404 and then 500", "answered 500", (500, b"No"), before=(404, b"No")),
    Dead("HTML and then 429", "answered 429", (429, b"No"), before=(200, HTML)),
    Dead("403 and then HTML", "not a PNG or JPEG", (200, HTML), before=(403, b""), ends=State.UNREADABLE),
]
"""Where the last reason is not the first."""
LOOKS = {
    "poll-404": "404",
    "poll-500": "500",
    "poll-502": "502",
    "poll-503": "503",
    "poll-504": "504",
    "poll-html": "web page",
    "poll-cut-json": "cannot be read",
}


def test_it_is_saved_from_a_fresh_one_when_the_old_one_never_works_again(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _old_is_dead(stage, KINDS, lambda task: task.polls == 1):
        studio = stage.open(max_in_flight=len(KINDS))
        tried: set[str] = set()
        core_of(studio).follow(lambda job: tried.add(f"{job.request.prompt} {OLD in (job.record.url or '')}"))
        jobs = [studio.submit(kind.what, seed=7) for kind in KINDS]

        ends = {job.request.prompt: job.wait(WAIT_SECONDS) for job in jobs}

        assert ends == {kind.what: State.SAVED for kind in KINDS}
        assert tried == {f"{kind.what} {old}" for kind in KINDS for old in (True, False)}
        assert stage.tasks == stage.images == len(KINDS)
        assert studio.spent == len(KINDS) * PRICE


def test_the_last_reason_is_told_when_the_deadline_strikes(tmp_path: Path) -> None:
    kinds = [*KINDS, *CHANGING]
    with Stage(tmp_path) as stage, _old_is_dead(stage, kinds, lambda task: True):
        studio = stage.open(max_in_flight=len(kinds), patience=quick(deadline=4.0))
        jobs = [studio.submit(kind.what, seed=7) for kind in kinds]
        _wait_for_all(studio, jobs)

        said = {kind.what: (job.status, _words(job)) for kind, job in zip(kinds, jobs, strict=True)}

        assert {what: state for what, (state, _) in said.items()} == {kind.what: kind.ends for kind in kinds}
        assert not [(kind.said, said[kind.what]) for kind in kinds if kind.said not in said[kind.what][1]]
        assert studio.spent == len(kinds) * PRICE


def test_the_last_reason_is_told_where_the_task_cannot_be_looked_at(tmp_path: Path) -> None:
    with Stage(tmp_path, {fault: Rule(prompt=fault) for fault in LOOKS}) as stage:
        studio = stage.open(patience=quick(deadline=2.0))
        jobs = [studio.submit(fault, seed=7) for fault in LOOKS]
        _wait_for_all(studio, jobs)

        assert {job.status for job in jobs} == {State.SUBMITTED}
        assert not [_words(job) for job in jobs if LOOKS[job.request.prompt] not in _words(job)]


@pytest.mark.parametrize("way", ["kernel killed", "studio closed", "deadline struck"])
def test_a_download_that_is_resumed_begins_with_a_fresh_one(way: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _old_is_dead(stage, [], lambda task: task.polls == 1):
        if way == "kernel killed":
            with Program([stage], seeds=[7], through_proxy=True, stop={"state": "downloading"}) as program:
                program.until("at")
        else:
            stage.gate.hold("GET", OLD)
            first = stage.open(patience=quick(deadline=1.0))
            struck = reaches(first, lambda job: "very long" in (job.note or ""))
            first.submit("a fox", seed=7)
            stage.gate.wait_held()
            if way == "studio closed":
                first.close()
            else:
                wait_for(struck, "the deadline strikes")
            stage.gate.let_go()
        tried = _tried(stage)

        studio = stage.open()
        with suppress(qn.StillRunning):  # which tells of the deadline, once
            studio.jobs[0].wait(WAIT_SECONDS)

        assert studio.jobs[0].wait(WAIT_SECONDS) is State.SAVED
        assert _tried(stage) == tried
        assert (stage.tasks, stage.images) == (1, 1)


@contextmanager
def _old_is_dead(stage: Stage, kinds: Sequence[Dead], is_old: Callable[[Task], bool]) -> Generator[None]:
    """Name the old address as long as this says so, dead in the way that the request's prompt says."""
    describe = stage.simulator.describe
    places: dict[str, str] = {}

    def named(task: Task, media_url: str) -> dict[str, Any]:
        place = places.get(task.order.prompt, f"{media_url}{OLD}")
        return describe(task, place.replace("service", media_url) if is_old(task) else media_url)

    with port_to_keep() as port:
        for number, kind in enumerate(kinds):
            path = f"{OLD}/{number}/"
            host = f"http://127.0.0.1:{port}" if kind.host == "nobody" else kind.host or "service"
            places[kind.what] = f"{host}{path.rstrip('/')}"
            if kind.before is not None:
                stage.gate.answer_instead(Instead(path, *kind.before, times=2))
            if kind.answer is not None:
                stage.gate.answer_instead(Instead(path, *kind.answer, times=FOR_EVER))
            if kind.below is not None:
                stage.proxy.add(kind.below, method="GET", path=path)
        stage.simulator.describe = named  # type: ignore[method-assign]
        yield


def _tried(stage: Stage) -> int:
    return sum(path.startswith(OLD) for _, path in stage.proxy.seen)


def _wait_for_all(studio: qn.Studio, jobs: list[qn.Job]) -> None:
    def rest(_: qn.Job) -> bool:
        return all(job.status.given_up or "very long" in (job.note or "") for job in jobs)

    wait_for(reaches(studio, rest), "the deadline strikes")


def _words(job: qn.Job) -> str:
    return str(job.error or job.note)
