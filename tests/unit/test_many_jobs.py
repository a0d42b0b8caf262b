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
from tests.support.journal_lines import Line, beginning, mark, move, read, saved

Files = list[tuple[str, list[Line | bytes]]]


def append(folder: Path, *lines: Line | bytes, name: str = "one") -> Path:
    """Put lines at the end of a file: some as today's version writes them, and some with blanks in them."""
    file = folder / "ledger" / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as out:
        for line in lines:
            out.write((line if isinstance(line, bytes) else written(line)) + b"\n")
    return file


def written(line: Line) -> bytes:
    return json.dumps(line, separators=(",", ":") if line["seq"] % 2 else None).encode()


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
            append(Path(name), *lines, name=file)
            jobs.journal.refresh()
            found = [facts["id"] for facts in search(JobLookup(jobs, REAPI), **asked)]

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
            append(folder, *lines, name=file)
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
            append(Path(name), *lines, name=file)
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
        append(
            tmp_path,
            *(saved(f"j{at}", created=at, seq=at, writer=f"w{number}") for at in times),
            name=f"w{number}",
        )
        first = journal.index.pictures
        was = list(first)
        journal.refresh()
        assert list(journal.index.pictures) == sorted(journal.index.entries, key=lambda job: int(job[1:]))
        assert list(first) == was


def test_a_picture_that_is_taken_back_or_deleted_is_none_any_more_however_late_it_came(
    tmp_path: Path,
) -> None:
    append(tmp_path, *(saved(f"a{at}", created=at, seq=at) for at in (3, 5, 7)))
    journal = read(tmp_path)
    first = journal.index.pictures
    append(tmp_path, saved("a4", created=4, seq=8), saved("a6", created=6, seq=9))
    journal.refresh()
    append(tmp_path, mark("a4", deleted=True, seq=10), mark("a5", deleted=True, seq=11))
    append(tmp_path, move("a7", state="uncertain", attempt=2, seq=12))
    journal.refresh()

    assert list(journal.index.pictures) == ["a3", "a6"]
    append(
        tmp_path, mark("a4", deleted=False, seq=13, at=200.0), move("a7", state="saved", attempt=3, seq=14)
    )
    journal.refresh()
    assert list(journal.index.pictures) == ["a3", "a4", "a6", "a7"]
    assert (journal.index.picture_count, list(first)) == (4, ["a3", "a5", "a7"])


def test_what_a_person_holds_stays_while_pictures_come_and_go(tmp_path: Path) -> None:
    append(tmp_path, *(saved(f"a{at}", created=at, seq=at) for at in range(1, 6)))
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
        assert studio.find("owl") == studio.find("cover owl") == []
        fox.annotate("")
        assert studio.find("cover") == []
        fox.delete()
        assert studio.find("fox") == []


def searched(folder: Path, **asked: Any) -> list[str]:
    """The ids of what is found in a folder."""
    every = {"text": None, "image_size": None, "since": None, "starred": None}
    return [facts["id"] for facts in search(JobLookup(JobStore(folder), REAPI), **(every | asked))]


def test_what_a_job_asked_for_is_what_its_record_says_where_two_lines_differ(tmp_path: Path) -> None:
    other = {"prompt": "an owl", "image_size": "1:1", "seed": 1}
    append(tmp_path, saved("a", seq=2, created=9), saved("a", seq=3, created=3, request=other))

    assert searched(tmp_path, text="owl") == ["a"]
    assert searched(tmp_path, text="fox") == []
    assert searched(tmp_path, image_size="1:1") == ["a"]
    assert searched(tmp_path, image_size="16:9") == []


@pytest.mark.parametrize(
    "later",
    [
        move("a", seq=2, state="saved", attempt=1, saved=500.0, at=102.0),
        move("a", seq=2, state="saved", attempt=2, saved=500.0, at=102.0, writer="two"),
        move("a", seq=4, state="saved", attempt=1, saved=500.0, at=102.0),
    ],
    ids=["read late", "of another writer", "as it is written"],
)
def test_when_it_was_saved_is_what_its_record_says_in_whatever_order_lines_come(
    tmp_path: Path, later: Line
) -> None:
    first = saved("a", seq=3, at=101.0, attempt=1)
    if later["writer"] == "one":
        del first["saved"]
    append(tmp_path, first, later)

    assert searched(tmp_path, since=400) == ["a"]
    assert searched(tmp_path, since=501) == []


def test_words_are_found_in_whatever_form_they_were_written(tmp_path: Path) -> None:
    prompts = ("Straße bei Nacht", "nuit d'e\u0301te\u0301", "STRASSE 猫\r\nam Tag")
    asked = [{"prompt": prompt, "seed": 1} for prompt in prompts]
    append(tmp_path, *(saved("abc"[at], seq=at + 1, created=at, request=one) for at, one in enumerate(asked)))

    assert searched(tmp_path, text="strasse") == ["a", "c"]
    assert searched(tmp_path, text="ÉTÉ") == ["b"]
    assert searched(tmp_path, text="tag 猫") == ["c"]
    rows = rows_of(JobLookup(JobStore(tmp_path), REAPI), "abc", tmp_path)
    assert [row["prompt"] for row in rows] == ["Straße bei Nacht", "nuit d'été", "STRASSE 猫\nam Tag"]


def test_those_with_a_star_and_those_without_are_told_apart(tmp_path: Path) -> None:
    append(
        tmp_path,
        saved("a", seq=1),
        saved("b", seq=2),
        mark("b", starred=True, seq=3),
        mark("c", starred=True, seq=4),
    )

    assert searched(tmp_path, starred=True) == ["b"]
    assert searched(tmp_path, starred=False) == ["a"]
    assert searched(tmp_path) == ["a", "b"]


def test_a_job_whose_beginning_is_gone_is_in_no_table(tmp_path: Path) -> None:
    first = append(tmp_path, beginning("a"), saved("b", seq=2))
    append(tmp_path, move("a", state="saved", attempt=1, writer="two"), name="two")
    jobs = JobStore(tmp_path)
    assert list(jobs.journal.index.pictures) == ["a", "b"]
    first.rename(first.with_suffix(".old"))
    append(tmp_path, saved("b", seq=2))
    jobs.journal.refresh()

    index = JobLookup(jobs, REAPI)
    assert [row["job"] for row in rows_of(index, index.ids, tmp_path)] == ["b"]
    assert [record.id for record in index.records(index.ids)] == ["b"]
    assert len(frame_of(table_of(index, index.ids, tmp_path))) == 1


A, B, C = beginning("a"), saved("b", seq=3, url="u" * 1000), beginning("c", seq=5)


@pytest.mark.parametrize(
    "other",
    [
        written(saved("x", seq=3)),
        written({**B, "state": "gone"}),
        written(B)[:-1],
        b"?",
        written(beginning("x")) + b"," + written(saved("b")),
        b"",
    ],
    ids=["another job's", "another state", "torn", "damaged", "two in one", "blank"],
)
def test_a_line_that_was_changed_on_the_disk_is_not_taken_for_what_it_was(
    tmp_path: Path, other: bytes
) -> None:
    file = append(tmp_path, A, B, C)
    journal = read(tmp_path)
    content = file.read_bytes()
    file.write_bytes(content.replace(written(B), other.ljust(len(written(B)))))

    assert [record.id for record in journal.records(journal.index.ids)] == ["a", "c"]
    assert (journal.is_lost("b"), journal.damaged) == (True, 1)

    file.write_bytes(content)
    assert [record.id for record in journal.records(journal.index.ids)] == ["a", "b", "c"]
    assert (journal.is_lost("b"), journal.damaged) == (False, 0)


@pytest.mark.parametrize(("lines", "told"), [([b"?"], "^1 line of"), ([b"?", b"!"], "^2 lines of")])
def test_who_opens_a_folder_is_told_how_many_lines_cannot_be_read(
    tmp_path: Path, lines: list[bytes], told: str
) -> None:
    append(tmp_path, A, *lines)
    with pytest.warns(UserWarning, match=told), qn.Studio(tmp_path, offline=True) as studio:
        assert [job.id for job in studio.jobs] == ["a"]


def test_a_line_that_only_pretends_to_begin_a_job_counts_for_nothing(tmp_path: Path) -> None:
    append(tmp_path, A, move("b", seq=3, created="yesterday"))

    assert (list(read(tmp_path).index.ids), read(tmp_path).damaged) == (["a"], 1)


@pytest.mark.filterwarnings("ignore:.* of the journal in")
@given(journals())
@examples(50)
def test_a_picture_that_is_found_is_the_one_that_the_folder_has(files: Files) -> None:
    with TemporaryDirectory() as name:
        for file, lines in files:
            append(Path(name), *lines, name=file)
        with qn.Studio(name, offline=True) as studio:
            for found, known in zip(studio.find(), studio.pictures, strict=True):
                assert found == known
                assert found.__reduce__() == known.__reduce__()
                assert [getattr(found, one) for one in TOLD] == [getattr(known, one) for one in TOLD]


TOLD = (
    "request",
    "name",
    "task_id",
    "url",
    "by_hand",
    "sha256",
    "credits",
    "seconds",
    "service",
    "size",
    "made",
)


def test_lines_that_stand_near_to_each_other_and_far_apart_are_read_as_they_are(tmp_path: Path) -> None:
    lines = [saved(f"{at:03}", seq=2 * at + 1, created=at, url="u" * (at % 7) ** 4) for at in range(200)]
    append(tmp_path, *lines[::2])
    append(tmp_path, *({**line, "writer": "two"} for line in lines[1::2]), name="two")
    append(tmp_path, *(move(f"{at:03}", seq=900 + at, state="saved", attempt=1, width=at) for at in (7, 50)))
    jobs = JobStore(tmp_path)

    index = JobLookup(jobs, REAPI)
    one_by_one = {record.id: record for record, _ in each(jobs.journal)}
    for some in (index.ids, ["000", "009"], ["002", "003"], ["198", "000", "198"]):
        assert list(index.records(some)) == [one_by_one[job_id] for job_id in some]
    assert [facts["url"] for facts in index.facts(reversed(index.ids))] == [
        line["url"] for line in reversed(lines)
    ]
