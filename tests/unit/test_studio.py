"""What a person does with a studio: make, make again, look back, share the folder."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.simulator import Simulator, running
from qwen_notebook.studio.studio import core_of
from tests.support.preview_files import made_preview
from tests.support.studios import instant_simulator, studio_and_service, studio_at

Bench = tuple[qn.Studio, Simulator]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with studio_and_service(tmp_path / "posters") as both:
        yield both


class TestMaking:
    def test_a_picture_comes_back_saved(self, bench: Bench) -> None:
        studio, simulator = bench
        picture = studio.generate("a poster that reads VISIT MARS", seed=7)

        assert picture.path.read_bytes() == picture.bytes
        assert picture.image.size == picture.size
        assert picture.credits == 31
        assert picture.task_id in simulator.books.tasks
        assert picture.request.seed == 7
        assert studio.spent == 31

    def test_a_job_is_handed_out_at_once_and_can_be_awaited(self, bench: Bench) -> None:
        studio, _ = bench

        async def make() -> qn.Picture:
            job = studio.submit("a red fox", seed=1)
            assert isinstance(job, qn.Job)
            return await job

        assert asyncio.run(make()).request.prompt == "a red fox"

    def test_a_seed_is_drawn_sent_and_recorded_where_none_is_given(self, bench: Bench) -> None:
        studio, simulator = bench
        first, second = studio.generate("a red fox"), studio.generate("a red fox")

        assert first.request.seed != second.request.seed
        assert [task.order.seed for task in simulator.books.tasks.values()] == [
            first.request.seed,
            second.request.seed,
        ]

    def test_the_worker_s_own_thread_is_told_not_to_wait(self, bench: Bench) -> None:
        studio, _ = bench
        caught: list[BaseException] = []
        done = threading.Event()

        def wait_there() -> None:
            try:
                studio.submit("a red fox", seed=1).result()
            except BaseException as error:
                caught.append(error)
            done.set()

        shared_worker().call(wait_there)
        assert done.wait(10)

        assert isinstance(caught[0], RuntimeError)
        assert "await it" in str(caught[0])

    def test_a_wait_that_ends_first_says_that_the_job_goes_on(self, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=3600.0)
        with running(simulator) as url, studio_at(url, tmp_path) as studio:
            job = studio.submit("a red fox", seed=1)
            with pytest.raises(qn.StillRunning, match="goes on"):
                job.result(timeout=0.3)
            with pytest.raises(TimeoutError):
                job.result(timeout=0)

            assert not job.status.ended

    def test_an_edit_takes_a_picture_as_its_source(self, bench: Bench) -> None:
        studio, simulator = bench
        picture = studio.generate("a red fox", seed=1)
        night = studio.generate("make it night", image_url=picture, image_size="21:9", seed=1)

        assert night.request.image_url == picture.url
        assert list(simulator.books.tasks.values())[-1].order.image_url == picture.url

    def test_a_picture_of_the_other_service_is_no_source(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        preview = qn.Studio(tmp_path / "drafts", offline=True).generate("a red fox", seed=1)

        with pytest.raises(qn.InvalidRequest, match="offline preview"):
            studio.submit("make it night", image_url=preview)


class TestMakingAgain:
    def test_an_equal_request_with_a_seed_buys_nothing(self, bench: Bench) -> None:
        studio, simulator = bench
        first = studio.generate("a red fox", seed=1)

        assert studio.generate("a red fox", seed=1).path == first.path
        assert len(simulator.books.tasks) == 1

    def test_unless_another_is_asked_for(self, bench: Bench) -> None:
        studio, simulator = bench
        first = studio.generate("a red fox", seed=1)

        assert studio.generate("a red fox", seed=1, again=True).path != first.path
        assert len(simulator.books.tasks) == 2

    def test_any_other_setting_is_another_request(self, bench: Bench) -> None:
        studio, simulator = bench
        for other in ({}, {"image_size": "1:1"}, {"output_format": "jpeg"}, {"nsfw_checker": True}):
            settings: dict[str, Any] = {"seed": 1} | other
            studio.generate("a red fox", **settings)

        assert len(simulator.books.tasks) == 4

    def test_one_on_its_way_is_joined(self, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=3600.0)
        with running(simulator) as url, studio_at(url, tmp_path) as studio:
            assert studio.submit("a red fox", seed=1) is studio.submit("a red fox", seed=1)

    def test_it_holds_in_a_later_studio_on_the_folder(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url:
            with studio_at(url, tmp_path) as studio:
                first = studio.generate("a red fox", seed=1)
            with studio_at(url, tmp_path) as later:
                assert later.generate("a red fox", seed=1).path == first.path

        assert len(simulator.books.tasks) == 1

    def test_the_same_message_is_one_job_also_in_a_later_studio(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        request = qn.GenerationRequest(prompt="a red fox")
        with running(simulator) as url:
            with studio_at(url, tmp_path) as studio:
                job = core_of(studio).admit(request, client_id="press-1").job
                job.wait()
                assert core_of(studio).admit(request, client_id="press-1").job is job
            with studio_at(url, tmp_path) as later:
                assert core_of(later).admit(request, client_id="press-1").job.id == job.id

        assert len(simulator.books.tasks) == 1


class TestTheFolder:
    def test_jobs_and_pictures_are_sequences_newest_last(self, bench: Bench) -> None:
        studio, _ = bench
        for seed in range(3):
            studio.generate("a red fox", seed=seed)

        assert [job.request.seed for job in studio.jobs] == [0, 1, 2]
        assert studio.pictures[-1].request.seed == 2
        assert [picture.request.seed for picture in studio.pictures[:2]] == [0, 1]
        assert len(studio.pictures) == studio.picture_count == 3

    def test_a_job_is_the_same_object_for_as_long_as_it_is_held(self, bench: Bench) -> None:
        studio, _ = bench
        job = studio.submit("a red fox", seed=1)

        assert studio.jobs[0] is job
        assert studio.job(job.id) is job

    def test_a_picture_that_was_moved_away_says_so(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        picture.path.unlink()

        with pytest.raises(FileNotFoundError, match="no longer in"):
            _ = picture.bytes

    def test_a_preview_that_was_deleted_is_made_again(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        before = picture.preview
        made_preview(picture).unlink()

        assert picture.preview == before

    def test_listeners_hear_every_move_and_can_leave(self, bench: Bench) -> None:
        studio, _ = bench
        heard: SimpleQueue[tuple[int | None, str]] = SimpleQueue()
        leave = studio.subscribe(lambda job: heard.put((job.record.seed, job.status)))
        studio.generate("a red fox", seed=1)
        while heard.get(timeout=30) != (1, "saved"):
            pass
        leave()
        studio.generate("a red fox", seed=2)

        assert heard.empty()

    def test_the_same_message_to_two_services_is_two_jobs(self, tmp_path: Path) -> None:
        request = qn.GenerationRequest(prompt="a red fox", seed=1)
        with running(instant_simulator()) as url, studio_at(url, tmp_path) as studio:
            preview = qn.Studio(tmp_path, offline=True)
            tried = core_of(preview).admit(request, client_id="press-1").job
            bought = core_of(studio).admit(request, client_id="press-1").job

            assert (tried.record.service, bought.record.service) == (preview.service, studio.service)
            assert core_of(preview).admit(request, client_id="press-1").job is tried
            preview.close()

    def test_a_listener_in_trouble_stops_nothing(self, bench: Bench) -> None:
        studio, _ = bench

        def broken(_: qn.Job) -> None:
            raise ValueError("mine")

        studio.subscribe(broken)

        assert studio.generate("a red fox", seed=1).path.exists()

    def test_a_closed_studio_takes_nothing_more(self, tmp_path: Path) -> None:
        studio = qn.Studio(tmp_path, offline=True)
        studio.close()
        studio.close()

        with pytest.raises(qn.QwenError, match="closed"):
            studio.submit("a red fox")


class TestMoney:
    def test_the_balance_is_the_service_s(self, bench: Bench) -> None:
        studio, _ = bench
        studio.generate("a red fox", seed=1)

        assert studio.balance() == 12_500 - 31

    def test_the_budget_stops_before_the_post(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, budget=70) as (studio, simulator):
            studio.generate("a red fox", seed=1)
            studio.generate("a red fox", seed=2)
            with pytest.raises(qn.BudgetExceeded, match="8 left"):
                studio.submit("a red fox", seed=3)

            assert len(simulator.books.tasks) == 2

    def test_the_budget_outlives_the_studio(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url:
            with studio_at(url, tmp_path) as studio:
                studio.generate("a red fox", seed=1)
            with studio_at(url, tmp_path, budget=60) as later:
                assert later.spent == 31
                with pytest.raises(qn.BudgetExceeded):
                    later.submit("a red fox", seed=2)

    def test_a_budget_needs_a_price(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, budget=500, price=None) as (studio, simulator):
            with pytest.raises(qn.BudgetExceeded, match="no known price"):
                studio.submit("a red fox")

            assert simulator.books.tasks == {}

    def test_without_a_price_the_cost_is_said_to_be_unknown(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, price=None) as (studio, _):
            picture = studio.generate("a red fox", seed=1)

            assert picture.credits is None
            assert "price not known" in repr(picture)

    def test_previews_cost_nothing_and_are_nobody_s_equal(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        offline = qn.Studio(tmp_path, offline=True, budget=1)
        preview = offline.generate("a red fox", seed=1, image_size="1:1")
        offline.close()
        with running(simulator) as url, studio_at(url, tmp_path) as studio:
            real = studio.generate("a red fox", seed=1, image_size="1:1")

        assert preview.credits == 0
        assert "offline preview" in repr(preview)
        assert real.path != preview.path
        assert studio.spent == 31


class TestPictures:
    def test_saving_a_copy_keeps_the_file_as_it_is(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        copy = picture.save(tmp_path / "copy.png")

        assert copy.read_bytes() == picture.bytes

    def test_saving_in_the_other_format_keeps_the_provenance(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        copy = studio.generate("a red fox", seed=1).save(tmp_path / "copy.jpg")

        assert copy.read_bytes().startswith(b"\xff\xd8")
        assert b"a red fox" in copy.read_bytes()

    def test_another_suffix_is_refused_with_a_way_out(self, bench: Bench, tmp_path: Path) -> None:
        studio, _ = bench
        with pytest.raises(qn.InvalidRequest, match=r"picture\.image\.save"):
            studio.generate("a red fox", seed=1).save(tmp_path / "copy.webp")

    def test_a_notebook_shows_a_preview_and_a_line_of_text(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        bundle = picture._repr_mimebundle_()

        assert set(bundle) == {"image/jpeg", "text/plain"}
        assert "seed 1" in bundle["text/plain"]
