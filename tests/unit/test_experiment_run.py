"""Running an experiment: what is missing is bought, once; what stops it stops it once; what is there is there."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.simulator import FaultPlan, Rule, Simulator, running
from qwen_notebook.studio.studio import core_of
from tests.support.studios import instant_simulator, studio_and_service, studio_at

Bench = tuple[qn.Studio, Simulator]
QUICK: dict[str, Any] = {"rate": 1000.0}
WAIT_SECONDS = 20.0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with studio_and_service(tmp_path / "posters", **QUICK) as both:
        yield both


class InterruptedBar:
    """Stands in for tqdm, and for the person who presses stop when the first picture is paid."""

    n = 0

    def __init__(self, **_: Any) -> None:
        self.pressed = False

    def set_postfix(self, figures: dict[str, int], **_: Any) -> None:
        if figures["credits"] and not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt

    def update(self, _: int) -> None: ...
    def refresh(self) -> None: ...
    def close(self) -> None: ...


class TestOnce:
    def test_running_again_makes_no_post_also_in_a_later_studio(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url:
            for _ in range(2):
                with studio_at(url, tmp_path, **QUICK) as studio:
                    for _ in range(2):
                        sweep = qn.experiment("a {x}", x=["fox", "owl"], repeats=2, studio=studio)
                        sweep.run()
                    assert sweep.plan().saved == 4
                    assert sweep.plan().new == 0

        assert len(simulator.books.tasks) == 4

    def test_the_thread_of_a_run_ends_with_it(self, bench: Bench) -> None:
        studio, _ = bench
        runs = [qn.experiment("a {x}", x=[animal], studio=studio).start() for animal in ("fox", "owl", "hen")]
        for run in runs:
            run.result(WAIT_SECONDS)
        threads = [thread for thread in threading.enumerate() if thread.name == "qwen-notebook-sweep"]
        for thread in threads:
            thread.join(WAIT_SECONDS)

        assert not any(thread.is_alive() for thread in threads)

    def test_a_wider_experiment_buys_only_what_is_new(self, bench: Bench) -> None:
        studio, simulator = bench
        qn.experiment("a {x}", x=["fox"], studio=studio).run()
        wide = qn.experiment("a {x}", x=["owl", "fox"], studio=studio)

        assert wide.plan().credits == 31
        wide.run()
        assert len(simulator.books.tasks) == 2

    def test_what_a_person_made_before_is_a_cell_already(self, bench: Bench) -> None:
        studio, simulator = bench
        picture = studio.generate("a fox", seed=1)
        sweep = qn.experiment("a fox", seed=[1, 2], studio=studio)
        sweep.run()

        assert sweep.pictures[0].id == picture.id
        assert len(simulator.books.tasks) == 2

    def test_repeats_of_one_seed_are_pictures_of_their_own(self, bench: Bench) -> None:
        studio, simulator = bench
        sweep = qn.experiment("a fox", seed=1, repeats=3, studio=studio)
        sweep.run()
        qn.experiment("a fox", seed=1, repeats=3, studio=studio).run()

        assert len({picture.id for picture in sweep.pictures}) == 3
        assert len(simulator.books.tasks) == 3
        assert qn.experiment("a fox", seed=1, repeats=4, studio=studio).plan().new == 1

    def test_two_sweeps_at_once_send_each_cell_once(self, bench: Bench) -> None:
        studio, simulator = bench
        runs = [qn.experiment("a fox", seed=range(6), studio=studio).start() for _ in range(2)]
        for run in runs:
            run.result(30)

        assert len(simulator.books.tasks) == 6

    def test_the_plan_is_on_disk_before_anything_is_sent(self, bench: Bench) -> None:
        studio, _ = bench
        sweep = qn.experiment(["a fox", "an owl"], studio=studio)
        kept = studio.store.folder / "sweeps" / f"{sweep.id}.json"
        there: list[bool] = []
        core_of(studio).follow(lambda _: there.append(kept.exists()))
        sweep.run()
        seeds = [cell["request"]["seed"] for cell in json.loads(kept.read_text(encoding="utf-8"))["cells"]]

        assert there[0]
        assert seeds == [picture.request.seed for picture in sweep.pictures]

    def test_no_plan_is_read_or_written_through_a_link(self, bench: Bench, tmp_path: Path) -> None:
        studio, simulator = bench
        private = tmp_path / "private"
        private.mkdir()
        studio.store.folder.mkdir(exist_ok=True)
        (studio.store.folder / "sweeps").symlink_to(private)
        sweep = qn.experiment("a fox", studio=studio)
        seed = sweep[0].request.seed
        with pytest.raises(qn.QwenError, match=r"link.*Nothing was charged"):
            sweep.run()
        assert list(private.iterdir()) == []

        plan = {"cells": [{"id": sweep[0].id, "request": {"seed": 4711}}]}
        (private / f"{sweep.id}.json").write_text(json.dumps(plan), encoding="utf-8")
        assert qn.experiment("a fox", studio=studio)[0].request.seed == seed
        assert not simulator.books.posts

    def test_the_seeds_of_the_plan_on_disk_are_those_that_count(self, bench: Bench) -> None:
        studio, _ = bench
        sweep = qn.experiment("a fox", studio=studio)
        sweep.run()
        kept = studio.store.folder / "sweeps" / f"{sweep.id}.json"
        seed = sweep.cells[0].request.seed
        kept.write_text(kept.read_text(encoding="utf-8").replace(str(seed), "4711"), encoding="utf-8")
        assert qn.experiment("a fox", studio=studio).cells[0].request.seed == 4711

        kept.write_text("torn", encoding="utf-8")
        assert qn.experiment("a fox", studio=studio).cells[0].request.seed == seed


class TestMoney:
    def test_the_price_of_the_plan_is_what_is_charged_with_failures_skips_and_repeats(
        self, tmp_path: Path
    ) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm")})
        with studio_and_service(tmp_path, faults, **QUICK) as (studio, simulator):
            studio.generate("a calm", seed=1)
            before = simulator.books.charged
            sweep = qn.experiment(
                ["a calm", "a {storm|rain}"],
                seed=[1, 2, 3],
                repeats=2,
                skip=lambda cell: cell["seed"] == 3 and cell["prompt"] == "a rain",
                studio=studio,
            )
            plan = sweep.plan()
            told = sweep.run()

            assert plan.credits == simulator.books.charged - before == 15 * 31
            assert (told.saved, told.failed, told.credits) == (9, 6, 9 * 31)
            assert studio.spent == 10 * 31

    def test_the_budget_of_a_run_stops_it_once_with_all_that_it_allows_done(self, bench: Bench) -> None:
        studio, simulator = bench
        sweep = qn.experiment("a fox", seed=range(6), studio=studio)
        with pytest.raises(qn.BudgetExceeded, match=r"budget of 100 credits.*larger budget="):
            sweep.run(budget=100)

        assert (sweep.plan().saved, sweep.plan().new) == (3, 3)
        assert simulator.books.charged == 93
        sweep.run(budget=100)
        assert len(simulator.books.tasks) == 6

    def test_refunds_free_the_budget_again(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm")})
        with studio_and_service(tmp_path, faults, **QUICK) as (studio, _):
            sweep = qn.experiment(["a storm", "a calm"], seed=range(3), studio=studio)
            told = sweep.run(budget=93)

            assert (told.failed, told.saved) == (3, 3)

    def test_the_budget_of_the_studio_stops_it_too(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, budget=70, **QUICK) as (studio, simulator):
            sweep = qn.experiment("a fox", seed=range(6), studio=studio)
            with pytest.raises(qn.BudgetExceeded):
                sweep.run()

            assert simulator.books.charged == 62
            assert sweep.plan().saved == 2

    def test_a_budget_needs_a_price(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, price=None) as (studio, simulator):
            with pytest.raises(qn.BudgetExceeded, match="no known price"):
                qn.experiment("a fox", studio=studio).run(budget=100)

            assert simulator.books.tasks == {}

    def test_a_large_purchase_is_confirmed_in_the_call_or_by_a_budget(self, bench: Bench) -> None:
        studio, simulator = bench
        qn.experiment("a fox", seed=range(20), studio=studio).run()
        few = qn.experiment("a fox", seed=range(40), studio=studio)
        many = qn.experiment("a fox", seed=range(60), studio=studio)
        with pytest.raises(qn.ConfirmPurchase) as caught:
            many.run()

        assert str(caught.value) == (
            "This would buy 40 images for 1,240 credits (40 × 31). Nothing was charged. "
            "Write sweep.run(yes=True), or give it a budget: sweep.run(budget=1240)."
        )
        assert (caught.value.count, caught.value.price, caught.value.credits) == (40, 31, 1240)
        with pytest.raises(qn.ConfirmPurchase, match=r"sweep\.start\(retry_failed=True, yes=True\)"):
            many.start(retry_failed=True)
        assert len(simulator.books.tasks) == 20
        few.run()
        assert len(simulator.books.tasks) == 40, "what is there is not bought"
        for picture in studio.pictures[:21]:
            picture.delete()
        few.run()
        with pytest.raises(qn.ConfirmPurchase, match="21 images"):
            few.run(retry_failed=True)
        few.run(retry_failed=True, budget=651)
        assert len(simulator.books.tasks) == 61

    def test_a_studio_s_budget_confirms_and_previews_never_ask(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path / "paid", budget=10_000, **QUICK) as (studio, _):
            assert qn.experiment("a fox", seed=range(21), studio=studio).run().saved == 21
        offline = qn.Studio(tmp_path / "free", offline=True)
        run = qn.experiment("a fox", seed=range(21), studio=offline).start()
        run.cancel()
        offline.close()

    def test_an_unknown_price_is_said_when_a_purchase_is_to_be_confirmed(self, tmp_path: Path) -> None:
        with studio_and_service(tmp_path, price=None) as (studio, simulator):
            with pytest.raises(qn.ConfirmPurchase, match="what an image costs is not known") as caught:
                qn.experiment("a fox", seed=range(21), studio=studio).run()

            assert (caught.value.price, caught.value.credits) == (None, None)
            assert simulator.books.tasks == {}

    @pytest.mark.parametrize("given", [{"budget": -1}, {"budget": 1.5}, {"max_in_flight": 0}])
    def test_limits_that_make_no_sense_are_refused(self, bench: Bench, given: dict[str, Any]) -> None:
        with pytest.raises(qn.InvalidRequest):
            qn.experiment("a fox", studio=bench[0]).run(**given)

    def test_running_out_of_credits_stops_it_once_and_the_next_run_goes_on(self, tmp_path: Path) -> None:
        simulator = instant_simulator(starting_balance=31 * 4)
        with running(simulator) as url, studio_at(url, tmp_path, **QUICK) as studio:
            sweep = qn.experiment("a fox", seed=range(12), studio=studio)
            with pytest.raises(qn.InsufficientCredits):
                sweep.run(max_in_flight=2)
            assert (sweep.plan().saved, sweep.plan().new) == (4, 8)
            assert not [job for job in studio.unsettled if not job.status.settled]

            with pytest.raises(qn.InsufficientCredits):
                sweep.run()
            assert sum(job.status == "refused" for job in studio.jobs) <= 3, "one alone is the test"

            simulator.books._starting_balance += 31 * 20  # the person tops it up
            sweep.run()
            assert sweep.plan().saved == len(simulator.books.tasks) == 12

    def test_a_key_that_is_not_accepted_stops_it_once(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url, studio_at(url, tmp_path, api_key="rk_test_wrong", **QUICK) as studio:
            with pytest.raises(qn.AuthenticationError):
                qn.experiment("a fox", seed=range(20), studio=studio).run(max_in_flight=4)

            assert sum(job.status == "refused" for job in studio.jobs) == 1


class TestTrouble:
    def test_what_failed_is_said_and_made_again_only_when_asked(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm", times=1)})
        with studio_and_service(tmp_path, faults, **QUICK) as (studio, simulator):
            sweep = qn.experiment(["a storm", "a calm"], seed=1, studio=studio)
            sweep.run()
            assert (sweep.plan().failed, sweep.plan().new) == (1, 0)
            assert sweep.plan(retry_failed=True).credits == 31

            sweep.run()
            assert len(simulator.books.tasks) == 2
            sweep.run(retry_failed=True)
            assert len(simulator.books.tasks) == 3

    def test_what_was_given_up_is_looked_for_again_and_costs_nothing(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"url-expired": Rule()})
        patience = qn.Patience(usual=0.1, backoff=0.05, backoff_ceiling=0.1, deadline=2.0)
        with studio_and_service(tmp_path, faults, patience=patience, **QUICK) as (studio, simulator):
            sweep = qn.experiment("a fox", seed=1, studio=studio)
            sweep.run()
            assert (sweep.plan().failed, sweep.plan().look_again) == (1, 0)
            simulator.faults.switch_off("url-expired")

            again = sweep.plan(retry_failed=True)
            assert (again.new, again.credits) == (0, 0)
            assert str(again) == "1 cell: 1 to look for again, free · nothing to pay"
            assert str(sweep.run(retry_failed=True)) == "1 of 1"
            assert (sweep.plan().saved, len(simulator.books.tasks), studio.spent) == (1, 1, 31)

    def test_what_was_deleted_is_made_again_only_when_asked(self, bench: Bench) -> None:
        studio, simulator = bench
        sweep = qn.experiment("a fox", seed=[1, 2], studio=studio)
        sweep.run()
        sweep.pictures[0].delete()
        sweep.run()
        assert sweep.plan().deleted == 1
        assert [picture.request.seed for picture in sweep.pictures] == [2]

        sweep.run(retry_failed=True)
        assert sweep.plan().saved == 2
        assert len(simulator.books.tasks) == 3

    def test_what_is_uncertain_is_said_and_never_sent_again(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"submit-500-after": Rule(prompt="storm", times=1)})
        with studio_and_service(tmp_path, faults, **QUICK) as (studio, simulator):
            sweep = qn.experiment(["a storm", "a calm"], seed=1, studio=studio)
            told = sweep.run()
            assert (told.saved, told.uncertain) == (1, 1)
            assert "1 uncertain" in str(told)
            assert "never sent again by themselves" in str(sweep.plan())

            sweep.run()
            sweep.run(retry_failed=True)
            assert len(simulator.books.tasks) == 2

            studio.unsettled[0].dismiss()
            sweep.run(retry_failed=True)
            assert len(simulator.books.tasks) == 3

    def test_an_interrupt_stops_the_sending_and_keeps_what_is_paid(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        simulator = instant_simulator(latency_median=0.2)
        with running(simulator) as url, studio_at(url, tmp_path, **QUICK) as studio:
            sweep = qn.experiment("a fox", seed=range(40), studio=studio)
            with pytest.raises(KeyboardInterrupt):
                sweep.run(max_in_flight=3, progress=InterruptedBar, yes=True)
            assert "nothing more is sent" in capsys.readouterr().out
            assert sweep.running is not None
            with pytest.raises(qn.JobCancelled):
                sweep.running.result(30)
            made = len(simulator.books.tasks)

            assert 0 < made < 40
            assert sweep.plan().saved == made
            assert sweep.plan().new == 40 - made

    def test_a_task_that_never_ends_keeps_nobody_from_the_rest(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-never-ends": Rule(prompt="storm")})
        patience = qn.Patience(usual=0.1, deadline=5.0)
        with studio_and_service(tmp_path, faults, patience=patience, **QUICK) as (studio, _):
            sweep = qn.experiment(["a storm", "a calm"], seed=1, studio=studio)
            told = sweep.run()

            assert (told.saved, told.failed, told.unfinished) == (1, 0, 1)
            assert sweep.plan().running == 1

    def test_another_kernel_s_cell_is_waited_for_and_not_bought(self, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=0.3)
        with (
            running(simulator) as url,
            studio_at(url, tmp_path, **QUICK) as other,
            studio_at(url, tmp_path, **QUICK) as studio,
        ):
            theirs = other.submit("a fox", seed=1)
            sweep = qn.experiment("a fox", seed=[1, 2], studio=studio)
            told = sweep.run()

            assert told.saved == 2
            assert theirs.result().id == sweep.pictures[0].id
            assert len(simulator.books.tasks) == 2


class TestTheRun:
    def test_it_returns_at_once_and_can_be_awaited(self, bench: Bench) -> None:
        studio, _ = bench

        async def make() -> Any:
            return await qn.experiment("a fox", seed=range(3), studio=studio).start()

        assert asyncio.run(make()).saved == 3

    def test_one_sweep_runs_once_at_a_time(self, tmp_path: Path) -> None:
        simulator = instant_simulator(latency_median=3600.0)
        with running(simulator) as url, studio_at(url, tmp_path) as studio:
            sweep = qn.experiment("a fox", seed=[1, 2], studio=studio)
            run = sweep.start()
            with pytest.raises(qn.QwenError, match="runs already"):
                sweep.start()
            with pytest.raises(qn.StillRunning, match="0 of 2"):
                run.result(0.2)
            run.cancel()

    def test_no_more_are_in_flight_than_it_may_have(self, bench: Bench) -> None:
        studio, _ = bench
        most = 0

        def look(_: qn.Job) -> None:
            nonlocal most
            most = max(most, len([job for job in studio.unsettled if not job.status.settled]))

        core_of(studio).follow(look)
        qn.experiment("a fox", seed=range(9), studio=studio).run(max_in_flight=3)

        assert most == 3

    def test_the_progress_tells_how_it_went(self, bench: Bench) -> None:
        told = qn.experiment("a fox", seed=range(3), studio=bench[0]).run()

        assert str(told) == "3 of 3 · 93 credits"

    def test_a_tqdm_of_the_person_s_own_is_drawn_to_its_end(self, bench: Bench) -> None:
        tqdm = pytest.importorskip("tqdm").tqdm
        bars: list[Any] = []

        def make(**given: Any) -> Any:
            bars.append(tqdm(**given, disable=None))
            return bars[-1]

        qn.experiment("a fox", seed=range(3), studio=bench[0]).run(progress=make)
        assert bars[0].total == 3

    def test_what_stands_is_said_with_what_one_may_do_and_everywhere_alike(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="storm"), "submit-500-after": Rule(prompt="lost")})
        with studio_and_service(tmp_path, faults, **QUICK) as (studio, _):
            sweep = qn.experiment(["calm", "storm", "lost"], seed=[1, 2], studio=studio)
            told = sweep.run(progress=False)
            failed = "2 failed (retry_failed=True makes them again)"
            uncertain = "2 uncertain (may have been billed: studio.uncertain)"

            assert str(told) == f"6 of 6 · {told.credits} credits · {uncertain} · {failed}"
            assert str(sweep.run()) == f"nothing to make: 2 saved, {uncertain}, {failed}"
            assert "6 cells: 2 saved, 2 uncertain, 2 failed · nothing to pay" in repr(sweep)
            assert "retry_failed=True" in repr(sweep)
            assert "studio.uncertain" in repr(sweep)
            assert (
                repr(sweep.running) == f"<SweepRun nothing to make: 2 saved, {uncertain}, {failed} · ended>"
            )

    def test_a_run_that_was_stopped_says_why_and_what_remains(self, bench: Bench) -> None:
        studio, _ = bench
        sweep = qn.experiment("a fox", seed=range(6), studio=studio)
        with pytest.raises(qn.BudgetExceeded):
            sweep.run(budget=100)

        assert sweep.running is not None
        assert str(sweep.running.progress).startswith(
            "3 of 6 · 93 credits · stopped, 3 still to make: The budget of 100 credits has 7 left"
        )

    def test_nothing_to_do_is_said(self, bench: Bench) -> None:
        studio, _ = bench
        sweep = qn.experiment("a fox", seed=1, studio=studio)
        sweep.run()

        assert "nothing to make" in str(sweep.run())


class TestTheTable:
    def test_a_row_for_each_cell_with_its_axes_and_what_became_of_it(self, tmp_path: Path) -> None:
        faults = FaultPlan(1, {"task-fails": Rule(prompt="owl")})
        with studio_and_service(tmp_path, faults, **QUICK) as (studio, _):
            sweep = qn.experiment("a {animal}", animal=["fox", "owl"], seed=[1, 2], studio=studio)
            before = sweep.to_frame()
            sweep.run()
            frame = sweep.to_frame()

        assert list(before["state"]) == ["new"] * 4
        assert list(before.columns) == list(frame.columns)
        assert list(frame["state"]) == ["saved", "saved", "failed", "failed"]
        assert list(frame["animal"]) == ["fox", "fox", "owl", "owl"]
        assert list(frame["seed"]) == [1, 2, 1, 2]
        assert frame.groupby("animal")["credits"].sum()["fox"] == 62

    def test_it_is_taken_on_as_parquet_and_as_a_folder(self, bench: Bench, tmp_path: Path) -> None:
        import pandas

        studio, _ = bench
        sweep = qn.experiment("a {x}", x=[1, "two", 3.5], seed=1, studio=studio)
        sweep.run()

        assert len(pandas.read_parquet(sweep.to_parquet(tmp_path / "sweep.parquet"))) == 3
        lines = (sweep.to_imagefolder(tmp_path / "set") / "metadata.jsonl").read_text().splitlines()
        assert [json.loads(line)["x"] for line in lines] == ["1", "two", "3.5"]

    def test_pictures_are_selected_by_their_axes(self, bench: Bench) -> None:
        studio, _ = bench
        sweep = qn.experiment("a {animal}", animal=["fox", "owl"], seed=range(3), studio=studio)
        sweep.run()

        (picture,) = sweep.select(animal="owl", seed=2)
        assert (picture.request.prompt, picture.request.seed) == ("a owl", 2)
        assert len(sweep.select(seed=[0, 1])) == 4
        with pytest.raises(qn.InvalidRequest, match="'animal'"):
            sweep.select(animl="owl")
