"""Two processes at work in one folder: each writes its own lines, and each sees what the other did."""

import json
from collections import Counter
from pathlib import Path

import pytest

from qwen_notebook.journal.records import REAPI
from qwen_notebook.journal.states import State
from tests.support.journal import read_journal
from tests.support.programs import Program
from tests.support.stage import PRICE, Stage

IN_FLIGHT = 16


@pytest.mark.parametrize(("each", "affordable"), [(200, 400), (60, 90)], ids=["200 each", "a budget for 90"])
def test_nothing_is_torn_doubled_or_hidden(each: int, affordable: int, tmp_path: Path) -> None:
    settings = {"max_in_flight": IN_FLIGHT, "budget": affordable * PRICE}
    with (
        Stage(tmp_path, starting_balance=10**6) as stage,
        Program(
            [stage], seeds=list(range(each)), settings=settings, wait_for_word=True, look_again=True
        ) as one,
        Program(
            [stage],
            seeds=list(range(each, 2 * each)),
            settings=settings,
            wait_for_word=True,
            look_again=True,
        ) as other,
    ):
        for program in (one, other):
            program.until("ready")
        for program in (one, other):
            program.say()
        refused = sum(program.until_done()["refused"] for program in (one, other))
        for program in (one, other):
            program.say()
        seen = [program.until_done()["jobs"][0] for program in (one, other)]
        for program in (one, other):
            program.end()

        made = 2 * each - refused
        assert affordable <= made <= affordable + IN_FLIGHT
        assert (refused > 0) == (affordable < 2 * each)
        journal, records = read_journal(stage.folder)
        assert Counter(record.state for record in records) == {State.SAVED: made}
        assert len({record.seed for record in records}) == stage.tasks == stage.images == made
        assert journal.index.totals(REAPI).spent == stage.simulator.books.charged == made * PRICE
        expected = [[record.seed, record.id, "saved"] for record in records]
        assert seen == [expected, expected]
        for file in journal.folder.glob("*.jsonl"):
            content = file.read_bytes()
            assert content.endswith(b"\n")
            assert all(isinstance(json.loads(line), dict) for line in content.splitlines() if line.strip())
