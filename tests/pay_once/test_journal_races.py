"""What a reader of the journal sees while its writer is at work: late, by halves, or compacted under its eyes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qwen_notebook.journal.journal import RESERVED_BYTES, Journal
from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest


def _planned(name: str, seed: int = 7) -> JobRecord:
    request = GenerationRequest(prompt="a fox", seed=seed)
    return JobRecord(id=name, request=request, service=REAPI, created=100.0 + seed, changed=100.0, credits=31)


def _written(journal: Journal, record: JobRecord, *states: State) -> JobRecord:
    journal.write(record)
    for state in states:
        changes = {
            State.SENDING: {"attempt": 1, "sent": 101.0},
            State.SUBMITTED: {"task_id": f"task_{record.id}"},
            State.SAVED: {"file": f"images/{record.id}.png"},
        }.get(state, {})
        record = record.moved(state, 102.0, **changes)
        journal.write(record, reserve=state is State.SENDING)
    return record


TO_SUBMITTED = (State.SENDING, State.SUBMITTED)
TO_PROCESSING = (*TO_SUBMITTED, State.PROCESSING)
TO_SAVED = (*TO_PROCESSING, State.DOWNLOADING, State.SAVED)


class Slot:
    """The reserved room of the only job in a journal, put back to what it was at an earlier moment."""

    def __init__(self, journal: Journal) -> None:
        self._path = journal.folder / f"{journal.writer}.jsonl"
        lines = self._path.read_bytes().splitlines(keepends=True)
        self._line = next(line for line in lines if len(line) == RESERVED_BYTES)
        self._offset = self._path.read_bytes().index(self._line)

    def put(self, part: Callable[[bytes], bytes]) -> None:
        """Leave only a part of what stands there; the rest is blank, as it was reserved."""
        with self._path.open("r+b") as file:
            file.seek(self._offset)
            file.write(part(self._line).ljust(RESERVED_BYTES - 1) + b"\n")

    def blank(self) -> None:
        self.put(lambda _: b"")

    def half(self) -> None:
        self.put(lambda line: line.rstrip()[: len(line.rstrip()) // 2])

    def whole(self) -> None:
        self.put(lambda line: line.rstrip())


def test_an_answer_read_after_what_came_later_does_not_turn_a_job_back(tmp_path: Path) -> None:
    writer, reader = Journal(tmp_path), Journal(tmp_path)
    _written(writer, _planned("a"), *TO_PROCESSING)
    slot = Slot(writer)
    slot.blank()
    reader.refresh()
    assert reader.index.get("a").state is State.PROCESSING  # type: ignore[union-attr]
    slot.whole()
    reader.refresh()

    record = reader.record("a")
    assert record is not None
    assert (reader.index.get("a").state, record.state) == (State.PROCESSING,) * 2  # type: ignore[union-attr]
    assert record.task_id == "task_a"


def test_an_answer_read_while_it_is_written_is_read_again(tmp_path: Path) -> None:
    writer, reader = Journal(tmp_path), Journal(tmp_path)
    _written(writer, _planned("a"), *TO_SUBMITTED)
    slot = Slot(writer)
    slot.blank()
    reader.refresh()
    slot.half()
    for _ in range(3):
        reader.refresh()
        assert reader.damaged <= 1
    slot.whole()
    reader.refresh()

    record = reader.record("a")
    assert record is not None
    assert (record.state, record.task_id) == (State.SUBMITTED, "task_a")
    assert reader.damaged == 0


def test_a_reader_that_has_not_looked_since_is_not_led_astray_by_a_compacted_file(tmp_path: Path) -> None:
    writer, reader = Journal(tmp_path), Journal(tmp_path)
    names = [f"j{number}" for number in range(20)]
    for number, name in enumerate(names):
        _written(writer, _planned(name, number), *TO_SAVED)
    reader.refresh()
    before = [reader.record(name) for name in names]
    assert None not in before
    size = (writer.folder / f"{writer.writer}.jsonl").stat().st_size

    writer.close()

    assert (writer.folder / f"{writer.writer}.jsonl").stat().st_size < size / 2
    assert [reader.record(name) for name in names] == before
    reader.refresh()
    assert [reader.record(name) for name in names] == before
    assert reader.damaged == 0
    assert reader.index.totals(REAPI).spent == 31 * len(names)


def test_two_writers_of_one_job_agree_after_one_is_compacted(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    record = _written(first, _planned("a"), *TO_PROCESSING)
    second = Journal(tmp_path)
    second.refresh()
    for state, changes in (
        (State.DOWNLOADING, {"url": "https://x.invalid/0.png"}),
        (State.SAVED, {"file": "x.png"}),
    ):
        record = record.moved(state, 103.0, **changes)
        second.write(record)
    reader = Journal(tmp_path)
    reader.refresh()
    before = reader.record("a")

    for closing in (first, second):
        closing.close()
        fresh = Journal(tmp_path)
        fresh.refresh()
        for one in (reader, fresh):
            assert one.record("a") == before
            assert one.index.totals(REAPI).spent == 31


@pytest.mark.parametrize("kind", ["mark", "weather"])
def test_compaction_keeps_what_it_does_not_know(kind: str, tmp_path: Path) -> None:
    writer = Journal(tmp_path)
    _written(writer, _planned("a"), *TO_SAVED)
    path = writer.folder / f"{writer.writer}.jsonl"
    strange = b'{"v":9,"kind":"%s","writer":"%s","seq":99,"at":1.0,"job":"a","note":"kept"}\n' % (
        kind.encode(),
        writer.writer.encode(),
    )
    with path.open("ab") as file:
        file.write(strange)

    writer.close()

    lines = path.read_bytes().splitlines(keepends=True)
    assert strange in lines
    assert len(lines) == 4, "with the writer's first line and its last"
    assert b'"kind":"writer"' in lines[0]


def test_what_cannot_be_read_is_counted_once_also_after_compaction(tmp_path: Path) -> None:
    writer, reader = Journal(tmp_path), Journal(tmp_path)
    _written(writer, _planned("a"), *TO_SAVED)
    with (writer.folder / f"{writer.writer}.jsonl").open("ab") as file:
        file.write(b"half a li\n")
    reader.refresh()
    assert reader.damaged == 1

    writer.close()
    reader.refresh()

    assert reader.damaged == 1
