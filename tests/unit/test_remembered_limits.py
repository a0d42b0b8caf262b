"""What a service was seen to take is kept in the folder, for each account, and whatever stands there harms nobody."""

import json
from pathlib import Path

import pytest

from qwen_notebook.studio import remembered_limits
from qwen_notebook.studio.congestion import Refused
from qwen_notebook.studio.remembered_limits import RememberedLimits

ACCOUNT = "0f" * 32
KNOWN = Refused(rate=9.5, tasks=5)


def kept(folder: Path, refused: Refused = KNOWN, account: str | None = ACCOUNT) -> Path:
    RememberedLimits(folder, account).keep(refused)
    return folder / "ledger" / "limits.json"


@pytest.mark.parametrize("refused", [KNOWN, Refused(), Refused(rate=0.3), Refused(tasks=1)])
def test_what_is_kept_is_known_to_the_next(tmp_path, refused):
    kept(tmp_path, refused)
    assert RememberedLimits(tmp_path, ACCOUNT).load() == refused


def test_each_account_has_its_own_and_none_is_named(tmp_path):
    kept(tmp_path)
    file = kept(tmp_path, Refused(tasks=2), "another")
    assert RememberedLimits(tmp_path, ACCOUNT).load() == KNOWN
    assert RememberedLimits(tmp_path, "another").load() == Refused(tasks=2)
    assert RememberedLimits(tmp_path, "a third").load() == Refused()
    assert ACCOUNT[:16] not in file.read_text()
    assert "another" not in file.read_text()


def test_a_folder_holds_no_more_accounts_than_anybody_has(tmp_path):
    for number in range(30):
        file = kept(tmp_path, account=str(number))
    assert len(json.loads(file.read_text())) <= 8
    assert RememberedLimits(tmp_path, "29").load() == KNOWN


def test_what_was_seen_long_ago_is_found_out_anew(tmp_path, monkeypatch):
    kept(tmp_path)
    late = remembered_limits.time() + 8 * 86_400
    monkeypatch.setattr(remembered_limits, "time", lambda: late)
    assert RememberedLimits(tmp_path, ACCOUNT).load() == Refused()


def test_the_same_is_not_written_again(tmp_path):
    file = kept(tmp_path)
    memory = RememberedLimits(tmp_path, ACCOUNT)
    memory.load()
    file.unlink()
    memory.keep(KNOWN)
    assert not file.exists()


@pytest.mark.parametrize(
    "content",
    ["", "no JSON", "[]", "[" * 100_000, "null", '{"x": 1, "y": {"at": "now"}}'],
    ids=lambda text: text[:20],
)
def test_what_cannot_be_read_is_not_known_and_is_replaced(tmp_path, content):
    file = kept(tmp_path)
    file.write_text(content)
    assert RememberedLimits(tmp_path, ACCOUNT).load() == Refused()
    kept(tmp_path)
    assert RememberedLimits(tmp_path, ACCOUNT).load() == KNOWN


@pytest.mark.parametrize(
    "said",
    [
        {"rate": "fast", "tasks": []},
        {"rate": -1, "tasks": 0},
        {"rate": True, "tasks": True},
        {"rate": 1e300, "tasks": 1e300},
        {"at": None},
        {"at": -1e300},
    ],
    ids=str,
)
def test_numbers_that_make_no_sense_are_not_taken(tmp_path, said):
    file = kept(tmp_path)
    ((account, known),) = json.loads(file.read_text()).items()
    file.write_text(json.dumps({account: known | said}))
    assert RememberedLimits(tmp_path, ACCOUNT).load() == Refused()


def test_that_it_cannot_be_written_is_no_trouble(tmp_path):
    (tmp_path / "ledger").write_text("a file where the folder should be")
    kept(tmp_path)
    assert RememberedLimits(tmp_path, ACCOUNT).load() == Refused()
