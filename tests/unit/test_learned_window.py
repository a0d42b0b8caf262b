"""How many tasks the service may have opens and closes with what becomes of them."""

from qwen_notebook.studio.learned_window import FIRST_TASKS, LearnedWindow

HALF = FIRST_TASKS // 2


def took(window: LearnedWindow, times: int, *, careful: bool) -> int:
    """Its size after so many tasks that were taken, each with as many there as may be."""
    for _ in range(times):
        window.take(window.size, waited_for=True, careful=careful)
    return window.size


def test_after_a_lost_answer_it_opens_no_further_than_half():
    window = LearnedWindow(128)
    window.halve()
    assert took(window, 50, careful=True) == HALF
    assert took(window, 50, careful=False) > FIRST_TASKS


def test_what_a_refusal_has_closed_opens_again_in_such_a_time_too():
    window = LearnedWindow(128)
    window.halve()
    assert window.refuse(HALF)
    assert window.size == HALF // 2
    window.halve(careful=True)
    assert took(window, 50, careful=True) == HALF


def test_more_than_a_remembered_number_is_tried_late():
    window = LearnedWindow(128, refused=5)
    for _ in range(60):
        window.take(5, waited_for=True)
    assert window.size == 5
    for _ in range(60):
        window.take(5, waited_for=True)
    assert window.size == 6


def test_one_refusal_far_below_what_was_taken_changes_nothing_and_a_second_does():
    window = LearnedWindow(128)
    size = took(window, 20, careful=False)
    assert not window.refuse(4)
    assert (window.size, window.refused) == (size, None)
    assert window.refuse(4)
    assert (window.size, window.refused) == (2, 4)


def test_a_refusal_that_contradicts_what_is_known_lets_more_be_tried_soon():
    window = LearnedWindow(128, refused=20)
    window.take(20, waited_for=True)
    assert not window.refuse(4)
    for _ in range(10):
        window.take(20, waited_for=True)
    assert window.size == 21
