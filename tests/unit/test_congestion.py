"""How much is asked of a service at once is learned from its answers: fast where it takes all, and seldom refused."""

import asyncio
from collections.abc import Callable
from random import Random
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook.studio.congestion import CAREFUL_SECONDS, MOST_UNANSWERED, Congestion, Refused
from qwen_notebook.studio.learned_rate import MOST_RATE
from qwen_notebook.studio.learned_window import FIRST_TASKS, MOST_TASKS
from tests.support.examples import examples
from tests.support.fake_time import FakeTimeLoop, run_in_fake_time
from tests.support.limited_service import LimitedService, make_jobs

MANY = 600


def play(
    jobs: int,
    *,
    changes: tuple[float, dict[str, Any]] | None = None,
    remembered: Refused | None = None,
    limits: dict[str, Any] | None = None,
    **service: Any,
) -> tuple[LimitedService, Congestion, float]:
    """Send so many jobs at once to such a service, which may change after so many seconds."""

    async def main(loop: FakeTimeLoop) -> tuple[LimitedService, Congestion, float]:
        limited = LimitedService(loop, **service)
        congestion = Congestion(clock=loop.time, remembered=remembered, **(limits or {}))
        if changes is not None:
            loop.call_later(changes[0], limited.change, changes[1])
        return limited, congestion, await make_jobs(limited, congestion, jobs)

    return run_in_fake_time(main)


def test_where_nothing_is_refused_fifty_at_once_take_little_longer_than_the_slowest():
    service, congestion, seconds = play(50)
    assert seconds < service.slowest + 2.0  # one look, and the round trips in which the window opens
    assert service.most_running == 50
    assert congestion.refused == Refused()


def test_it_opens_no_further_than_what_one_who_stops_a_run_may_have_to_pay():
    service, congestion, _ = play(MANY)
    assert service.most_running == MOST_TASKS == congestion.tasks.count
    assert congestion.limiter.rate <= MOST_RATE


@pytest.mark.parametrize("jobs", [1, 3, FIRST_TASKS])
def test_few_jobs_open_nothing(jobs):
    _, congestion, _ = play(jobs)
    assert congestion.tasks.count <= 2 * FIRST_TASKS


LIMITS = {
    "10 a second": {"rate": 10.0},
    "10 a second, slow tasks": {"rate": 10.0, "task_seconds": 15.0},
    "2 a second": {"rate": 2.0},
    "100 a second": {"rate": 100.0},
    "10 a second, one at a time": {"rate": 10.0, "bucket": 1.0},
    "1 a second, after a hundred": {"rate": 1.0, "bucket": 100.0},
    "5 in flight": {"tasks": 5},
    "5 in flight, slow tasks": {"tasks": 5, "task_seconds": 15.0},
    "40 in flight": {"tasks": 40},
    "1 in flight": {"tasks": 1},
    "10 a second and 5 in flight": {"rate": 10.0, "tasks": 5},
    "a slow network": {"rate": 10.0, "round_trip": 0.8},
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_once_settled_hardly_anything_is_refused_and_the_limit_is_made_use_of(limits):
    service, congestion, seconds = play(MANY, **limits)
    assert service.refused_share(begin=seconds / 4) <= 0.02
    assert service.refused_share() <= 0.04, "and not much before either"
    assert seconds < 2.1 * service.least_seconds(MANY)
    assert congestion.tasks.taken == congestion.posts.taken == 0


@pytest.mark.parametrize(("by_chance", "a_second"), [(0.005, 3.0), (0.02, 1.5), (0.05, 1.0)])
def test_a_service_that_refuses_now_and_then_for_nothing_is_not_asked_ever_less(by_chance, a_second):
    jobs = 2 * MANY
    seconds = [play(jobs, by_chance=by_chance, draw=Random(seed))[2] for seed in range(3)]
    assert jobs / median(seconds) > a_second


def test_a_limit_that_falls_far_is_found_with_few_refusals():
    service, _, _ = play(MANY, changes=(3.0, {"rate": 2.0}), remembered=Refused(rate=100.0), rate=100.0)
    assert service.refused <= 40


@pytest.mark.parametrize("by_chance", [0.0, 0.02, 0.06])
def test_a_service_that_is_bad_at_answering_is_asked_for_some_tasks_at_once_to_the_end(by_chance):
    jobs, at_once = 2 * MANY, 4
    runs = [
        play(jobs, by_chance=by_chance, unanswered=0.07, limits={"rate": 500.0}, draw=Random(seed))
        for seed in range(5)
    ]
    assert all(congestion.tasks.count <= FIRST_TASKS // 2 for _, congestion, _ in runs)
    service, _, _ = runs[0]
    assert jobs / median(seconds for _, _, seconds in runs) > at_once / service.task_seconds / 2


def test_a_limit_is_found_too_where_refusals_were_by_chance_before():
    after = {"rate": 2.0, "by_chance": 0.0}
    service, _, seconds = play(3 * MANY, changes=(60.0, after), by_chance=0.05)
    assert service.refused_share(begin=60 + (seconds - 60) / 4) <= 0.02
    assert seconds - 60 < 1.6 * 2 * 3 * MANY / 2


CHANGES = {
    "10 a second become 2": ({"rate": 10.0}, {"rate": 2.0}),
    "2 a second become 10": ({"rate": 2.0}, {"rate": 10.0}),
    "20 in flight become 5": ({"tasks": 20}, {"tasks": 5}),
    "5 in flight become 20": ({"tasks": 5}, {"tasks": 20}),
    "no limit becomes 10 a second": ({}, {"rate": 10.0}),
    "no limit becomes 5 in flight": ({}, {"tasks": 5}),
    "100 a second become 2": ({"rate": 100.0}, {"rate": 2.0}),
    "10 a second become no limit": ({"rate": 10.0}, {"rate": None}),
    "5 in flight become no limit": ({"tasks": 5}, {"tasks": None}),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_limits_that_change_are_learned_anew(before, after):
    changes_at, jobs = 30.0, 1500
    service, _, seconds = play(jobs, changes=(changes_at, after), **before)
    settled = changes_at + (seconds - changes_at) / 4
    assert service.refused_share(begin=settled) <= 0.02
    assert seconds - changes_at < 2.5 * service.least_seconds(jobs) + 60


def test_a_limit_of_tasks_is_not_taken_for_one_of_calls():
    _, congestion, _ = play(100, tasks=5)
    assert congestion.refused == Refused(rate=None, tasks=5)


def test_a_limit_of_calls_is_not_taken_for_one_of_tasks():
    _, congestion, _ = play(100, rate=5.0, task_seconds=15.0)
    assert congestion.refused.tasks is None
    assert congestion.refused.rate == pytest.approx(5, rel=0.3)


@pytest.mark.parametrize("limits", [{"rate": 2.0}, {"rate": 10.0}, {"tasks": 5}], ids=str)
def test_what_was_learned_is_begun_with(limits):
    _, congestion, _ = play(200, **limits)
    service, _, _ = play(30, remembered=congestion.refused, **limits)
    fresh, _, _ = play(30, **limits)
    assert service.refused < max(1, fresh.refused)
    assert service.refused <= 1


def test_a_rate_that_a_person_has_said_makes_nobody_forget_what_was_seen():
    _, congestion, _ = play(20, rate=10.0, remembered=Refused(rate=9.5), limits={"rate": 5.0})
    assert congestion.refused.rate == 9.5


@pytest.mark.parametrize(
    "said", [{"max_in_flight": 3}, {"rate": 2.0}, {"max_in_flight": 40, "rate": 25.0}], ids=str
)
def test_what_a_person_has_said_is_never_exceeded(said):
    service, _, _ = play(80, limits=said)
    assert service.most_running <= said.get("max_in_flight", MOST_TASKS)
    most = said.get("rate")
    if most is not None:
        moments = [at for at, _ in service.calls]
        in_any_second = max(sum(at <= later <= at + 1 for later in moments) for at in moments)
        assert in_any_second <= 2 * most + 1


def test_a_person_may_allow_more_than_is_begun_with_by_itself():
    service, _, _ = play(400, limits={"max_in_flight": 300})
    assert MOST_TASKS < service.most_running <= 300


def alone(check: Callable[[Congestion, FakeTimeLoop], None], **settings: Any) -> None:
    async def main(loop: FakeTimeLoop) -> None:
        check(Congestion(clock=loop.time, **settings), loop)

    run_in_fake_time(main)


def test_a_post_without_an_answer_halves_both_windows_and_nothing_grows_for_a_minute():
    def check(congestion, loop):
        loop.now = 1.0
        congestion.lost(0.5)
        assert (congestion.tasks.count, congestion.posts.count) == (FIRST_TASKS // 2, MOST_UNANSWERED // 2)
        rate = congestion.limiter.rate
        loop.now += CAREFUL_SECONDS - 1
        for number in range(50):
            congestion.took(f"j{number}", 0.1)
        assert (congestion.tasks.count, congestion.posts.count) == (FIRST_TASKS // 2, MOST_UNANSWERED // 2)
        assert congestion.limiter.rate == rate
        loop.now += 2
        for number in range(50):
            congestion.took(f"k{number}", 0.1)
        assert congestion.posts.count == MOST_UNANSWERED

    alone(check, remembered=Refused(tasks=FIRST_TASKS))  # to which the window would open at once


def test_posts_that_were_lost_together_halve_once_and_never_to_less_than_a_few():
    def check(congestion, loop):
        loop.now = 1.0
        for _ in range(3):
            congestion.lost(0.5)
        assert (congestion.tasks.count, congestion.posts.count) == (FIRST_TASKS // 2, MOST_UNANSWERED // 2)
        for second in range(2, 9):
            loop.now = second
            congestion.lost(second - 0.5)
        assert (congestion.tasks.count, congestion.posts.count) == (8, 2), "one slow answer holds up no other"

    alone(check)


@given(
    st.lists(
        st.tuples(st.sampled_from(["took", "lost", "refused", "refused look", "ended"]), st.floats(0, 40)),
        max_size=80,
    )
)
@examples(300)
def test_whatever_comes_never_more_than_eight_posts_are_without_an_answer_and_one_may_go(events):
    def check(congestion, loop):
        running: list[str] = []
        for number, (event, seconds) in enumerate(events):
            loop.now += seconds
            if event == "took":
                congestion.took(f"j{number}", 0.1)
                running.append(f"j{number}")
            elif event == "lost":
                congestion.lost(loop.now)
            elif event == "refused":
                congestion.refuse(None)
            elif event == "refused look":
                congestion.limiter.slow_down(1.0)
            elif running:
                congestion.running.discard(running.pop())
            assert 1 <= congestion.posts.count <= MOST_UNANSWERED
            assert 1 <= congestion.tasks.count <= MOST_TASKS
            assert 0 < congestion.limiter.rate <= MOST_RATE
            assert congestion.refused.tasks is None or congestion.refused.tasks >= 1

    alone(check)


@pytest.mark.parametrize(
    ("seconds", "used", "grows"), [(0.05, True, True), (2.0, True, False), (0.05, False, False)]
)
def test_the_rate_grows_by_prompt_answers_and_as_it_is_made_use_of(seconds, used, grows):
    def check(congestion, loop):
        congestion.answered(0.05)
        rate = congestion.limiter.rate
        for _ in range(20):
            loop.now += 0.1
            for _ in range(2 * used):
                congestion.limiter.draw()
            congestion.answered(seconds)
        assert (congestion.limiter.rate > rate) == grows

    alone(check)


def test_one_refusal_where_many_more_tasks_were_taken_is_not_for_their_number_but_two_are():
    def check(congestion, loop):
        for number in range(12):
            congestion.took(f"j{number}", 0.1)
        for number in range(4, 12):
            congestion.running.discard(f"j{number}")
        congestion.refuse(1.0)
        loop.now += 2
        congestion.refuse(1.0)
        assert congestion.refused.tasks is None
        loop.now += 2
        congestion.refuse(1.0)
        assert congestion.refused.tasks == 4

    alone(check)


def test_an_hour_of_quiet_is_followed_by_no_burst_that_was_never_tried():
    async def main(loop):
        service, congestion = LimitedService(loop), Congestion(clock=loop.time)
        await make_jobs(service, congestion, 100)
        await asyncio.sleep(3600)
        begun = len(service.calls)
        await make_jobs(service, congestion, 100)
        first = service.calls[begun][0]
        return sum(at == first for at, _ in service.calls[begun:])

    assert run_in_fake_time(main) <= MOST_UNANSWERED
