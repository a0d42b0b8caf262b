"""The journal: what is written is read back, whoever wrote it and whatever else stands there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_notebook.errors import ContentRejected
from qwen_notebook.journal.journal import RESERVED_BYTES, Journal
from qwen_notebook.journal.records import REAPI, ErrorRecord, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest


def planned(name: str, seed: int = 7) -> JobRecord:
    request = GenerationRequest(prompt="a “red” fox 🦊", seed=seed, image_url="https://example.com/a.png")
    return JobRecord(id=name, request=request, service=REAPI, created=100.0, changed=100.0, credits=31)


def sent(record: JobRecord, **changes: object) -> JobRecord:
    return record.moved(State.SENDING, 101.0, attempt=record.attempt + 1, sent=101.0, **changes)


def reread(folder: Path) -> Journal:
    journal = Journal(folder)
    journal.refresh()
    return journal


def lines(folder: Path) -> list[str]:
    return [line for file in (folder / "ledger").glob("*.jsonl") for line in file.read_text().splitlines()]


def test_a_job_comes_back_with_all_its_fields(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record = planned("a")
    journal.write(record)
    record = sent(record, balance_before=500)
    journal.write(record, reserve=True)
    record = record.moved(State.SUBMITTED, 102.0, task_id="task_1")
    journal.write(record)
    error = ErrorRecord.of(
        ContentRejected("No.", "Change it.", code=80006, request_id="req_1", task_id="task_1")
    )
    record = record.moved(State.FAILED, 103.0, error=error, seconds=12.5)
    journal.write(record)

    back = reread(tmp_path).record("a")

    assert back is not None
    assert replace(back, changed=0) == replace(record, changed=0)
    assert isinstance(back.error.to_error() if back.error else None, ContentRejected)


def test_a_torn_line_an_unknown_kind_and_a_newer_version_never_lose_the_rest(tmp_path: Path) -> None:
    Journal(tmp_path).write(planned("a"))
    file = next((tmp_path / "ledger").glob("*.jsonl"))
    newer = json.loads(file.read_text().splitlines()[-1]) | {
        "v": 9,
        "job": "b",
        "id": "b",
        "colour": "red",
        "seq": 99,
    }
    with file.open("a") as out:
        out.write('{"v":1,"kind":"job","wri\n')
        out.write('{"v":1,"kind":"weather","writer":"w","seq":5}\n')
        out.write("\x00\x00\n[]\n17\n")
        out.write(json.dumps(newer) + "\n")
        out.write('{"v":1,"kind":"job","writer":"w","seq":6,"at":1,"job":"c"')

    journal = reread(tmp_path)

    assert list(journal.index.ids) == ["a", "b"]
    assert journal.record("b") is not None
    assert journal.damaged == 4


def test_the_task_id_goes_into_the_room_that_was_reserved_for_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record = planned("a")
    journal.write(record)
    record = sent(record)
    journal.write(record, reserve=True)
    file = next((tmp_path / "ledger").glob("*.jsonl"))
    size = file.stat().st_size

    journal.write(record.moved(State.SUBMITTED, 102.0, task_id="task_" + "f" * 250))

    assert file.stat().st_size == size, "the answer takes no new room on the disk"
    assert size > RESERVED_BYTES
    back = reread(tmp_path).record("a")
    assert back is not None
    assert back.state is State.SUBMITTED
    assert back.task_id == "task_" + "f" * 250


def test_two_writers_see_each_others_jobs(tmp_path: Path) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    one.write(planned("a"))
    other.write(planned("b", seed=8))

    assert one.refresh() == {"b"}
    assert other.refresh() == {"a"}
    assert list(one.index.ids) == list(other.index.ids)
    assert one.refresh() == set()


def test_a_line_is_seen_by_others_also_when_it_fills_a_reserved_room(tmp_path: Path) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    record = sent(planned("a"))
    one.write(planned("a"))
    one.write(record, reserve=True)
    other.refresh()

    one.write(record.moved(State.SUBMITTED, 102.0, task_id="task_1"))

    assert other.refresh() == {"a"}
    seen = other.record("a")
    assert seen is not None
    assert seen.task_id == "task_1"


@pytest.mark.parametrize("clock", [1.0, 4e9])
def test_what_has_come_further_wins_whatever_the_clocks_say(tmp_path: Path, clock: float) -> None:
    one = Journal(tmp_path)
    record = sent(planned("a"))
    one.write(planned("a"))
    one.write(record)
    other = Journal(tmp_path)
    other.refresh()
    uncertain = record.moved(State.UNCERTAIN, 102.0)
    one.write(uncertain)
    other.refresh()
    other.write(uncertain.moved(State.SUBMITTED, clock, task_id="task_1"), kind="resolve")
    one.write(uncertain.moved(State.DISMISSED, 103.0), kind="resolve")

    merged = reread(tmp_path).record("a")

    assert merged is not None
    assert merged.state is State.SUBMITTED
    assert merged.task_id == "task_1"


def test_sending_again_is_further_than_all_of_the_attempt_before(tmp_path: Path) -> None:
    one = Journal(tmp_path)
    record = sent(planned("a"))
    one.write(planned("a"))
    one.write(record)
    uncertain = record.moved(State.UNCERTAIN, 102.0)
    one.write(uncertain)
    other = Journal(tmp_path)
    other.refresh()
    other.write(sent(uncertain), kind="resolve")

    merged = reread(tmp_path).record("a")

    assert merged is not None
    assert (merged.state, merged.attempt) == (State.SENDING, 2)


def test_a_line_that_does_not_fit_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qwen_notebook.journal import lines as module

    journal = Journal(tmp_path)
    journal.write(planned("a"))
    before = lines(tmp_path)
    whole = module.write_all

    def half(file: object, data: bytes) -> None:
        whole(file, data[: len(data) // 2])  # type: ignore[arg-type]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_all", half)
    with pytest.raises(OSError, match="No space"):
        journal.write(planned("b"))
    monkeypatch.setattr(module, "write_all", whole)
    journal.write(planned("c", seed=9))

    assert lines(tmp_path)[: len(before)] == before
    assert list(reread(tmp_path).index.ids) == ["a", "c"]
    assert reread(tmp_path).damaged == 0


def test_totals_follow_the_states(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    record = planned("a")
    journal.write(record)
    totals = journal.index.totals(REAPI)
    assert (totals.spent, totals.open) == (0, 31)

    record = sent(record)
    journal.write(record)
    assert (totals.spent, totals.open) == (0, 31)

    record = record.moved(State.SUBMITTED, 102.0, task_id="t")
    journal.write(record)
    assert (totals.spent, totals.open) == (31, 0)

    journal.write(record.moved(State.FAILED, 103.0))
    assert (totals.spent, totals.open) == (0, 0)


def test_a_writer_is_known_to_be_alive_or_dead(tmp_path: Path) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    one.write(planned("a"))
    assert other.is_alive(one.writer) is True

    one.close()

    assert other.is_alive(one.writer) is False
    assert other.is_alive("ffffffff-1-abcdef00") is None, "of a writer without a file nothing is known"


def test_nothing_is_written_before_there_is_something_to_write(tmp_path: Path) -> None:
    Journal(tmp_path).refresh()

    assert list(tmp_path.iterdir()) == []


def test_a_closed_writer_s_file_is_one_line_a_job_and_tells_the_same(tmp_path: Path) -> None:
    journal, other = Journal(tmp_path), Journal(tmp_path)
    saved, uncertain = planned("a"), planned("b", seed=8)
    for record in (saved, uncertain):
        journal.write(record)
        journal.write(sent(record), reserve=True)
    uncertain = sent(uncertain).moved(State.UNCERTAIN, 102.0)
    journal.write(uncertain)
    saved = sent(saved).moved(State.SUBMITTED, 102.0, task_id="task_1")
    journal.write(saved)
    saved = saved.moved(State.DOWNLOADING, 103.0, url="https://cdn.reapi.ai/0.png", seconds=3.0)
    journal.write(saved)
    journal.write(saved.moved(State.SAVED, 104.0, file="images/a.png", sha256="0" * 64))
    journal.write_annotation("a", starred=True)
    with next((tmp_path / "ledger").glob("*.jsonl")).open("a") as out:
        out.write('{"v":3,"kind":"weather","writer":"w","seq":5}\n')
    other.refresh()
    before = {job: reread(tmp_path).record(job) for job in ("a", "b")}

    journal.close()

    assert len(lines(tmp_path)) == 6, (
        "the writer's own lines, one a job, the mark, and what is not ours to judge"
    )
    for reader in (reread(tmp_path), journal, other):
        assert {job: reader.record(job) for job in ("a", "b")} == before
        assert reader.annotations.of("a").starred
        assert reader.index.totals(REAPI).spent == 31
        assert reader.index.saved == 1
    assert list(other.index.ids) == ["a", "b"]


def test_a_file_that_compacting_does_not_shorten_is_left_as_it_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(planned("a"))
    file = next((tmp_path / "ledger").glob("*.jsonl"))
    before = file.stat().st_ino

    journal.close()

    assert file.stat().st_ino == before
