"""What a journal comes to does not depend on the order of its lines and files, and no line harms another job."""

import json
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook.journal.compaction import compacted
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from tests.support.examples import examples
from tests.support.journal_lines import Line, beginning, mark, move, put, read, saved

STATES = (State.PLANNED, State.UNCERTAIN, State.SUBMITTED, State.GONE, State.FAILED, State.SAVED)
JOBS, WRITERS = ("a", "b"), ("one", "two", "three")


@st.composite
def told(draw: st.DrawFn) -> list[Line]:
    """Lines of several writers about two jobs, in any order; some numbers stand twice, as in copies that differ."""
    lines: list[Line] = []
    for _ in range(draw(st.integers(1, 10))):
        job = draw(st.sampled_from(JOBS))
        facts: dict[str, Any] = {
            "writer": draw(st.sampled_from(WRITERS)),
            "seq": draw(st.integers(1, 6)),
            "state": draw(st.sampled_from(STATES)).value,
            "attempt": draw(st.integers(0, 1)),
            "at": draw(st.integers(1, 9)),
        }
        facts |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "credits": st.none() | st.integers(0, 40),
                    "seconds": st.none() | st.integers(0, 9),
                    "earlier": st.lists(
                        st.fixed_dictionaries(
                            {
                                "number": st.just(1),
                                "state": st.just("uncertain"),
                                "credits": st.none() | st.integers(0, 9),
                            }
                        ),
                        max_size=2,
                    ),
                },
            )
        )
        if draw(st.booleans()):
            lines.append(beginning(job, **({"created": draw(st.integers(1, 3)), "credits": 31} | facts)))
        else:
            lines.append(move(job, **facts))
    return lines


def comes_to(journal: Journal) -> dict[str, Any]:
    """What is known of a folder, sums and all."""
    entries = journal.index
    totals = entries.totals(REAPI)
    facts: dict[str, Any] = {
        job: (e.state, e.attempt, e.credits, e.seconds, e.earlier_credits, e.leader, e.created, e.changed)
        for job in JOBS
        if (e := entries.get(job)) is not None
    }
    unsettled = set(entries.unsettled)
    return facts | {
        "sums": (totals.spent, totals.open, entries.saved),
        "ids": list(entries.ids),
        "unsettled": unsettled,
    }


@given(told(), st.randoms(use_true_random=False), st.integers(1, 3))
@examples(150)
def test_lines_in_any_order_and_in_any_files_come_to_the_same(
    lines: list[Line], chance: Any, files: int
) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        put(Path(one), *lines)
        expected = read(Path(one))
        journal, numbers = Journal(Path(other)), count()
        shuffled = chance.sample(lines, len(lines))
        for part in range(files):  # and with sums that are right in between, too
            put(Path(other), *shuffled[part::files], name=f"{chance.random()}-{next(numbers)}")
            journal.refresh()
            _sums_are_those_of_the_jobs(journal)

        assert comes_to(journal) == comes_to(expected)
        for job in JOBS:
            here, there = journal.record(job), expected.record(job)
            assert (here and (here.state, here.credits)) == (there and (there.state, there.credits))


def test_a_job_that_has_lost_its_last_line_is_not_taken_for_less_than_it_is(tmp_path: Path) -> None:
    last = move("a", seq=2, state="submitted", attempt=1, task_id="task_a")
    file = put(tmp_path, beginning("a"), last)
    journal = read(tmp_path)
    good = json.dumps(last).encode()
    with file.open("r+b") as out:
        out.write(file.read_bytes().replace(good, b"?" * len(good)))

    assert journal.record("a") is None, "as planned it would be sent a second time"
    assert journal.index.totals(REAPI).spent == 31
    assert journal.damaged == 1


@given(st.permutations(range(4)))
def test_folding_lines_gives_what_they_say_in_their_own_order(order: list[int]) -> None:
    lines = [
        beginning("a"),
        move("a", seq=2, state="sending", attempt=1, credits=30, note="x"),
        move("a", seq=3, state="submitted", attempt=1, task_id="task_a", note=None, colour="red"),
        move("a", seq=4, state="failed", attempt=1, credits=0),
    ]
    content = b"".join(json.dumps(lines[number]).encode() + b"\n" for number in order)

    folded = compacted(content, "one")

    assert folded is not None
    assert json.loads(folded) == lines[0] | lines[1] | lines[2] | lines[3]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["..", "/x", "NaN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
GOOD = [
    saved("b", seq=3),
    beginning("b", seq=4),
    mark("b", deleted=True),
    move("b", seq=5, state="failed", attempt=2),
]


@st.composite
def any_line(draw: st.DrawFn) -> bytes:
    """Bytes, JSON, or a good line of job ``b`` with something odd in it."""
    if draw(st.booleans()):
        return draw(
            st.binary(max_size=60).filter(lambda line: b"\n" not in line)
            | JSON.map(lambda v: json.dumps(v).encode())
        )
    line = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from([name for name in line if name != "job"]))
        line = line | {name: draw(JSON)}
    asked = line.get("request")
    if isinstance(asked, dict) and draw(st.booleans()):
        name = draw(
            st.sampled_from(["prompt", "image_url", "image_size", "seed", "nsfw_checker", "output_format"])
        )
        line = line | {"request": asked | {name: draw(JSON)}}
    return json.dumps(line).encode()


@given(st.lists(any_line(), min_size=1, max_size=3))
@examples(300)
def test_whatever_stands_in_a_line_it_changes_nothing_that_is_said_of_other_jobs(
    strange: list[bytes],
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        put(
            folder,
            saved("a", credits=30),
            mark("a", starred=True),
            *strange,
            saved("c", seq=6, created=103.0),
        )
        journal = read(folder)

        for job, amount in (("a", 30), ("c", 31)):
            record = journal.record(job)
            assert record is not None
            assert (record.state, record.credits, record.file) == (State.SAVED, amount, f"images/{job}.png")
        assert journal.annotations.of("a").starred
        assert not journal.annotations.of("c").starred
        assert set(journal.index.ids) in ({"a", "c"}, {"a", "b", "c"})
        assert len(list(journal.records(journal.index.ids))) == len(journal.index.ids)
        _sums_are_those_of_the_jobs(journal)


def _sums_are_those_of_the_jobs(journal: Journal) -> None:
    jobs: list[JobRecord] = [
        record for job in journal.index.ids if (record := journal.record(job)) is not None
    ]
    ours = [job for job in jobs if job.service == REAPI]
    earlier = sum(e.earlier_credits for job in ours if (e := journal.index.get(job.id)) is not None)
    maybe = sum(job.credits or 0 for job in ours if job.state.maybe_billed or job.state is State.PLANNED)
    totals = journal.index.totals(REAPI)
    assert totals.spent == sum(job.credits or 0 for job in ours if job.state.billed)
    assert totals.open == maybe + earlier
    assert journal.index.saved == sum(job.state is State.SAVED for job in jobs)
    assert min(totals.spent, totals.open) >= 0
