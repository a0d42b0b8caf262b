"""Refusals that come at any rate are told from those that a limit makes."""

import pytest

from qwen_notebook.studio.refusals import Refusals


def refused(*each: tuple[float, int]) -> Refusals:
    """Refusals at these rates, after so many calls each."""
    refusals = Refusals()
    for rate, answered in each:
        refusals.note(rate, answered)
    return refusals


FALLING = (10.0, 9.0, 8.0, 7.0)


def test_those_that_come_as_often_at_a_much_lower_rate_are_for_something_else():
    *first, last = FALLING
    refusals = refused(*((rate, 20) for rate in first))
    assert not refusals.come_at_any_rate
    assert refusals.note(last, 20) == first[0]
    assert refusals.come_at_any_rate
    assert refusals.note(last, 20) is None, "that is said once"


@pytest.mark.parametrize(
    "each",
    [
        [(10.0, 20)] * 8,
        [(rate, 20) for rate in FALLING[:3]],
        [(rate, 5) for rate in FALLING],
        [(rate, 150) for rate in FALLING],
        [(10.0, 20), (9.0, 20), (8.0, 60), (7.0, 60)],
    ],
    ids=["at one rate", "a few", "soon after each other", "seldom", "less often"],
)
def test_others_may_be_for_the_rate(each):
    assert not refused(*each).come_at_any_rate


def test_they_are_for_the_rate_again_once_they_come_twice_as_often():
    often = [(rate, 20) for rate in FALLING]
    assert refused(*often, *[(9.0, 12)] * 4).come_at_any_rate
    assert not refused(*often, *[(9.0, 9)] * 4).come_at_any_rate


def test_two_in_a_row_with_hardly_a_call_between_them_are_a_limit_and_one_is_not():
    assert not refused((10.0, 0)).come_at_once
    assert not refused((10.0, 30), (9.0, 0)).come_at_once
    assert refused((10.0, 30), (9.0, 3), (8.0, 3)).come_at_once


def test_one_that_is_known_to_be_for_something_else_does_not_count():
    refusals = refused((10.0, 3), (9.0, 3))
    refusals.drop()
    assert not refusals.come_at_once
    refusals = refused(*((rate, 20) for rate in FALLING))
    refusals.drop()
    assert not refusals.come_at_any_rate
