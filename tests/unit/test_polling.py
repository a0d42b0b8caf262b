"""Looks at tasks, in a time that is moved: one bad look costs one short pause, and what many tell counts for all."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from qwen_notebook.studio import cadence as module
from qwen_notebook.studio.cadence import FLOOR_SECONDS, LOOK_COST, REMEMBERED, HazardCadence
from tests.support.fixed_cadence import FixedCadence
from tests.support.looking import (
    Lognormal,
    Service,
    drawn,
    look_at_all,
    never,
    seen_of,
    the_look_that_sees_the_end,
)

LAW = Lognormal(4, 0.5)
TASKS = drawn(LAW, 200)
PAST = drawn(LAW, 40, seed=1)


@pytest.fixture(autouse=True, scope="module")
def _people_s_own_looks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FLOOR_SECONDS", FLOOR_SECONDS)  # other tests look sooner
        patch.setattr(module, "LOOK_COST", LOOK_COST)
        yield


def delay_where(is_bad: Callable[[int, int, bool], bool]) -> float:
    service = Service(TASKS, is_bad=is_bad)
    look_at_all(HazardCadence(PAST), service, together=False)
    return seen_of(service).delay


@pytest.mark.parametrize(
    "is_bad",
    [lambda _task, look, _ended: look == 1, lambda _task, look, _ended: look == 2],
    ids=["first", "second"],
)
def test_a_bad_look_before_the_end_costs_next_to_nothing(is_bad: Callable[[int, int, bool], bool]) -> None:
    assert delay_where(is_bad) < delay_where(never) + 0.3


def test_a_bad_look_at_what_has_ended_costs_less_than_a_second() -> None:
    assert delay_where(the_look_that_sees_the_end()) < delay_where(never) + 1


def test_after_a_bad_look_it_is_only_paused_and_not_waited_for_too() -> None:
    service = Service([1000.0], is_bad=lambda _task, look, _ended: look == 2)
    look_at_all(FixedCadence(30.0), service)

    bad, again = service.looks[0][1:3]
    assert again - bad < 1


def test_looks_that_bring_nothing_become_ever_fewer_and_go_on() -> None:
    service = Service([100.0], is_bad=lambda _task, look, _ended: look <= 8)
    look_at_all(HazardCadence(PAST), service)

    looks = service.looks[0]
    pauses = [later - sooner for sooner, later in pairwise(looks[:9])]
    assert pauses[0] < 1
    assert pauses[-1] > 20
    assert max(pauses) <= 1.5 * 60
    assert looks[-1] > 100


def test_what_is_written_down_is_when_it_ended_and_not_when_that_was_seen() -> None:
    service = Service(TASKS)
    records = look_at_all(HazardCadence(PAST), service, together=False)

    late = [record.seconds - seconds for record, seconds in zip(records, TASKS, strict=True)]
    assert abs(sum(late) / len(late)) < 0.1
    assert seen_of(service).delay > 0.3


def test_the_first_of_many_that_end_are_fast_and_no_change_of_the_service() -> None:
    cadence = HazardCadence(PAST)
    for seed in range(10):
        look_at_all(cadence, Service(drawn(LAW, 50, seed)), seed=seed)

        assert len(cadence.history) == REMEMBERED


def test_what_others_ends_tell_makes_a_look_sooner() -> None:
    """Two tasks took a minute; now those that were sent ten seconds before have ended sooner."""
    past = [60.0, 70.0]
    service = Service([5.0] * 20, sent=dict.fromkeys(range(10), -10.0))
    look_at_all(HazardCadence(past), service)

    later = [service.looks[number][-1] for number in range(10, 20)]
    assert max(later) < 0.8 * HazardCadence(past).next_look(0)


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_put_back_or_forth_holds_up_no_look(hours: float) -> None:
    service = Service([6.0])
    look_at_all(FixedCadence(1.5), service, clock_jumps=(2.0, 3600.0 * hours))

    assert service.looks[0][-1] < 8


def test_a_task_taken_up_after_hours_says_nothing_of_others() -> None:
    alone, beside = Service([30.0]), Service([30.0, 7 * 3600.0], sent={1: -6 * 3600.0})
    look_at_all(HazardCadence(PAST), alone)
    look_at_all(HazardCadence(PAST), beside)

    assert beside.looks[0] == pytest.approx(alone.looks[0], abs=0.5)
