"""When to look: soon after a task is likely to have ended, and seldom before."""

import math
import random
from collections.abc import Iterator
from statistics import NormalDist, mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook.studio import cadence as module
from qwen_notebook.studio.cadence import (
    CEILING_SECONDS,
    FLOOR_SECONDS,
    REMEMBERED,
    UNKNOWN_SECONDS,
    Cadence,
    HazardCadence,
)
from tests.support.examples import examples
from tests.support.fixed_cadence import FixedCadence


@pytest.fixture(autouse=True, scope="module")
def _people_s_own_floor() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FLOOR_SECONDS", FLOOR_SECONDS)  # other tests look sooner
        patch.setattr(module, "UNKNOWN_SECONDS", UNKNOWN_SECONDS)
        yield


def times(median, sigma, count, seed=0):
    draw = random.Random(f"{median}|{sigma}|{seed}")
    return [draw.lognormvariate(math.log(median), sigma) for _ in range(count)]


def quantile(median, sigma, share):
    return median * math.exp(sigma * NormalDist().inv_cdf(share))


def follow(cadence: Cadence, seconds: float) -> tuple[int, float]:
    """Looks at one task that takes so long, and the delay of the last of them; the answers take no time."""
    running, seen_running, looks = 0.0, 0.0, 0
    while True:
        running += cadence.wait(running)
        looks += 1
        if running >= seconds:
            cadence.learn(seen_running, running)
            return looks, running - seconds
        seen_running = running


def follow_all(cadence: Cadence, tasks: list[float]) -> tuple[float, float]:
    """Mean looks a task, and mean delay."""
    seen = [follow(cadence, seconds) for seconds in tasks]
    return mean(looks for looks, _ in seen), mean(delay for _, delay in seen)


def fixed_at(looks: float, tasks: list[float]) -> float:
    """The delay of the fixed schedule that makes so many looks a task."""
    low, high = 0.01, 100.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if follow_all(FixedCadence(middle), tasks)[0] > looks else (low, middle)
    return follow_all(FixedCadence(middle), tasks)[1]


@pytest.mark.parametrize(("median", "sigma"), [(4, 0.5), (15, 0.35), (40, 0.2)])
def test_the_first_look_is_near_the_15_percent_quantile_of_past_times(median, sigma):
    firsts = [HazardCadence(times(median, sigma, REMEMBERED, seed)).wait(0) for seed in range(20)]
    assert quantile(median, sigma, 0.08) < mean(firsts) < quantile(median, sigma, 0.22)


def test_before_anything_is_known_a_look_is_never_far():
    cadence = HazardCadence(spread=lambda: 0.5)
    assert cadence.usual is None
    running = 0.0
    while running < 120:
        wait = cadence.wait(running)
        assert FLOOR_SECONDS <= wait <= UNKNOWN_SECONDS[1]
        running += wait


def test_before_anything_is_known_jobs_sent_together_are_looked_at_one_after_the_other():
    cadence = HazardCadence()
    firsts = [cadence.wait(0) for _ in range(100)]
    assert max(firsts) - min(firsts) > 0.5
    assert all(UNKNOWN_SECONDS[0] <= wait <= UNKNOWN_SECONDS[1] for wait in firsts)


@given(
    st.lists(st.one_of(st.floats(), st.integers(-10, 10**9)), max_size=60),
    st.lists(st.tuples(st.floats(), st.floats()), max_size=20),
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20),
)
@examples(200)
def test_whatever_was_learned_the_next_look_is_neither_too_soon_nor_never(history, learned, running):
    cadence = HazardCadence(history)
    for seen_running, seen_done in learned:
        cadence.learn(seen_running, seen_done)
    longest = max([*cadence.history, 15.0])
    for seconds in running:
        assert FLOOR_SECONDS <= cadence.wait(seconds) <= max(CEILING_SECONDS, 2 * longest)


@pytest.mark.parametrize("median", [0.3, 1, 4, 15, 60])
def test_two_looks_at_a_task_are_never_closer_than_the_floor_nor_farther_than_the_ceiling(median):
    cadence = HazardCadence(times(median, 0.5, 40))
    running = cadence.wait(0)
    assert running >= FLOOR_SECONDS
    while running < 20 * median + 20:
        wait = cadence.wait(running)
        assert FLOOR_SECONDS <= wait <= CEILING_SECONDS
        running += wait


@pytest.mark.parametrize(
    ("median", "sigma", "gain"), [(4, 0.2, 0.5), (4, 0.5, 0.2), (15, 0.35, 0.4), (1.2, 0.2, 0.3)]
)
def test_at_the_same_number_of_looks_the_delay_is_much_less_than_that_of_a_fixed_schedule(
    median, sigma, gain
):
    tasks = times(median, sigma, 1500)
    looks, delay = follow_all(HazardCadence(times(median, sigma, 40, seed=1)), tasks)
    assert delay < (1 - gain) * fixed_at(looks, tasks)


def test_where_tasks_take_4_seconds_it_looks_as_often_as_every_1_5_s_and_waits_a_quarter_less():
    tasks = times(4, 0.5, 1500)
    looks, delay = follow_all(HazardCadence(times(4, 0.5, 40, seed=1)), tasks)
    fixed_looks, fixed_delay = follow_all(FixedCadence(1.5), tasks)
    assert looks == pytest.approx(fixed_looks, rel=0.1)
    assert delay < 0.75 * fixed_delay


def test_where_tasks_take_15_seconds_it_looks_half_as_often_and_waits_about_a_second():
    tasks = times(15, 0.35, 1500)
    looks, delay = follow_all(HazardCadence(times(15, 0.35, 40, seed=1)), tasks)
    assert looks < 0.55 * follow_all(FixedCadence(1.5), tasks)[0]
    assert delay < 1.2


@pytest.mark.parametrize("median", [0.4, 1, 4, 30, 90])
def test_a_service_is_learned_within_a_few_tasks(median):
    cadence = HazardCadence(spread=lambda: 0.5)
    follow_all(cadence, times(median, 0.3, 8))
    assert 0.6 * median < cadence.usual < 1.5 * median + FLOOR_SECONDS
    later = times(median, 0.3, 200, seed=1)
    looks, delay = follow_all(cadence, later)
    assert looks < 3 + median / 4
    assert delay < 0.4 + 0.08 * median


@pytest.mark.parametrize(("before", "after"), [(40, 2), (15, 4), (4, 15), (2, 20)])
def test_a_service_that_changes_is_learned_anew(before, after):
    cadence = HazardCadence(times(before, 0.3, 200))
    follow_all(cadence, times(after, 0.3, REMEMBERED, seed=1))
    fresh = HazardCadence(times(after, 0.3, 200, seed=2))
    tasks = times(after, 0.3, 100, seed=3)
    looks, delay = follow_all(cadence, tasks)
    fresh_looks, fresh_delay = follow_all(fresh, tasks)
    assert looks < 1.3 * fresh_looks + 0.5
    assert delay < 1.3 * fresh_delay + 0.2


def test_a_service_that_became_fast_is_noticed_after_four_tasks():
    cadence = HazardCadence(times(40, 0.3, 200))
    follow_all(cadence, [2.5] * 4)
    assert cadence.wait(0) <= UNKNOWN_SECONDS[1]
    follow_all(cadence, [2.5] * 8)
    assert cadence.usual == pytest.approx(2.5, rel=0.2)


def test_an_even_service_is_looked_at_once_its_time_has_come():
    cadence = HazardCadence([10.0] * REMEMBERED)
    assert 7 < cadence.wait(0) < 10
    looks, delay = follow(cadence, 10.0)
    assert looks <= 4
    assert delay < 1


@pytest.mark.parametrize("junk", [math.nan, math.inf, -math.inf, 0, -3, 1e-12, 1e300])
def test_what_is_no_time_is_not_remembered(junk):
    clean = [4.0, 4.2, 3.8]
    assert HazardCadence([*clean, junk]).history == tuple(clean)
    cadence = HazardCadence(clean)
    cadence.learn(junk, junk)
    assert cadence.history == tuple(clean)


def test_one_night_that_a_laptop_slept_changes_little():
    usual = times(4, 0.3, 10)
    clean, slept = HazardCadence(usual), HazardCadence([*usual[:5], 8 * 3600.0, *usual[5:]])
    assert slept.wait(0) == pytest.approx(clean.wait(0), rel=0.25)
    assert slept.usual == pytest.approx(clean.usual, rel=0.2)


def test_a_task_taken_up_after_hours_teaches_nothing_false():
    cadence = HazardCadence([4.0] * 10)
    for _ in range(10):
        cadence.learn(0.0, 6 * 3600.0)
    assert cadence.usual == pytest.approx(4.0, rel=0.2)


def test_what_was_learned_is_what_another_session_starts_with():
    cadence = HazardCadence(spread=lambda: 0.5)
    follow_all(cadence, times(7, 0.4, 20))
    again = HazardCadence(cadence.history)
    assert [again.wait(seconds) for seconds in range(20)] == [cadence.wait(seconds) for seconds in range(20)]
    assert again.usual == cadence.usual


def test_only_the_newest_times_count():
    assert len(HazardCadence(times(4, 0.3, 500)).history) == REMEMBERED
