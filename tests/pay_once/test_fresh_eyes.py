"""Two kernels see one uncertain job: what one of them decides, the other's word finds, however old its view is."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from tests.support.journal import read_journal
from tests.support.lost_answers import fetched, lose_next_answer, lost, made_elsewhere, posts, task_ids
from tests.support.programs import Program
from tests.support.stage import PRICE, WAIT_SECONDS, Stage, quick

POST = "POST", "/images/generations"
SEED, BUSY = 7, 8
WORDS = ("send_again", "resolve", "dismiss", "cancel", "look_again")
SENT_BY = ("here", "the other")
FACTS = ("state", "attempt", "earlier", "copy", "by_hand", "credits", "task_id", "file", "sha256", "seconds")


@pytest.mark.parametrize("sent_by", SENT_BY)
@pytest.mark.parametrize("pressed", WORDS)
@pytest.mark.parametrize("acted", ["send_again", "resolve", "dismiss"])
def test_a_word_finds_what_the_other_kernel_has_done(
    acted: str, pressed: str, sent_by: str, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage, _both_see_it(stage, sent_by) as (studio, job, other):
        (first,) = task_ids(stage)
        _have_done(other, acted, job, first)
        assert job.status is State.UNCERTAIN, "an old view"

        fetching = _press(job, pressed, first)

        tasks = 2 if acted == "send_again" else 1
        if acted == "dismiss" and pressed != "resolve":
            assert job.wait(WAIT_SECONDS) is State.DISMISSED
        else:
            fetched(stage, job, task_ids(stage)[-1])
        if acted == "send_again" and pressed == "resolve":
            assert fetching is not None
            assert fetched(stage, fetching, first).path != fetched(stage, job, task_ids(stage)[-1]).path
        all_given = pressed == "resolve" or acted == "resolve"
        images = tasks if all_given else tasks - 1
        _all_is_counted(stage, studio, other, tasks=tasks, images=images)


@pytest.mark.parametrize("sent_by", SENT_BY)
@pytest.mark.parametrize("pressed", WORDS)
@pytest.mark.parametrize("waits_for", ["its answer", "its image"])
def test_a_word_finds_that_the_other_kernel_is_at_it_again(
    waits_for: str, pressed: str, sent_by: str, tmp_path: Path
) -> None:
    with (
        Stage(tmp_path, latency_median=1.0) as stage,
        _both_see_it(stage, sent_by) as (studio, job, other),
    ):
        (first,) = task_ids(stage)
        stage.clock.hold()
        if waits_for == "its answer":
            stage.gate.hold(*POST)
        assert other.tell("send_again", job.id) == job.id
        if waits_for == "its answer":
            stage.gate.wait_held()
        else:
            other.until("processing")
        assert job.status is State.UNCERTAIN, "an old view"

        fetching = _press(job, pressed, first)
        stage.clock.release()
        stage.gate.let_go()

        assert other.tell("wait", job.id) == State.SAVED
        fetched(stage, job, task_ids(stage)[-1])
        if pressed == "resolve":  # it fetches it at once, or says why not, and then the id is good still
            fetched(stage, job.resolve(first) if fetching in (None, job) else fetching, first)
        _all_is_counted(stage, studio, other, tasks=2, images=2 if pressed == "resolve" else 1)


@pytest.mark.parametrize("sent_by", SENT_BY)
@pytest.mark.parametrize("pressed", WORDS)
def test_a_word_finds_that_the_other_kernel_has_sent_it_again_in_vain(
    pressed: str, sent_by: str, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage, _both_see_it(stage, sent_by) as (studio, job, other):
        (first,) = task_ids(stage)
        _have_sent_in_vain(stage, other, job)
        assert job.record.attempt == 1, "an old view"

        _press(job, pressed, first)

        ends = {"resolve": State.SAVED, "dismiss": State.DISMISSED}.get(pressed, State.UNCERTAIN)
        assert job.wait(WAIT_SECONDS) is ends
        studio.submit("a fox", seed=BUSY).result(WAIT_SECONDS)  # by then a third would have gone
        assert posts(stage, SEED) == 2
        _all_is_counted(stage, studio, other, tasks=3, images=2 if pressed == "resolve" else 1)


@pytest.mark.parametrize("acted", ["send_again", "send_again in vain", "resolve", "dismiss"])
def test_a_word_that_waits_for_its_turn_finds_what_the_other_kernel_does_meanwhile(
    acted: str, tmp_path: Path
) -> None:
    with Stage(tmp_path) as stage, _both_see_it(stage, "here", max_in_flight=1) as (studio, job, other):
        (first,) = task_ids(stage)
        stage.gate.hold("GET", ".jpg")
        busy = studio.submit("a fox", seed=BUSY, output_format="jpeg")
        stage.gate.wait_held()
        job.send_again()
        if acted == "send_again in vain":
            _have_sent_in_vain(stage, other, job)
        else:
            _have_done(other, acted, job, first)

        stage.gate.let_go()
        busy.result(WAIT_SECONDS)
        studio.submit("a fox", seed=BUSY + 1).result(WAIT_SECONDS)  # by then one more would have gone

        ends = {"dismiss": State.DISMISSED, "send_again in vain": State.UNCERTAIN}.get(acted, State.SAVED)
        studio.refresh()
        assert job.wait(WAIT_SECONDS) is ends
        assert posts(stage, SEED) == (2 if acted.startswith("send_again") else 1)
        images = 3 if ends is State.SAVED else 2
        _all_is_counted(stage, studio, other, tasks=stage.tasks, images=images)


def test_both_press_send_again_at_one_moment_and_it_is_sent_once(tmp_path: Path) -> None:
    seeds = range(SEED, SEED + 6)
    with Stage(tmp_path) as stage:
        studio = stage.open(patience=quick(lost_answers=99))
        jobs = [lost(stage, studio, seed=seed) for seed in seeds]
        with Program([stage], through_proxy=True, obeys=True) as other:
            other.until_done()
            for job in jobs:
                other.say("send_again", job.id)
            for job in jobs:
                _press(job, "send_again", "")
            for _ in jobs:
                other.answer()

            for job in jobs:
                assert job.wait(WAIT_SECONDS) is State.SAVED
                assert other.tell("wait", job.id) == State.SAVED
            assert [posts(stage, seed) for seed in seeds] == [2] * len(seeds)
            _all_is_counted(stage, studio, other, tasks=2 * len(seeds), images=len(seeds))


@pytest.mark.parametrize("sent_by", SENT_BY)
def test_both_give_the_id_at_one_moment_and_it_is_one_picture(sent_by: str, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, _both_see_it(stage, sent_by) as (studio, job, other):
        (first,) = task_ids(stage)
        other.say("resolve", job.id, first)
        _press(job, "resolve", first)
        other.answer()

        assert other.tell("wait", job.id) == State.SAVED
        fetched(stage, job, first)
        _all_is_counted(stage, studio, other, tasks=1, images=1)


def test_a_wrong_id_that_the_other_kernel_took_back_is_not_taken_back_here_again(tmp_path: Path) -> None:
    with (
        Stage(tmp_path) as stage,
        made_elsewhere(stage) as wrong,
        _both_see_it(stage, "here") as (studio, job, other),
    ):
        _, right = task_ids(stage)
        job.resolve(wrong).result(WAIT_SECONDS)
        assert other.tell("take_back", job.id) == job.id
        assert job.status is State.SAVED, "an old view"

        with pytest.raises(qn.QwenError, match="not given by hand"):
            job.take_back()

        fetched(stage, job.resolve(right), right)
        assert (studio.spent, studio.committed) == (PRICE, PRICE)
        assert len(studio.pictures) == 1


@pytest.mark.parametrize("sent_by", SENT_BY)
def test_a_wrong_id_that_the_other_kernel_gave_is_taken_back_here(sent_by: str, tmp_path: Path) -> None:
    with (
        Stage(tmp_path) as stage,
        made_elsewhere(stage) as wrong,
        _both_see_it(stage, sent_by) as (studio, job, other),
    ):
        _have_done(other, "resolve", job, wrong)
        studio.refresh()

        job.take_back()

        assert (job.status, job.picture) == (State.UNCERTAIN, None)
        assert (studio.spent, studio.committed) == (0, PRICE)
        _is_written_as_it_is(stage, job)
        right = task_ids(stage)[-1]
        picture = fetched(stage, job.resolve(right), right)
        other.end()
        studio.close()
        again = stage.open()
        assert [one.path for one in again.pictures] == [picture.path]
        assert (again.spent, again.committed) == (PRICE, PRICE)


@contextmanager
def _both_see_it(stage: Stage, sent_by: str, **settings: int) -> Generator[tuple[qn.Studio, qn.Job, Program]]:
    """A job whose answer was lost, as it is seen here and by another kernel."""
    if sent_by == "here":
        studio = stage.open(**settings)
        job = lost(stage, studio, seed=SEED)
        with Program([stage], through_proxy=True, obeys=True) as other:
            other.until_done()
            yield studio, job, other
        return
    lose_next_answer(stage)
    with Program([stage], seeds=[SEED], through_proxy=True, obeys=True) as other:
        assert [state for _, _, state in other.until_done()["jobs"][0]] == [State.UNCERTAIN]
        studio = stage.open(**settings)
        (job,) = studio.jobs
        yield studio, job, other


def _have_done(other: Program, word: str, job: qn.Job, first: str) -> None:
    """Have the other kernel decide, and wait there until it is done."""
    assert other.tell(word, job.id, *([first] if word == "resolve" else [])) == job.id
    assert other.tell("wait", job.id) == (State.DISMISSED if word == "dismiss" else State.SAVED)


def _have_sent_in_vain(stage: Stage, other: Program, job: qn.Job) -> None:
    """Have the other kernel send it again, and lose that answer too."""
    lose_next_answer(stage)
    assert other.tell("send_again", job.id) == job.id
    assert other.tell("wait", job.id) == State.UNCERTAIN


def _press(job: qn.Job, word: str, first: str) -> qn.Job | None:
    """Press it here; the job that comes of it, or None where it says why there is none."""
    try:
        outcome = getattr(job, word)(*([first] if word == "resolve" else []))
    except qn.QwenError:
        return None
    assert outcome is not True, "cancelled"
    return outcome or None


def _all_is_counted(stage: Stage, studio: qn.Studio, other: Program, *, tasks: int, images: int) -> None:
    """Every task is paid for once, every picture has its file, and whoever opens the folder sees the same."""
    assert (stage.tasks, stage.images) == (tasks, images)
    assert len(stage.simulator.books.posts) == tasks
    assert (studio.spent, studio.committed) == (images * PRICE, tasks * PRICE)
    studio.refresh()
    for job in studio.jobs:
        _is_written_as_it_is(stage, job)
    journal, records = read_journal(stage.folder)
    totals = journal.index.totals(REAPI)
    assert (totals.spent, totals.spent + totals.open) == (images * PRICE, tasks * PRICE)
    assert sum(record.state is State.SAVED for record in records) == images
    other.end()
    studio.close()
    again = stage.open()
    assert sum(job.wait(WAIT_SECONDS) is State.SAVED for job in again.jobs) == images
    assert len(again.pictures) == images
    assert len({picture.path for picture in again.pictures}) == images
    assert (again.spent, again.committed) == (images * PRICE, tasks * PRICE)
    assert len(stage.simulator.books.posts) == tasks


def _is_written_as_it_is(stage: Stage, job: qn.Job) -> None:
    """Who opens the folder sees the same of it."""
    (written,) = (record for record in read_journal(stage.folder)[1] if record.id == job.id)
    assert _facts(written) == _facts(job.record)


def _facts(record: JobRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in FACTS}
