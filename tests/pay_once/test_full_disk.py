"""A disk that fills up in mid-run loses nothing: the task id is kept, and the image saved when there is room."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from tests.support.held_decoders import HeldDecoders
from tests.support.image_files import png
from tests.support.journal import read_journal
from tests.support.one_file import OneFile
from tests.support.programs import Program
from tests.support.small_disk import fill, small_disk
from tests.support.stage import WAIT_SECONDS, Stage, wait_for

SEEDS = [1]
# One is enough, and keeps the journal smaller than a picture, so that the limit is one for the picture too.


@dataclass
class Disk:
    """How the disk of a stage is filled, and emptied again."""

    stage: Stage
    fill: Callable[[Program], None]
    make_room: Callable[[Program], None]


@contextmanager
def _small(folder: Path) -> Iterator[Disk]:
    """A real disk, filled by somebody else's file."""
    with Stage(folder) as stage, small_disk(folder / "disk") as disk:
        stage.folder = disk / "studio"
        ballast = disk / "ballast"
        yield Disk(stage, lambda _: fill(ballast), lambda _: ballast.unlink())


@contextmanager
def _limited(folder: Path) -> Iterator[Disk]:
    """A limit on the process: no file grows beyond the journal as it is, so each line needs room that it has."""

    def limit(program: Program) -> None:
        program.signal(signal.SIGUSR1)
        program.until("full")

    def lift(program: Program) -> None:
        program.signal(signal.SIGUSR2)

    with Stage(folder) as stage:
        yield Disk(stage, limit, lift)


@pytest.fixture(params=[_small, _limited], ids=["small disk", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    try:
        with request.param(tmp_path) as made:
            yield made
    except PermissionError as error:
        pytest.skip(str(error))


def test_filled_right_after_the_post_it_keeps_the_task_id_and_saves_the_image_later(disk: Disk) -> None:
    stage = disk.stage
    stage.gate.hold("POST", "/images/generations")
    with Program([stage], seeds=SEEDS) as program:
        stage.gate.wait_held(len(SEEDS))
        disk.fill(program)
        stage.gate.let_go()
        _read_about_trouble(program)

        _, records = read_journal(stage.folder)
        assert {record.task_id for record in records} == set(stage.simulator.books.tasks)
        assert all(record.state.at_service for record in records)
        assert stage.images == 0

        disk.make_room(program)
        assert {state for _, _, state in program.until_done()["jobs"][0]} == {State.SAVED}
    assert stage.tasks == stage.images == len(SEEDS)
    _, records = read_journal(stage.folder)
    assert {record.state for record in records} == {State.SAVED}
    assert not list(stage.folder.glob("*/.*.tmp"))


def test_killed_on_a_full_disk_the_next_process_saves_the_image(disk: Disk) -> None:
    stage = disk.stage
    stage.gate.hold("POST", "/images/generations")
    with Program([stage], seeds=SEEDS) as program:
        stage.gate.wait_held(len(SEEDS))
        disk.fill(program)
        stage.gate.let_go()
        _read_about_trouble(program)
        program.kill()
        disk.make_room(program)
    with Program([stage]) as program:
        assert {state for _, _, state in program.until_done()["jobs"][0]} == {State.SAVED}

    assert stage.tasks == stage.images == len(SEEDS)


def test_filled_while_images_wait_on_it_for_a_decoder_it_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoders, troubled = HeldDecoders(monkeypatch), Event()
    try:
        with _small(tmp_path) as disk:
            stage, ballast = disk.stage, disk.stage.folder.parent / "ballast"
            (tmp_path / "a.png").write_bytes(png(640, 512))
            stage.simulator.gallery = OneFile(stage.simulator.books, tmp_path / "a.png")
            studio = stage.open(max_in_flight=20)
            studio.subscribe(lambda job: troubled.set() if "cannot be saved" in (job.note or "") else None)
            jobs = [studio.submit("a fox", seed=seed) for seed in range(20)]
            decoders.wait_aside(8, done=True)  # what its room allows, and some more in memory
            decoders.wait_aside(1, done=False)
            fill(ballast)
            decoders.go_on.set()
            wait_for(troubled, "a picture that cannot be saved")
            ballast.unlink()

            assert {job.result(WAIT_SECONDS).size for job in jobs} == {(640, 512)}
            assert stage.tasks == stage.images == len(jobs)
            studio.close()
            assert not list(stage.folder.glob("*/.*"))
    except PermissionError as error:
        pytest.skip(str(error))
    finally:
        decoders.go_on.set()


def test_nothing_is_bought_on_a_full_disk(tmp_path: Path) -> None:
    try:
        with _small(tmp_path) as disk:
            studio = disk.stage.open()
            fill(disk.stage.folder.parent / "ballast")

            with pytest.raises(qn.QwenError, match="not bought"):
                studio.submit("a fox", seed=7)

            assert disk.stage.tasks == len(studio.jobs) == 0
            studio.close()
    except PermissionError as error:
        pytest.skip(str(error))


def _read_about_trouble(program: Program) -> None:
    """Read until every job has said that its picture cannot be saved."""
    troubled: set[str] = set()

    def is_last(_: str, rest: str) -> bool:
        seed, _, note = rest.partition(" ")
        if "cannot be saved" in note:
            assert "The image was charged." in note
            troubled.add(seed)
        return len(troubled) == len(SEEDS)

    program.read_until(is_last)
