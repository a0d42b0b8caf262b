"""What crosses to another process is the same there; nothing secret goes along, and nothing is bought by it."""

import copy
import inspect
import json
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook import errors
from qwen_notebook.journal.folder_lock import FolderBusy
from qwen_notebook.simulator import TEST_KEY, Simulator, running
from qwen_notebook.studio.decisions import TaskIdRefused
from qwen_notebook.studio.job import update_job
from tests.support.environment import REPOSITORY, clean_environment
from tests.support.studios import instant_simulator, studio_and_service

PROGRAM = REPOSITORY / "tests" / "support" / "pool_program.py"
SECRET = "signature=secret"
Bench = tuple[qn.Studio, Simulator]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with studio_and_service(tmp_path / "posters") as both:
        yield both


def python(code: str, *arguments: str, **environment: str) -> str:
    """What another process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("start", multiprocessing.get_all_start_methods())
def test_a_pool_of_processes_makes_pictures_that_come_back(start: str, tmp_path: Path) -> None:
    simulator = instant_simulator()
    with running(simulator) as url:
        done = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", str(PROGRAM), start, str(tmp_path)],
            env=clean_environment(REAPI_API_KEY=TEST_KEY, REAPI_BASE_URL=url),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    assert [(prompt, there) for prompt, _, there in told["pictures"]] == [("a fox", True), ("an owl", True)]
    assert all(size for _, size, _ in told["pictures"])
    assert told["others"] == [["a cat", True, True], ["a dog", True, True]]
    assert told["seen"]["process"] != told["parent"]
    assert told["seen"]["prompt"] == "mine"
    assert told["seen"]["bytes"]
    assert told["job"] == ["a job", True]
    assert told["sweep"] == [2, True, True]
    assert [(kind, field) for kind, field, _ in told["errors"]] == [("InvalidRequest", "prompt")] * 2
    assert "801 of 800" in told["errors"][0][2]
    if start == "fork":  # the child has the studio itself
        assert told["with_key"] == "made theirs"
    else:
        assert (
            "AuthenticationError: The studio of given/ was given its key in another process"
            in told["with_key"]
        )
        assert "It sees 1 pictures." in told["with_key"]
    assert told["spent"] == [6 * 31, 2 * 31]
    assert not any(TEST_KEY.encode() in bytes.fromhex(pickled) for pickled in told["pickled"])


class TestInThisProcess:
    def test_everything_comes_back_as_itself(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        job = studio.jobs[-1]
        sweep = qn.experiment(
            "a {animal}",
            animal=["fox", "owl"],
            seed=[1, 2],
            skip=lambda cell: cell["seed"] == 2,
            studio=studio,
        )
        for around in (lambda one: pickle.loads(pickle.dumps(one)), copy.copy, copy.deepcopy):
            assert around(picture) == picture
            assert around(job) is job
            assert around(studio) is studio
            assert around(sweep).id == sweep.id
            assert around(sweep).studio is studio
            assert (len(around(sweep)), around(sweep).skipped) == (2, 2)

    def test_pictures_and_jobs_are_equal_by_folder_and_id(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        studio.generate("a red fox", seed=1)
        studio.generate("a red fox", seed=2)
        here = {picture: picture.id for picture in studio.pictures}

        assert studio.pictures[-1] == studio.pictures[-1] != studio.pictures[0]
        assert [here[picture] for picture in studio.find()] == [picture.id for picture in studio.pictures]
        assert len({*studio.jobs, *studio.jobs}) == 2
        assert studio.pictures[-1] != studio.pictures[-1].id
        (tmp_path / "link").symlink_to(studio.store.folder)
        with qn.Studio(tmp_path / "link", offline=True) as other:
            assert list(other.pictures) == list(studio.pictures)

    def test_an_old_picture_of_a_job_stays_that_picture(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        job = studio.jobs[-1]
        came = pickle.loads(pickle.dumps(picture))
        update_job(job, replace(job.record, copy=2, file="images/another.png"))

        assert came == picture
        assert came != job.picture
        assert came.path == picture.path

    def test_of_an_edit_no_signed_address_is_in_it(self, bench: Bench) -> None:
        studio, _ = bench
        source = studio.generate("a red fox", seed=1)
        job = studio.submit("make it night", image_url=f"{source.url}?{SECRET}", seed=2)
        for one in (job, job.result(30)):
            data = pickle.dumps(one)
            assert str(source.url).encode() not in data
            assert SECRET.encode() not in data
            assert pickle.loads(data).request.image_url == f"{source.url}?{SECRET}"
        sweep = qn.experiment("make it night", image_url=source, studio=studio)
        assert str(source.url).encode() not in pickle.dumps(sweep)

    @pytest.mark.parametrize(
        "kind",
        [*(getattr(errors, name) for name in errors.__all__ if name != "Charge"), FolderBusy, TaskIdRefused],
    )
    def test_errors_keep_all_that_they_say(self, kind: type[qn.QwenError]) -> None:
        known: dict[str, Any] = {
            "charge": qn.Charge.PAID,
            "status": 429,
            "code": 7,
            "request_id": "r",
            "task_id": "t",
        }
        known |= {
            name: 3.5
            for name in ("field", "retry_after")
            if name in inspect.signature(kind.__init__).parameters
        }
        error = kind("What.", "Todo.", **known)
        error.todo = "Later."
        for back in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(back) is kind
            assert vars(back) == vars(error)
            assert str(back) == str(error)

    def test_an_error_that_asks_for_more_comes_back_too(self) -> None:
        error = Demanding("What.", needed=3)
        error.add_note("A note.")
        back = pickle.loads(pickle.dumps(error))

        assert (type(back), back.needed, back.__notes__, str(back)) == (Demanding, 3, ["A note."], str(error))

    def test_what_a_run_says_can_be_sent(self, bench: Bench) -> None:
        studio, _ = bench
        sweep = qn.experiment("a fox", seed=[1, 2], studio=studio)
        for said in (
            sweep.plan(),
            sweep.run(progress=False),
            sweep.cell_jobs(),
            sweep.cells,
            studio.jobs[0].status,
        ):
            assert pickle.loads(pickle.dumps(said)) == said


class Demanding(qn.QwenError):
    """An error whose class cannot be called with its sentences alone."""

    def __init__(self, what: str, *, needed: int) -> None:
        super().__init__(what)
        self.needed = needed


class TestInAnotherProcess:
    def test_opening_a_pickle_writes_and_sends_nothing(self, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=3600)
        with running(simulator) as url:
            settings = {"REAPI_API_KEY": TEST_KEY, "REAPI_BASE_URL": url}
            made = (
                "import pickle, sys, qwen_notebook as qn; studio = qn.Studio(sys.argv[1]);"
                "job = studio.submit('a fox', seed=1)\n"
                "while job.task_id is None: pass\n"
                "print(pickle.dumps((studio, job, qn.experiment('an owl', seed=[1, 2], studio=studio))).hex())\n"
                "sys.stdout.flush(); import os; os._exit(0)"
            )
            data = python(made, str(tmp_path / "posters"), **settings)
            before, asked = files_of(tmp_path), len(simulator.books.posts)
            opened = (
                "import pickle, sys; studio, job, sweep = pickle.loads(bytes.fromhex(sys.argv[1]));"
                "print(job.status, job.request.prompt, len(studio.jobs), len(sweep), studio.offline)"
            )
            assert python(opened, data, **settings) == "submitted a fox 1 2 False"
            assert files_of(tmp_path) == before
            assert len(simulator.books.posts) == asked == 1

    def test_a_job_is_followed_and_a_budget_goes_along(self, bench: Bench) -> None:
        studio, simulator = bench
        with running(simulator) as url, qn.Studio(studio.store.folder, base_url=url, api_key=TEST_KEY) as own:
            own.generate("a red fox", seed=1)
            data = pickle.dumps((own, own.jobs[-1], own.pictures[-1])).hex()
        code = (
            "import pickle, sys, qwen_notebook as qn;"
            "studio, job, picture = pickle.loads(bytes.fromhex(sys.argv[1]));"
            "print(job.result(5) == picture, picture.size == picture.image.size, studio)\n"
            "for ask in (studio.balance, studio.resume, lambda: studio.submit('x'), job.look_again):\n"
            "    try: print(ask())\n"
            "    except qn.QwenError as error: print(type(error).__name__, error.what)"
        )
        first, *rest = python(code, data).splitlines()

        assert first == "True True <Studio posters/ · reAPI · 1 pictures · 31 credits spent>"
        assert rest[1] == "[]"
        assert [line.partition(" ")[0] for line in (rest[0], rest[2])] == ["AuthenticationError"] * 2
        assert TEST_KEY not in "".join(rest)

    def test_the_service_stays_the_same_with_and_without_a_key(self, tmp_path: Path) -> None:
        code = (
            "import pickle, sys, qwen_notebook as qn; studio = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
            "print(studio)\n"
            "try: print(studio.submit('a fox').wait())\n"
            "except qn.QwenError as error: print(error)"
        )
        with qn.Studio(tmp_path / "posters", offline=True) as studio:
            told = python(code, pickle.dumps(studio).hex(), REAPI_API_KEY=TEST_KEY)
        assert told.splitlines() == ["<Studio posters/ · 0 pictures · offline previews are free>", "saved"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REAPI_API_KEY", TEST_KEY)
            with qn.Studio(tmp_path / "posters") as studio:
                told = python(code, pickle.dumps(studio).hex())
        assert told.splitlines() == [
            "<Studio posters/ · reAPI · 1 pictures · 0 credits spent>",
            "The studio of posters/ came from another process, and no reAPI key was found in this one. Nothing was "
            "charged. Set REAPI_API_KEY for all of them, or open it here: qn.Studio('posters', api_key=…).",
        ]

    def test_where_the_folder_is_not_it_says_so(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        data = pickle.dumps(picture).replace(b"posters", b"pos_ers")
        job = pickle.dumps(studio.jobs[-1]).replace(b"posters", b"pos_ers")
        elsewhere = pickle.loads(data)

        assert repr(elsewhere) == f"<Picture {picture.id} · its folder pos_ers/ is not here>"
        assert elsewhere != picture
        with pytest.raises(qn.QwenError, match="the folder pos_ers/ here has no such picture"):
            _ = elsewhere.request
        with pytest.raises(qn.QwenError, match="the folder pos_ers/ here has no such job"):
            pickle.loads(job)
