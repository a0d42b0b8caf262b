"""When to look: soon after a task is likely to have ended, and seldom before."""

import math
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from statistics import NormalDist, mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook.studio import cadence as module
from qwen_notebook.studio.cadence import (
    CEILING_SECONDS,
    CEILING_SHARE,
    FLOOR_SECONDS,
    LOOK_COST,
    REMEMBERED,
    Cadence,
    HazardCadence,
)
from qwen_notebook.studio.latency import Prior, learn_latency
from tests.support.examples import examples
from tests.support.fixed_cadence import FixedCadence
from tests.support.looking import (
    Either,
    Law,
    Lognormal,
    Seen,
    Service,
    best,
    drawn,
    expected,
    follow,
    follow_all,
    look_at_all,
    seen_of,
)


@pytest.fixture(autouse=True, scope="module")
def _people_s_own_floor() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FLOOR_SECONDS", FLOOR_SECONDS)  # other tests look sooner
        patch.setattr(module, "LOOK_COST", LOOK_COST)
        yield


def times(median, sigma, count, seed=0):
    return drawn(Lognormal(median, sigma), count, seed)


def ages_of_looks(cadence: Cadence, until: float) -> list[float]:
    """The looks at one task that runs so long, alone."""
    ages = [0.0]
    while ages[-1] < until:
        ages.append(cadence.next_look(ages[-1], (ages[-1],)))
    return ages[1:]


def after(count: int, law: Law, seeds: int = 20) -> Seen:
    """What is to be expected of the next task after so many, one after the other, in a new folder."""
    cadences = [HazardCadence() for _ in range(seeds)]
    for seed, cadence in enumerate(cadences):
        follow_all(cadence, drawn(law, count, seed)) if count else None
    return Seen.mean([expected(cadence, law) for cadence in cadences])


def fixed_at(looks: float, tasks: list[float]) -> float:
    """The delay of the fixed schedule that makes so many looks a task."""
    low, high = 0.01, 100.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if follow_all(FixedCadence(middle), tasks).looks > looks else (low, middle)
    return follow_all(FixedCadence(middle), tasks).delay


# What is known


@pytest.mark.parametrize(("median", "sigma"), [(4, 0.5), (15, 0.35), (40, 0.2)])
def test_the_first_look_is_when_some_tasks_have_ended_and_most_have_not(median, sigma):
    firsts = [HazardCadence(times(median, sigma, REMEMBERED, seed)).next_look(0) for seed in range(20)]
    ended = Lognormal(median, sigma).share_ended(mean(firsts))
    assert 0.04 < ended < 0.35


@pytest.mark.parametrize("median", [1, 4, 15, 60])
@pytest.mark.parametrize("sigma", [0.1, 0.25, 0.5, 0.8])
def test_what_is_known_of_40_tasks_is_used_nearly_as_well_as_can_be(median, sigma):
    law = Lognormal(median, sigma)
    seen = Seen.mean([expected(HazardCadence(times(median, sigma, 40, seed)), law) for seed in range(10)])
    assert seen.cost < 1.1 * best(law, 800).cost


@pytest.mark.parametrize("median", [0.3, 1, 4, 15, 60])
def test_two_looks_at_a_task_are_never_closer_than_the_floor_nor_farther_than_the_ceiling(median):
    cadence = HazardCadence(times(median, 0.5, 40))
    ages = ages_of_looks(cadence, 20 * median + 20)
    waits = [later - sooner for sooner, later in pairwise([0.0, *ages])]
    assert all(wait >= FLOOR_SECONDS - 1e-9 for wait in waits)
    assert all(wait <= CEILING_SECONDS + 1e-9 for wait in waits[1:])


@pytest.mark.parametrize(
    ("median", "sigma", "gain"), [(4, 0.2, 0.5), (4, 0.5, 0.2), (15, 0.35, 0.4), (1.2, 0.2, 0.3)]
)
def test_at_the_same_number_of_looks_the_delay_is_much_less_than_that_of_a_fixed_schedule(
    median, sigma, gain
):
    tasks = times(median, sigma, 500)
    seen = expected(HazardCadence(times(median, sigma, 40, seed=1)), Lognormal(median, sigma))
    assert seen.delay < (1 - gain) * fixed_at(seen.looks, tasks)


def test_where_tasks_take_4_seconds_it_looks_as_often_as_every_1_5_s_and_waits_a_quarter_less():
    fixed = expected(FixedCadence(1.5), Lognormal(4, 0.5))
    seen = Seen.mean(
        [expected(HazardCadence(times(4, 0.5, 40, seed)), Lognormal(4, 0.5)) for seed in range(5)]
    )
    assert seen.looks == pytest.approx(fixed.looks, rel=0.15)
    assert seen.delay < 0.75 * fixed.delay


def test_where_tasks_take_15_seconds_it_looks_half_as_often_and_waits_about_a_second():
    seen = expected(HazardCadence(times(15, 0.35, 40, seed=1)), Lognormal(15, 0.35))
    assert seen.looks < 0.55 * expected(FixedCadence(1.5), Lognormal(15, 0.35)).looks
    assert seen.delay < 1.2


def test_an_even_service_is_looked_at_once_its_time_has_come():
    cadence = HazardCadence([10.0] * REMEMBERED)
    assert 8 < cadence.next_look(0) < 11
    seen = follow(cadence, 10.0)
    assert seen.looks <= 4
    assert seen.delay < 1


# What is not known yet


def test_before_anything_is_known_a_fast_service_is_noticed_early_and_a_slow_one_with_few_looks():
    cadence = HazardCadence()
    assert cadence.usual is None
    ages = ages_of_looks(cadence, 600)
    assert ages[0] <= 1.5
    assert ages[1] <= 3.5
    assert len([age for age in ages if age < 30]) <= 7
    for sooner, later in pairwise(ages):
        assert later - sooner <= max(CEILING_SECONDS, CEILING_SHARE * sooner)


def test_the_first_tasks_of_half_a_minute_take_eight_looks():
    seen = [follow_all(HazardCadence(), times(30, 0.25, 3, seed)) for seed in range(30)]
    assert mean(one.looks for one in seen) <= 8


@pytest.mark.parametrize(("sigma", "most"), [(0.5, 1.07), (0.25, 1.12)])
def test_after_ten_tasks_it_looks_nearly_as_well_as_who_knows_the_law(sigma, most):
    law = Lognormal(4, sigma)
    assert after(10, law).cost < most * best(law, 800).cost
    assert after(10, law).cost < after(2, law).cost < after(0, law).cost


@pytest.mark.parametrize("median", [0.4, 1, 4, 30, 90])
def test_a_service_is_learned_within_a_few_tasks(median):
    cadence = HazardCadence()
    follow_all(cadence, times(median, 0.3, 8))
    assert 0.6 * median < cadence.usual < 1.5 * median + FLOOR_SECONDS
    seen = expected(cadence, Lognormal(median, 0.3))
    assert seen.looks < 3 + median / 4
    assert seen.delay < 0.4 + 0.08 * median


def test_where_some_come_from_a_cache_they_are_waited_for_no_longer_than_the_others():
    law = Either(0.3, Lognormal(1, 0.2), Lognormal(15, 0.3))
    cadence = HazardCadence(drawn(law, 40))
    tasks = [Random(seed).lognormvariate(0, 0.2) for seed in range(50)]
    assert mean(ages_of_looks(cadence, seconds)[-1] - seconds for seconds in tasks) < 2.5


# What is learned from those that still run


def test_that_all_still_run_says_much_before_any_has_ended():
    alone, among_many = HazardCadence(), HazardCadence()
    assert among_many.next_look(0.0, [*[8.0] * 30, 0.0]) > alone.next_look(0.0, [0.0]) + 2
    assert among_many.usual is None


def test_that_a_task_itself_runs_is_no_news_for_it():
    prior = Prior(15.0, 0.8)
    assert learn_latency([], [60.0], prior) == learn_latency([], [], prior)
    cadence, told = HazardCadence([4.0, 5.0, 6.0]), HazardCadence([4.0, 5.0, 6.0])
    for age in (0.0, 3.0, 6.0, 12.0):
        assert cadence.next_look(age) == told.next_look(age, [age])


def test_one_of_forty_that_the_service_forgot_does_not_hold_up_the_others():
    usual = times(4, 0.25, REMEMBERED)
    clean, told = HazardCadence(usual), HazardCadence(usual)
    running = [2.0] * 10
    assert told.next_look(0.0, [*running, 1500.0]) == pytest.approx(
        clean.next_look(0.0, [*running, 2.0]), rel=0.1
    )


def test_of_many_sent_together_those_who_are_looked_at_first_teach_for_the_others():
    law = Lognormal(4, 0.5)
    seen, alone = [], []
    for seed in range(8):
        service = Service(drawn(law, 50, seed))
        look_at_all(HazardCadence(), service, seed=seed)
        seen.append(seen_of(service))
        alone.append(Seen.mean([follow(HazardCadence(), seconds) for seconds in service.tasks]))
    assert Seen.mean(seen).looks <= 4.5
    assert Seen.mean(seen).cost < 1.2 * best(law, 800).cost
    assert Seen.mean(seen).cost < 0.85 * Seen.mean(alone).cost


def test_jobs_sent_together_are_looked_at_one_after_the_other_before_anything_is_known():
    sent = [0.0] * 40
    assert HazardCadence().next_look(0.0, sent, 1.0) > HazardCadence().next_look(0.0, sent, 0.0) + 0.2
    service = Service([100.0] * 40)
    look_at_all(HazardCadence(), service)
    firsts = [looks[0] for looks in service.looks.values()]
    assert max(firsts) - min(firsts) > 0.2
    assert len({round(first, 2) for first in firsts}) > 15


# What changes, and what is no time


@pytest.mark.parametrize(("before", "then"), [(40, 2), (15, 4), (4, 15), (2, 20)])
def test_a_service_that_changes_is_learned_anew(before, then):
    cadence = HazardCadence(times(before, 0.3, 200))
    follow_all(cadence, times(then, 0.3, REMEMBERED, seed=1))
    fresh = HazardCadence(times(then, 0.3, 200, seed=2))
    assert expected(cadence, Lognormal(then, 0.3)).cost < 1.1 * expected(fresh, Lognormal(then, 0.3)).cost


@pytest.mark.parametrize(("before", "then"), [(40, 2), (15, 4), (600, 4), (4, 15), (2, 20)])
def test_a_service_that_changed_is_noticed_within_a_few_tasks(before, then):
    cadence = HazardCadence(times(before, 0.3, 200))
    follow_all(cadence, times(then, 0.3, 6, seed=1))
    law = Lognormal(then, 0.3)
    assert expected(cadence, law).cost < 2 * best(law, 800).cost


def test_a_service_that_became_fast_is_noticed_after_four_tasks():
    cadence = HazardCadence(times(40, 0.3, 200))
    follow_all(cadence, [2.5] * 4)
    assert cadence.next_look(0) <= 3
    follow_all(cadence, [2.5] * 8)
    assert cadence.usual == pytest.approx(2.5, rel=0.2)


@given(
    st.lists(st.one_of(st.floats(), st.integers(-10, 10**9)), max_size=60),
    st.lists(st.tuples(st.floats(), st.floats()), max_size=20),
    st.lists(st.floats(0, 1e9), max_size=40),
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20),
    st.floats(0, 1),
)
@examples(200)
def test_whatever_was_learned_the_next_look_is_neither_too_soon_nor_never(
    history, learned, others, ages, lot
):
    cadence = HazardCadence(history)
    for seen, done in learned:
        took = cadence.learn(seen, done)
        assert took is None or 0 <= seen <= took <= done
    longest = max([*cadence.history, *others, 15.0])
    for seen in ages:
        running = [max(seen, 0.0), *others]
        wait = cadence.next_look(seen, running, lot) - max(seen, 0.0)
        ulp = 2 * math.ulp(abs(seen))
        most = max(CEILING_SECONDS, CEILING_SHARE * seen) if seen > 0 else 2 * longest
        assert FLOOR_SECONDS - ulp <= wait <= most + ulp


@pytest.mark.parametrize("junk", [math.nan, math.inf, -math.inf, 0, -3, 1e-12, 1e300])
def test_what_is_no_time_is_not_remembered(junk):
    clean = [4.0, 4.2, 3.8]
    assert HazardCadence([*clean, junk]).history == tuple(clean)
    cadence = HazardCadence(clean)
    assert cadence.learn(junk, junk) is None
    assert cadence.history == tuple(clean)


@pytest.mark.parametrize("stray", [20.0, 8 * 3600.0])
def test_one_night_that_a_laptop_slept_changes_little(stray):
    usual = times(4, 0.3, 10)
    clean, slept = HazardCadence(usual), HazardCadence([*usual[:5], stray, *usual[5:]])
    assert slept.next_look(0) == pytest.approx(clean.next_look(0), rel=0.1)
    assert slept.usual == pytest.approx(clean.usual, rel=0.2)


def test_a_task_taken_up_after_hours_teaches_nothing_false():
    cadence = HazardCadence([4.0] * 10)
    for _ in range(10):
        assert cadence.learn(0.0, 6 * 3600.0) is None
    assert cadence.history == (4.0,) * 10


# What is remembered


def test_a_time_is_taken_to_be_where_between_two_looks_it_most_likely_was():
    cadence = HazardCadence(times(4, 0.1, 40))
    assert cadence.learn(3.0, 9.0) == pytest.approx(4, rel=0.05)
    assert HazardCadence().learn(4.0, 5.0) == pytest.approx(4.5, abs=0.1)


def test_what_is_remembered_is_on_average_what_tasks_took():
    cadence, tasks = HazardCadence(), times(4, 0.5, 1000)
    took: list[float] = []
    for seconds in tasks:
        ages = ages_of_looks(cadence, seconds)
        took.append(cadence.learn(ages[-2] if len(ages) > 1 else 0.0, ages[-1]) or math.nan)
    assert mean(map(math.log, took)) == pytest.approx(mean(map(math.log, tasks)), abs=0.03)


def test_what_was_learned_is_what_another_session_starts_with():
    cadence = HazardCadence()
    follow_all(cadence, times(7, 0.4, 20))
    again = HazardCadence(cadence.history)
    for seen in range(20):
        assert again.next_look(seen) == pytest.approx(cadence.next_look(seen), abs=0.5)
    assert again.usual == cadence.usual


def test_only_the_newest_times_count():
    assert len(HazardCadence(times(4, 0.3, 500)).history) == REMEMBERED


def test_it_depends_on_what_it_was_told_alone():
    one, other = HazardCadence(), HazardCadence()
    for cadence in (one, other):
        follow_all(cadence, times(4, 0.5, 12))
    assert [one.next_look(seen, [seen, 3.0], 0.3) for seen in range(20)] == [
        other.next_look(seen, [seen, 3.0], 0.3) for seen in range(20)
    ]


def test_the_best_that_is_compared_with_is_the_best():
    law = Lognormal(4, 0.5)
    assert best(law).cost < expected(FixedCadence(1.4), law).cost
    assert best(law).cost == pytest.approx(1.07, abs=0.01)  # as another program worked out
    assert NormalDist(math.log(4), 0.5).cdf(math.log(3)) == law.share_ended(3)
