"""A folder from somebody else: what cannot be read is left out, and nothing in it leads out of the folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.experiments.axes import Axes
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.experiments.manifest import id_of, keep, with_kept_seeds
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.simulator import Assumed, Simulator
from qwen_notebook.studio.storage import Storage
from qwen_notebook.studio.studio import core_of
from tests.support.journal_lines import put, saved

OUTSIDE = ["../../victim", "/etc/passwd", "..", "a/b", "", "C:\\a", "a\x00b"]


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[qn.Studio]:
    """A folder of three pictures; the line of the one in the middle is spoiled after it was read."""
    names = ("a", "b", "c")
    lines = [saved(name, seq=n, created=100.0 + n, credits=10) for n, name in enumerate(names, start=1)]
    file = put(tmp_path, *lines)
    studio = qn.Studio(tmp_path, offline=True)
    content = file.read_bytes()
    middle = content.splitlines()[1]
    with file.open("r+b") as out:
        out.write(content.replace(middle, b"?" * len(middle)))
    yield studio
    studio.close()


def test_a_job_that_cannot_be_made_is_left_out_of_all_sequences(damaged: qn.Studio) -> None:
    for things in (lambda: damaged.jobs, lambda: damaged.pictures):
        assert [thing.id for thing in things()] == ["a", "c"]
        assert [thing.id for thing in reversed(things())] == ["c", "a"]
        assert [thing.id for thing in things()[-2:]] == ["c"]
        assert (things()[0].id, things()[1].id, things()[-1].id, things()[-2].id) == ("a", "c", "c", "a")
        assert " b " not in repr(things())
        once = things()
        assert (once[1].id, len(once)) == ("c", 2)
        with pytest.raises(IndexError):
            _ = once[2]


def test_nor_does_it_break_searches_tables_pages_and_sums(damaged: qn.Studio) -> None:
    sent: list[dict[str, Any]] = []
    panel = qn.qwen_widget(studio=damaged)
    panel.answers._send = lambda content, _=None: sent.append(content)
    panel.take({"kind": "act", "id": "1", "verb": "page", "args": {"limit": 24}})
    panel.close()

    assert [picture["id"] for picture in sent[-1]["result"]["pictures"]] == ["c", "a"]
    assert [picture.id for picture in damaged.find("fox")] == ["a", "c"]
    assert len(damaged.to_frame()) == 2
    assert damaged.spent == 30, "its line was good when it was read: it was paid for"
    assert core_of(damaged).jobs.journal.damaged == 1


@pytest.mark.parametrize("job_id", OUTSIDE)
def test_what_is_no_id_finds_no_job_and_makes_no_path(damaged: qn.Studio, job_id: str) -> None:
    assert damaged.job(job_id) is None
    with pytest.raises(ValueError, match="is not the id of a job"):
        damaged.store.preview_path(job_id)


@pytest.mark.parametrize("job_id", OUTSIDE)
def test_a_message_with_what_is_no_id_is_answered_and_does_nothing(damaged: qn.Studio, job_id: str) -> None:
    sent: list[dict[str, Any]] = []
    panel = qn.qwen_widget(studio=damaged)
    panel.answers._send = lambda content, _=None: sent.append(content)
    for number, verb in enumerate(("delete", "cancel", "resolve", "dismiss", "again", "code")):
        panel.take({"kind": "act", "id": f"act{number}", "verb": verb, "job": job_id})
    panel.take({"kind": "want", "id": "want", "jobs": [job_id], "size": "full"})
    panel.close()

    assert [message["kind"] for message in sent] == ["reject"] * 6 + ["ack"]
    assert sent[-1]["result"] == {"missing": [job_id]}


def test_a_forged_key_gives_nobody_another_picture(tmp_path: Path) -> None:
    asked = GenerationRequest(prompt="an owl", seed=1)
    put(tmp_path, saved("a", key=asked.key, service="simulator"))
    studio = qn.Studio(tmp_path, offline=True)
    own = studio.pictures[0].request

    for _ in range(2):
        assert core_of(studio).find_equal(asked) is None
        assert list(core_of(studio).lookup.equal(asked)) == []
    assert own.prompt == "a fox"
    assert studio.picture_count == 1
    studio.close()


def test_the_jobs_of_a_service_that_is_not_known_are_seen_and_cost_nobody_anything(tmp_path: Path) -> None:
    put(tmp_path, saved("a", service="elsewhere"))
    studio = qn.Studio(tmp_path, api_key="rk_test", base_url="http://127.0.0.1:9", budget=100)

    assert [job.record.service for job in studio.jobs] == ["elsewhere"]
    assert studio.spent == 0
    assert core_of(studio).budget.committed == 0
    assert core_of(studio).find_equal(GenerationRequest(prompt="a fox", seed=7)) is None
    studio.close()


TASK = {
    "kind": "task",
    "id": "task_1",
    "account": "acct_1",
    "order": {"prompt": "a fox", "model": "qwen-image-2"},
    "seed": 7,
    "created": 1.0,
    "ready": 2.0,
    "fails": False,
    "price": 5,
}
ODD_EVENTS: list[Any] = [
    *(
        5,
        [],
        {},
        {"kind": "dance"},
        {"kind": "download", "id": "task_9"},
        {"kind": "end", "id": "task_9", "at": 1},
    ),
    *({"kind": "end", "id": "task_1", "at": "x"}, {"kind": "download", "id": []}, {"kind": "post", "at": 1}),
    *(TASK | {"id": value} for value in ("../a", "", 5, None)),
    *(
        TASK | {"id": "task_2", name: value}
        for name in ("ready", "created")
        for value in ("x", float("nan"), -1)
    ),
    *(TASK | {"id": "task_2", "price": value} for value in (-5, "5", 1.5, None)),
    *(TASK | {"id": "task_2", "order": value} for value in (None, {}, {"prompt": "x"}, "x")),
    TASK | {"id": "task_2", "order": {"prompt": "x", "model": "qwen-image-2", "image_size": "5:4"}},
    TASK,  # once more
]


@pytest.mark.parametrize("event", ODD_EVENTS, ids=lambda event: f"{json.dumps(event):.60}")
def test_a_broken_line_in_the_books_of_previews_harms_nothing(tmp_path: Path, event: object) -> None:
    books = tmp_path / "simulator.books"
    told = [json.dumps(line).encode() for line in (TASK, event)]
    books.write_bytes(b"\n".join([*told, b"\xff\xfe", b"[" * 100_000]) + b"\n")

    simulator = Simulator(state_path=books, assumed=Assumed(starting_balance=100))

    assert simulator.books.balance("acct_1") == 95
    assert [task.id for task in simulator.books.tasks.values()] == ["task_1"]
    assert simulator.books.tasks["task_1"].state == "completed"


def test_books_that_are_no_file_harm_nothing(tmp_path: Path) -> None:
    assert Simulator(state_path=tmp_path).books.tasks == {}


AXES = Axes("a fox", None, {})
CELLS = (Cell("0" * 16, {"prompt": "a fox"}, GenerationRequest(prompt="a fox", seed=7), 0, ""),)
ODD_PLANS: list[Any] = [
    *(5, [], {}, {"cells": 5}, {"cells": [5]}, {"cells": [{"id": [], "request": {"seed": 1}}]}),
    *(
        {"cells": [{"id": CELLS[0].id, "request": {"seed": seed}}]}
        for seed in ("7", -1, 2**31, 1.5, float("inf"), float("nan"), None, True, [])
    ),
]


@pytest.mark.parametrize("plan", ODD_PLANS, ids=repr)
def test_an_odd_plan_of_an_experiment_changes_no_seed(tmp_path: Path, plan: object) -> None:
    store, sweep = Storage(tmp_path), id_of(AXES, CELLS)
    path = keep(store, sweep, AXES, CELLS)
    for content in (json.dumps(plan).encode(), b"[" * 100_000, b"\xff"):
        path.write_bytes(content)
        assert with_kept_seeds(store, sweep, CELLS) == CELLS


def test_a_plan_has_no_other_name_than_its_hash(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not the id of an experiment"):
        keep(Storage(tmp_path), "../../victim", AXES, CELLS)
