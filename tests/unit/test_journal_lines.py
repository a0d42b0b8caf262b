"""A line of a journal counts as a whole or not at all, whoever wrote it."""

import inspect
import json
from dataclasses import fields
from pathlib import Path
from time import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook import errors
from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.journal.annotations import LONGEST_NOTE, check_note
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.line_schema import ERROR_FIELDS, KNOWN_FIELDS, read_line
from qwen_notebook.journal.records import REAPI, ErrorRecord, JobRecord, is_job_id, new_job_id
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.task import is_task_id
from tests.support.journal_lines import Line, beginning, mark, move, put, read, saved

TEXT_FOR_NUMBER = ["31", "", True, [], {}]
NO_TIMES = [*TEXT_FOR_NUMBER, -1, 4_102_444_801, float("nan"), float("inf"), 10**400]
NO_COUNTS = [*TEXT_FOR_NUMBER, -1, 1.5, 10**400, float("nan")]
NO_IDS = ["", "..", "../../a", "/a", "a/b", "a\\b", "a\n", "A", "i", "a" * 33, "a.b", None, 5, "é", "a\x00"]
NO_FILES = [
    *(
        "/etc/passwd",
        "../a.png",
        "images/../a.png",
        "images/a/b.png",
        "images/..",
        "images/",
        "images/.a.png",
    ),
    *(
        "images\\a.png",
        "images/a\\b.png",
        "images/a\n.png",
        "images/a\x00",
        "images/c:a.png",
        "a.png",
        "images/a.",
    ),
    *("images/" + "a" * 300, "Images/a.png", "images//a.png", "C:\\a.png", 5, ["images/a.png"]),
]
NO_REQUESTS: list[Any] = [
    *(None, {}, [], "a fox", {"prompt": ""}, {"prompt": "  \n"}, {"prompt": 5}, {"prompt": "x" * 801}),
    *({"prompt": "🦊" * 401}, {"prompt": "x", "image_size": "5:4"}, {"prompt": "x", "image_size": 1}),
    *({"prompt": "x", "seed": value} for value in (-1, 2**31, "7", 1.0, True, float("nan"))),
    *({"prompt": "x", "image_size": size} for size in QWEN_IMAGE_2.edit_only_sizes),
    *({"prompt": "x", "image_url": url} for url in ("file:///etc/passwd", "http://a.example/a.png", "", 5)),
    *({"prompt": "x", "output_format": "gif"}, {"prompt": "x", "nsfw_checker": 1}),
]
ODD: dict[str, list[Any]] = {
    "job": NO_IDS,
    "id": ["b", *NO_IDS],
    "writer": ["", "a b", "../a", "a" * 101, None, 5],
    "seq": [0, 2**53, *NO_COUNTS],
    "at": [None, *NO_TIMES],
    "attempt": [10_001, None, *NO_COUNTS],
    "state": ["", "lost", None, 5, ["saved"]],
    "service": ["", "a b", "../a", None, 5, "x" * 40],
    "key": ["", "0" * 31, "0" * 33, None, 5],
    "created": [None, *NO_TIMES],
    "changed": [None, *NO_TIMES],
    "sent": NO_TIMES,
    "saved": NO_TIMES,
    "seconds": NO_TIMES,
    "credits": [1_000_001, *NO_COUNTS],
    "balance_before": ["1", 1.5, True, float("nan")],
    "balance_after": ["1", 1.5, True, float("nan")],
    "width": [100_001, *NO_COUNTS],
    "height": [100_001, *NO_COUNTS],
    "sha256": ["", "0" * 63, "0" * 65, 5],
    "file": [5, ["images/a.png"], "x" * 1001],
    "doubtful": NO_FILES,
    "task_id": ["", "a b", "..", "a\n", "x" * 257, 5],
    "url": [5, [], "x" * 20_001],
    "note": [5, [], "x" * 20_001],
    "origin": [5, [], "x" * 20_001],
    "drawn": [5, True, "", "0" * 31, "0" * 33],
    "cell": [5, True, "", "0" * 31, "0" * 33],
    "client_id": [5, [], "x" * 20_001],
    "copy": [0, 10_001, None, *TEXT_FOR_NUMBER],
    "by_hand": [None, 1, "true"],
    "request": NO_REQUESTS,
    "error": [
        "x",
        [],
        {},
        {"kind": "QwenError"},
        {"kind": 5, "what": "x"},
        {"kind": "x", "what": "x", "status": "1"},
    ],
    "earlier": [
        *(None, {}, [5], [{}], [{"number": 0, "state": "uncertain"}], [{"number": 1, "state": "saved"}]),
        *([{"number": 1, "state": "uncertain", "credits": amount}] for amount in NO_COUNTS),
        [{"number": 1, "state": "uncertain"}] * 101,
    ],
}
ONE_ODD = [pytest.param(name, value, id=f"{name}={value!r:.40}") for name in ODD for value in ODD[name]]


@pytest.mark.parametrize(("name", "value"), ONE_ODD)
def test_a_line_with_one_odd_value_counts_for_nothing_and_harms_nothing(
    tmp_path: Path, name: str, value: object
) -> None:
    put(tmp_path, saved("a", credits=30), saved("c") | {name: value}, saved("d", seq=2, created=101.0))

    journal = read(tmp_path)

    assert journal.damaged == 1
    assert list(journal.index.ids) == ["a", "d"]
    assert [record.id for record in journal.records(["a", "c", "d"])] == ["a", "d"]
    assert journal.index.saved == 2
    assert journal.index.totals(REAPI).spent == 61
    assert journal.index.totals(REAPI).open == 0


@pytest.mark.parametrize("missing", ["job", "writer", "seq", "at", "state", "request", "service", "key"])
def test_a_line_with_a_part_of_what_a_job_begins_with_counts_for_nothing(
    tmp_path: Path, missing: str
) -> None:
    put(tmp_path, {name: value for name, value in saved("a").items() if name != missing})

    journal = read(tmp_path)

    assert journal.damaged == 1
    assert list(journal.index.ids) == []
    assert journal.index.totals(REAPI).spent == 0


def test_a_job_whose_first_line_is_missing_is_in_no_list_and_no_sum_and_is_counted(tmp_path: Path) -> None:
    file = put(tmp_path, move("a", state="saved", credits=31, file="images/a.png"))
    journal = read(tmp_path)

    assert (list(journal.index.ids), list(journal.index.unsettled), journal.index.saved) == ([], [], 0)
    assert journal.record("a") is None
    assert journal.damaged == 1

    put(tmp_path, beginning("a", writer="two"), name="two")
    journal.refresh()

    assert file.exists()
    assert list(journal.index.ids) == ["a"]
    assert (journal.index.saved, journal.damaged) == (1, 0)
    assert journal.index.totals(REAPI).spent == 31


def test_what_newer_versions_add_is_passed_over() -> None:
    line = saved("a", v=9, colour="red", request={"prompt": "a fox", "style": "oil"})

    said = read_line(json.dumps(line).encode())

    assert said is not None
    assert said["request"] == {"prompt": "a fox"}
    assert "colour" not in said
    assert read_line(b'{"kind":"weather","writer":["?"]}') is None
    assert read_line(b'{"kind":"writer","process":5}') is None
    assert read_line(b'{"v":1,"kind":"closed","writer":"one","seq":5,"at":1.0}') is None


def test_every_field_of_a_record_comes_back_from_disk() -> None:
    assert {field.name for field in fields(JobRecord)} <= KNOWN_FIELDS
    assert {field.name for field in fields(ErrorRecord)} <= ERROR_FIELDS


@given(st.text(max_size=300) | st.text(st.sampled_from("./~!-a"), max_size=6) | st.just("x" * 257))
def test_a_line_takes_the_same_task_ids_as_the_client(task_id: str) -> None:
    line = json.dumps(move("a", task_id=task_id)).encode()
    try:
        taken = read_line(line) is not None
    except ValueError:
        taken = False

    assert taken == is_task_id(task_id)


def test_fresh_ids_are_ids_and_nothing_that_leads_elsewhere_is_one() -> None:
    assert all(is_job_id(new_job_id()) for _ in range(100))
    assert not any(is_job_id(text) for text in NO_IDS)


def test_what_the_service_sends_at_any_length_is_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    request = GenerationRequest(prompt="a fox", seed=7)
    error = ErrorRecord(kind="BadImage", what="w" * 50_000, todo="t" * 50_000, request_id="r" * 50_000)
    job = new_job_id()
    record = JobRecord(
        id=job,
        request=request,
        service=REAPI,
        created=1.0,
        changed=1.0,
        note="n" * 50_000,
        error=error,
        url="u" * 50_000,
    )
    journal.write(record)

    back = read(tmp_path)

    assert back.damaged == 0
    assert back.record(job) is not None


@pytest.mark.parametrize("kind", [name for name, cls in vars(errors).items() if inspect.isclass(cls)])
@pytest.mark.parametrize("charge", [*Charge, "a newer one"])
def test_an_error_of_any_name_can_be_raised_again(kind: str, charge: str) -> None:
    error = ErrorRecord(kind=kind, what="What.", charge=charge).to_error()

    assert isinstance(error, QwenError)
    assert error.charge in Charge


def test_a_mark_from_the_future_counts_for_nothing(tmp_path: Path) -> None:
    soon, never = time() + 3_600, time() + 2 * 86_400
    put(
        tmp_path,
        saved("a"),
        mark("a", at=soon, note="soon"),
        mark("a", at=never, note="never", deleted=True),
        mark("a", at=253_370_764_800.0, note="9999"),
    )

    journal = read(tmp_path)

    assert journal.annotations.of("a").note == "soon"
    assert not journal.annotations.deleted
    assert journal.damaged == 2


@pytest.mark.parametrize(
    "words",
    [{"starred": "yes"}, {"starred": 1}, {"note": 5}, {"note": "x" * (LONGEST_NOTE + 1)}, {"deleted": None}],
)
def test_a_mark_with_an_odd_word_counts_for_nothing(tmp_path: Path, words: Line) -> None:
    put(
        tmp_path,
        saved("a"),
        mark("a", note="before"),
        mark("a", **({"note": "after"} | words)),
        mark("../a", note="x"),
    )

    journal = read(tmp_path)

    assert journal.annotations.of("a").note == "before"
    assert journal.damaged == 2


def test_a_word_that_is_given_now_counts_although_another_clock_is_ahead(tmp_path: Path) -> None:
    put(tmp_path, saved("a"), mark("a", at=time() + 3_600, starred=True, note="theirs"))
    journal = read(tmp_path)

    journal.write_annotation("a", starred=False)
    journal.write_annotation("a", note="ours")
    journal.write_annotation("a", note="ours again")

    for reader in (journal, read(tmp_path)):
        assert reader.annotations.of("a").note == "ours again"
        assert not reader.annotations.of("a").starred


@pytest.mark.parametrize("note", ["x" * (LONGEST_NOTE + 1), "half \ud83e"])
def test_a_note_that_could_not_be_read_back_is_refused(note: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_note(note)

    assert caught.value.field == "note"


def test_a_job_is_found_by_its_tasks_of_now_and_before(tmp_path: Path) -> None:
    before = [{"number": 1, "state": "uncertain", "task_id": "task_before"}]
    put(tmp_path, saved("a", task_id="task_a", earlier=before), saved("b", task_id="task_b", seq=2))
    journal = read(tmp_path)
    entries = journal.index

    assert (entries.by_task_id("task_a"), entries.by_task_id("task_before")) == ("a", "a")
    assert entries.by_task_id("task_c") is None

    put(tmp_path, saved("c", task_id="task_b", writer="two"), name="two")
    journal.refresh()

    assert entries.by_task_id("task_b") == "b"
    assert entries.all_by_task_id("task_b") == ("b", "c")


def test_earlier_attempts_that_may_have_been_charged_stay_open_whatever_becomes_of_the_job(
    tmp_path: Path,
) -> None:
    earlier = [
        {"number": 1, "state": "uncertain", "credits": 31},
        {"number": 2, "state": "dismissed", "credits": 30},
        {"number": 3, "state": "uncertain", "credits": None},
    ]
    for state, spent, open_ in (
        ("saved", 5, 61),
        ("failed", 0, 61),
        ("uncertain", 0, 66),
        ("cancelled", 0, 61),
    ):
        folder = tmp_path / state
        put(folder, saved("a", state=state, credits=5, earlier=earlier))

        totals = read(folder).index.totals(REAPI)

        assert (totals.spent, totals.open) == (spent, open_)


def test_a_renamed_file_and_a_second_copy_of_it_tell_the_same(tmp_path: Path) -> None:
    lines = (
        beginning("a"),
        move("a", seq=2, state="sending", attempt=1),
        move("a", seq=3, state="planned", attempt=1),
    )
    put(tmp_path, *lines)
    put(tmp_path, *lines[:2], name="one (conflicted copy)")
    renamed = tmp_path / "renamed"
    put(renamed, *lines, name="a copy of one")

    for folder in (tmp_path, renamed):
        journal = read(folder)
        entry, record = journal.index.get("a"), journal.record("a")
        assert entry is not None
        assert record is not None
        assert (entry.state, record.state, entry.leader) == (State.PLANNED, State.PLANNED, "one")
        assert journal.index.totals(REAPI).open == 31
        assert journal.damaged == 0


def test_nobody_else_speaks_for_this_writer(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record = JobRecord(
        id="a",
        request=GenerationRequest(prompt="a fox", seed=7),
        service=REAPI,
        created=1.0,
        changed=1.0,
        credits=31,
    )
    journal.write(record)
    put(tmp_path, move("a", writer=journal.writer, seq=99, state="failed", attempt=9, credits=0), name="x")

    journal.refresh()

    entry = journal.index.get("a")
    assert entry is not None
    assert entry.state is State.PLANNED
    assert journal.index.totals(REAPI).open == 31


def test_compacting_leaves_a_spoiled_line_alone_and_folds_the_rest(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record = JobRecord(
        id="a",
        request=GenerationRequest(prompt="a fox", seed=7),
        service=REAPI,
        created=1.0,
        changed=1.0,
        credits=31,
    )
    journal.write(record)
    journal.write(record.moved(State.SENDING, 2.0, attempt=1))
    spoiled = json.dumps(move("a", writer=journal.writer, seq=3, state="failed", credits=-5)).encode()
    other = json.dumps(move("a", writer="somebody", seq=3, state="submitted", attempt=1)).encode()
    file = next(journal.folder.glob("*.jsonl"))
    with file.open("ab") as out:
        out.write(spoiled + b"\n" + other + b"\n")

    journal.close()

    after = file.read_bytes().splitlines()
    assert len(after) == 5
    assert {spoiled, other} < set(after)
    back = read(tmp_path)
    found = back.record("a")
    assert found is not None
    assert (found.state, found.credits, back.damaged) == (State.SUBMITTED, 31, 1)
