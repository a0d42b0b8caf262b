"""However many images arrive while the decoders are busy, memory holds a few of them and the rest is on disk."""

import errno
import gc
import json
import os
import secrets
import shutil
import threading
import time
import tracemalloc
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.studio import fetching
from qwen_notebook.studio.arrival import Arrival
from qwen_notebook.studio.pipeline import DECODERS
from qwen_notebook.studio.storage import Storage
from tests.bench.service import service
from tests.support.held_decoders import HeldDecoders
from tests.support.image_files import png
from tests.support.studios import studio_at

WAIT_SECONDS = 60.0
JOBS = 40
IN_MEMORY = fetching._IN_MEMORY
"""Files that may be in memory beside those that are being decoded."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service in a process of its own, so that only our own memory is counted here."""
    file = tmp_path_factory.mktemp("file") / "a.png"
    file.write_bytes(png(640, 512))
    with service(seed=1, file=str(file), latency_median=0, rate_limit=None) as url:
        yield url


FILE_BYTES = len(png(640, 512))
MOST_BYTES = (2 * IN_MEMORY + DECODERS + 3) * FILE_BYTES * 1.2
"""A file may be there twice for a moment: as it is taken over, and as it is read back."""


@pytest.fixture
def decoders(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldDecoders]:
    held = HeldDecoders(monkeypatch)
    yield held
    held.go_on.set()


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """The most bytes that Python held since."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield lambda: tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def downloads(url: str, jobs: list[qn.Job]) -> int:
    ids = {job.task_id for job in jobs}
    with urllib.request.urlopen(f"{url}/_simulator/books") as answer:
        return sum(task["downloads"] for task in json.load(answer)["tasks"] if task["id"] in ids)


def submit_all(studio: qn.Studio) -> list[qn.Job]:
    return [studio.submit(f"a fox in {studio.store.folder}", seed=seed) for seed in range(JOBS)]


def check_all(jobs: list[qn.Job]) -> None:
    pictures = [job.result(WAIT_SECONDS) for job in jobs]
    assert {picture.size for picture in pictures} == {(640, 512)}
    assert len({picture.sha256 for picture in pictures}) == JOBS


def test_files_that_wait_for_a_decoder_are_on_disk_and_nobody_sees_them(
    url: str, tmp_path: Path, decoders: HeldDecoders
) -> None:
    with studio_at(url, tmp_path, rate=1e4, max_in_flight=JOBS) as studio, traced() as most:
        jobs = submit_all(studio)
        decoders.wait_aside(JOBS - DECODERS, done=True)

        assert downloads(url, jobs) == JOBS
        assert most() < MOST_BYTES < JOBS * FILE_BYTES * 0.8
        assert list((tmp_path / "images").iterdir()) == []
        decoders.go_on.set()
        check_all(jobs)
        assert most() < MOST_BYTES


def test_where_the_disk_takes_none_of_them_they_are_fetched_as_they_are_decoded(
    url: str, tmp_path: Path, decoders: HeldDecoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Storage) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Storage, "unnamed_file", refuse)
    with studio_at(url, tmp_path, rate=1e4, max_in_flight=JOBS) as studio, traced() as most:
        jobs = submit_all(studio)
        decoders.wait_aside(IN_MEMORY - DECODERS, done=False)

        assert downloads(url, jobs) == IN_MEMORY
        decoders.go_on.set()
        check_all(jobs)
        assert most() < MOST_BYTES


def test_only_so_many_are_on_disk_as_the_process_may_have_open(
    url: str, tmp_path: Path, decoders: HeldDecoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_ON_DISK", 10)
    with studio_at(url, tmp_path, rate=1e4, max_in_flight=JOBS) as studio, traced() as most:
        jobs = submit_all(studio)
        until = time.monotonic() + WAIT_SECONDS
        while downloads(url, jobs) < 10 + IN_MEMORY and time.monotonic() < until:
            time.sleep(0.01)
        assert decoders.asides[True] == 10
        assert downloads(url, jobs) == 10 + IN_MEMORY
        decoders.go_on.set()
        check_all(jobs)
        assert most() < MOST_BYTES


class Counted(bytes):
    """Bytes that are counted as long as anybody holds them."""

    alive = 0

    def __new__(cls, content: bytes) -> "Counted":
        Counted.alive += 1
        return super().__new__(cls, content)

    def __del__(self) -> None:
        Counted.alive -= 1


class Pages(qn.Provider):
    """A service that has a web page in place of every picture."""

    label, free, prior_median = "the pages", True, 0.02

    def connect(self, folder: Path, patience: qn.Patience) -> Any:
        return self

    async def submit(self, request: qn.GenerationRequest) -> qn.Task:
        return qn.Task(id=f"page-{secrets.token_hex(4)}")

    async def task(self, task_id: str) -> qn.Task:
        return qn.Task(id=task_id, status="completed", image_urls=(f"pages:{task_id}",))

    async def balance(self) -> int:
        return 0

    async def download(self, url: str) -> qn.Download:
        return qn.Download(Counted(b"<html>" + url.encode()), "text/html", url)

    async def aclose(self) -> None:
        return None


def test_what_is_no_image_is_held_by_nobody_until_the_next_try(tmp_path: Path) -> None:
    qn.register_provider("pages", Pages)
    studio = qn.Studio(tmp_path, provider="pages", patience=qn.Patience(backoff=600, backoff_ceiling=600))
    try:
        noted: set[str] = set()
        done = threading.Event()

        def hear(job: qn.Job) -> None:
            if "not a PNG" in (job.note or ""):
                noted.add(job.id)
                if len(noted) == 10:
                    done.set()

        studio.subscribe(hear)
        jobs = [studio.submit("a fox", seed=seed) for seed in range(10)]
        assert done.wait(WAIT_SECONDS)

        assert {job.status for job in jobs} == {"downloading"}
        until = time.monotonic() + WAIT_SECONDS
        while Counted.alive and time.monotonic() < until:  # a thread may be about to let go of the last one
            gc.collect()
            time.sleep(0.01)
        assert Counted.alive == 0
    finally:
        studio.close()


class TestArrival:
    def test_it_is_the_same_wherever_it_waited(self, tmp_path: Path) -> None:
        store, content = Storage(tmp_path), png()
        arrival, other = Arrival(content), Arrival(content)

        assert arrival.put_aside(store)
        assert arrival.put_aside(store)
        assert arrival.sha256 == other.sha256
        assert arrival.read() == arrival.read() == other.read() == content
        assert list((tmp_path / "images").iterdir()) == []

    def test_what_the_disk_gives_back_changed_is_not_taken(self, tmp_path: Path) -> None:
        store, arrival = Storage(tmp_path), Arrival(png())
        assert arrival.put_aside(store)
        assert arrival._file is not None
        os.pwrite(arrival._file.fileno(), b"!", 100)

        for _ in range(2):
            with pytest.raises(OSError, match="Something else is read"):
                arrival.read()

    def test_on_a_disk_without_room_for_the_pictures_it_stays_in_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5 << 20))
        arrival = Arrival(png())

        assert not arrival.put_aside(Storage(tmp_path))
        assert arrival.read() == png()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
    def test_on_a_disk_that_is_full_before_its_end_it_stays_in_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[Any] = []

        def full(_: Storage) -> Any:
            opened.append(Path("/dev/full").open("r+b", buffering=0))  # noqa: SIM115
            return opened[0]

        monkeypatch.setattr(Storage, "unnamed_file", full)
        arrival = Arrival(png())

        assert not arrival.put_aside(Storage(tmp_path))
        assert arrival.read() == png()
        assert opened[0].closed

    def test_it_is_put_into_no_folder_that_leads_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "studio").mkdir()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "studio" / "images").symlink_to(tmp_path / "elsewhere")
        arrival = Arrival(png())

        assert not arrival.put_aside(Storage(tmp_path / "studio"))
        assert arrival.read() == png()

    def test_one_that_nobody_wants_any_more_leaves_no_open_file(self, tmp_path: Path) -> None:
        arrival = Arrival(png())
        assert arrival.put_aside(Storage(tmp_path))
        file = arrival._file
        assert file is not None
        del arrival
        gc.collect()

        assert file.closed
