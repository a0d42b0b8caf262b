"""The table of faults in the README, as measured: ``python -m tests.pay_once.write_table`` writes it anew."""

from collections import Counter
from pathlib import Path

from tests.pay_once.measure import Outcome, measure_all

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- faults:begin -->", "<!-- faults:end -->"


def table(measured: dict[str, list[Outcome]]) -> str:
    """The table as Markdown: nothing in it differs from run to run."""
    lines = [
        "| what breaks | tasks paid | images saved | the job is | you get | the balance |",
        "|---|---|---|---|---|---|",
    ]
    advice: dict[str, dict[str, None]] = {}
    for group, outcomes in measured.items():
        lines.append(f"| **{group}** | | | | | |")
        for one in outcomes:
            states = ", ".join(one.jobs)
            told = f"{_told(one)} | {_balance(one)}"
            lines.append(f"| {one.row.what} | {one.tasks} | {one.images} | {states} | {told} |")
            if one.error is not None:
                todo = one.error.todo.removeprefix(one.balance).strip()
                advice.setdefault(type(one.error).__name__, {})[todo] = None
    lines += ["", "And what each error says to do:", ""]
    lines += [f"- `{kind}`: {' / '.join(sorted(todos))}" for kind, todos in sorted(advice.items())]
    return "\n".join(lines) + "\n"


def _told(one: Outcome) -> str:
    if one.error is None:
        return "the image" + (f"; {one.unknown} credits stay counted as uncertain" if one.unknown else "")
    return f"`{type(one.error).__name__}`: {one.error.what} {one.error.charge.sentence}".strip()


def _balance(one: Outcome) -> str:
    """What the balance did, as the error says it, without its times."""
    return one.balance.partition(" since ")[0].removeprefix("The balance ")


def table_in_readme() -> str:
    """The table as the README has it."""
    return README.read_text(encoding="utf-8").partition(BEGIN + "\n")[2].partition(END)[0]


def write(measured: dict[str, list[Outcome]]) -> None:
    """Put the table between the README's marks."""
    text = README.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN + "\n")
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{README} has no {BEGIN} … {END}")
    README.write_text(head + begin + table(measured) + end + tail, encoding="utf-8")


if __name__ == "__main__":
    outcomes = measure_all()
    write(outcomes)
    print(Counter(state for rows in outcomes.values() for one in rows for state in one.jobs))
