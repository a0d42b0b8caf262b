"""Every fault: paid once at most, saved where it can be, and said as it is. The README's table is what was measured."""

from qwen_notebook.journal.states import State
from tests.pay_once.measure import Outcome, measure_all
from tests.pay_once.write_table import table, table_in_readme

WITHOUT_IMAGE = {State.UNCERTAIN, State.GONE, State.FAILED, State.UNREADABLE}


def test_every_fault_ends_as_the_design_has_it_and_the_readme_says_so() -> None:
    measured = measure_all()
    wrong = [
        f"{group}: {one.row.what}: {complaint}: {one}"
        for group, outcomes in measured.items()
        for one in outcomes
        for complaint in _complaints(one)
    ]
    assert not wrong, "\n".join(wrong)
    assert table(measured) == table_in_readme(), "python -m tests.pay_once.write_table writes it anew"


def _complaints(one: Outcome) -> list[str]:
    state = one.jobs[0]
    checks = {
        "paid more often than a person had it sent": one.tasks <= one.row.sendings,
        "not exactly one job": len(one.jobs) == 1,
        "another end than the design's": state is one.row.ends,
        "another number of tasks": one.tasks == one.row.tasks,
        "saved and no image, or an image and not saved": one.images == (state is State.SAVED),
        "an image and an error, or neither": (one.error is None) == (state is State.SAVED),
        "both sides do not agree on the money": one.paid_right,
        "the balance is said to have fallen otherwise than it did": one.balance == ""
        or one.row.company is not None
        or (f"fell by {one.charged} since" if one.charged else "did not fall since") in one.balance,
        "the balance says nothing of a lost answer": one.balance != ""
        or state is not State.UNCERTAIN
        or one.row.company is not None,
        "paid and neither saved nor said": one.tasks == 0
        or state in {State.SAVED, *WITHOUT_IMAGE}
        or state.at_service,
    }
    return [complaint for complaint, fine in checks.items() if not fine]
