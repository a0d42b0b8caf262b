"""Whoever looks at all jobs of a folder at once finds what one would find who looks at each."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qwen_notebook as qn
from qwen_notebook.journal.annotations import Annotation
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.urls import without_query
from qwen_notebook.reapi.values import folded
from qwen_notebook.studio.exports.table import frame_of, rows_of, table_of
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.job_store import JobStore
from qwen_notebook.studio.paths import is_plain
from qwen_notebook.studio.search import search
from tests.support.examples import examples
from tests.support.journal_folders import WORDS, journals
from tests.support.journal_lines import Line, beginning, mark, move, put, read, saved

Files = list[tuple[str, list[Line | bytes]]]


def append(folder: Path, name: str, lines: Sequence[Line | bytes]) -> None:
    """Put lines at the end of a file."""
    file = folder / "ledger" / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as out:
        for line in lines:
            out.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")


def each(journal: Journal) -> Iterator[tuple[JobRecord, Annotation]]:
    """The jobs one by one, oldest first."""
    for job_id in sorted(journal.index.entries, key=lambda job: (journal.index.entries[job].created, job)):
        if (record := journal.record(job_id)) is not None:
            yield record, journal.annotations.of(job_id)


@given(journals(), st.data())
@examples(200)
def test_a_search_finds_what_fits_and_nothing_else(files: Files, data: st.DataObject) -> None:
    asked: dict[str, Any] = {
        "text": data.draw(st.none() | st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join)),
        "image_size": data.draw(st.none() | st.sampled_from(["16:9", "1:1", ("9:16", "16:9")])),
        "since": data.draw(st.none() | st.integers(0, 10)),
        "starred": data.draw(st.none() | st.booleans()),
    }
    with TemporaryDirectory() as name:
        jobs = JobStore(Path(name))
        for file, lines in files:
            append(Path(name), file, lines)
            jobs.journal.refresh()
            found = [record.id for record in search(JobLookup(jobs, REAPI), **asked)]

            assert found == [record.id for record, said in each(jobs.journal) if _fits(record, said, **asked)]


def _fits(
    record: JobRecord, said: Annotation, *, text: str | None, image_size: Any, since: Any, starred: Any
) -> bool:
    shapes = (image_size,) if isinstance(image_size, str) else image_size
    told = folded(f"{record.request.prompt}\n{said.note}")
    return (
        record.state is State.SAVED
        and not said.deleted
        and all(word in told for word in folded(text or "").split())
        and (shapes is None or record.request.image_size in shapes)
        and (since is None or (record.saved or record.changed) >= since)
        and starred in (None, said.starred)
    )


@given(journals())
@examples(200)
def test_many_records_are_those_of_each_job_and_so_are_rows_and_columns(files: Files) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, lines in files:
            append(folder, file, lines)
        jobs = JobStore(folder)
        expected = list(each(jobs.journal))
        index = JobLookup(jobs, REAPI)

        assert list(jobs.journal.records(index.ids)) == [record for record, _ in expected]
        rows = [_row(record, said, folder) for record, said in expected]
        assert list(rows_of(index, index.ids, folder)) == rows
        assert [list(row) for row in rows_of(index, index.ids, folder)] == [list(row) for row in rows]
        pandas.testing.assert_frame_equal(
            frame_of(table_of(index, index.ids, folder)), frame_of(rows), check_exact=True
        )


def _row(record: JobRecord, said: Annotation, folder: Path) -> dict[str, Any]:
    """The row of a job, as the table is described to people."""
    asked, there = record.request.to_fields(), record.state is State.SAVED and not said.deleted
    url = record.request.image_url
    error = None if there or record.error is None else record.error.what
    return asked | {
        "image_url": url and without_query(url),
        "state": "deleted" if said.deleted else record.state.value,
        "service": record.service,
        "created": datetime.fromtimestamp(record.created, UTC),
        "credits": record.credits,
        "seconds": record.seconds,
        "width": record.width,
        "height": record.height,
        "path": str(folder / str(record.file)) if there and is_plain(record.file, "images") else None,
        "sha256": record.sha256,
        "starred": said.starred,
        "note": said.note,
        "error": error and error.replace(str(folder), folder.name),
        "task_id": record.task_id,
        "job": record.id,
    }


@given(journals(most=5))
@examples(200)
def test_pictures_stay_in_order_and_what_was_handed_out_stays_as_it_was(files: Files) -> None:
    with TemporaryDirectory() as name:
        journal, before = Journal(Path(name)), list[tuple[Sequence[str], list[str]]]()
        for file, lines in files:
            append(Path(name), file, lines)
            journal.refresh()
            entries, deleted = journal.index.entries, journal.annotations.deleted
            ids = sorted(
                (job for job in entries if entries[job].service), key=lambda job: (entries[job].created, job)
            )
            pictures = [job for job in ids if entries[job].state is State.SAVED and job not in deleted]

            assert journal.index.picture_count == len(pictures)
            assert list(journal.index.ids) == ids
            assert list(journal.index.pictures) == pictures
            before += [(journal.index.ids, ids), (journal.index.pictures, pictures)]
            for view, then in before:
                assert list(view) == then
                assert [*reversed(view)] == then[::-1]
                assert [view[at] for at in range(-len(then), len(then))] == then + then
                for part in (slice(-2, None), slice(1, 3), slice(None, None, -1), slice(0, 9, 2)):
                    assert list(view[part]) == then[part]
                with pytest.raises(IndexError):
                    view[len(then)]


def test_jobs_that_come_late_are_put_in_their_places_however_many(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, times in enumerate(([5, 1], range(10, 300), [2, 7, 3], range(400, 300, -1))):
        put(
            tmp_path,
            *(saved(f"j{at}", created=at, seq=at, writer=f"w{number}") for at in times),
            name=f"w{number}",
        )
        first = journal.index.pictures
        was = list(first)
        journal.refresh()
        assert list(journal.index.pictures) == sorted(journal.index.entries, key=lambda job: int(job[1:]))
        assert list(first) == was


def test_what_a_person_holds_stays_while_pictures_come_and_go(tmp_path: Path) -> None:
    put(tmp_path, *(saved(f"a{at}", created=at, seq=at) for at in range(1, 6)))
    with qn.Studio(tmp_path, offline=True) as studio:
        held, jobs = studio.pictures, studio.jobs
        made = studio.generate("a fox", seed=7)
        studio.pictures[1].delete()

        assert [picture.id for picture in held] == ["a1", "a2", "a3", "a4", "a5"]
        assert [job.id for job in jobs[-2:]] == ["a4", "a5"]
        assert [picture.id for picture in studio.pictures] == ["a1", "a3", "a4", "a5", made.id]
        assert (studio.picture_count, studio.pictures[-1], studio.jobs[-1].id) == (5, made, made.id)


def test_a_search_knows_what_was_made_and_said_a_moment_ago(tmp_path: Path) -> None:
    with qn.Studio(tmp_path, offline=True) as studio:
        assert studio.find("fox") == []
        fox = studio.generate("a red fox", seed=7)
        assert studio.find("FOX") == [fox]
        fox.annotate("the cover")
        assert studio.find("cover red") == [fox]
        fox.annotate("")
        assert studio.find("cover") == []
        fox.delete()
        assert studio.find("fox") == []


def test_what_a_job_asked_for_is_what_its_record_says_where_two_lines_differ(tmp_path: Path) -> None:
    other = {"prompt": "an owl", "image_size": "1:1", "seed": 1}
    put(
        tmp_path,
        saved("a", seq=2, created=9),
        saved("a", seq=3, created=3, request=other),
        saved("b", seq=4, request=other, created=5),
        move("b", seq=6, state="saved", attempt=1, saved=None, file="images/b.png"),
        move("b", seq=5, state="saved", attempt=1, saved=500.0),
        mark("b", starred=True),
    )
    jobs = JobStore(tmp_path)
    index = JobLookup(jobs, REAPI)

    def found(**asked: Any) -> list[str]:
        every = {"text": None, "image_size": None, "since": None, "starred": None}
        return [record.id for record in search(index, **(every | asked))]

    assert found(text="owl") == ["a", "b"]
    assert found(text="fox") == []
    assert found(image_size="16:9") == []
    assert found(since=400) == []
    assert found(since=100, starred=True) == ["b"]


def test_lines_that_are_gone_from_the_disk_are_missed_by_those_who_look_at_many(tmp_path: Path) -> None:
    file = put(tmp_path, beginning("a"), saved("b", seq=2), saved("c", seq=3))
    journal = read(tmp_path)
    content = file.read_bytes()
    good = json.dumps(saved("b", seq=2)).encode()
    file.write_bytes(content.replace(good, b"?" * len(good)))

    assert [record.id for record in journal.records(journal.index.ids)] == ["a", "c"]
    assert (journal.is_lost("b"), journal.damaged) == (True, 1)

    file.write_bytes(content)
    assert [record.id for record in journal.records(journal.index.ids)] == ["a", "b", "c"]
    assert (journal.is_lost("b"), journal.damaged) == (False, 0)
