"""The TypeScript types of the messages are those of the Python schemas, and a stale file is refused."""

from pathlib import Path

import pytest
from typing_extensions import TypedDict

from tests.support import wire_types


class Added(TypedDict):
    """A message that there was not before."""

    kind: str


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of which only the generated files are there, as they should be."""
    monkeypatch.setattr(wire_types, "ROOT", tmp_path)
    for path in wire_types.generated():
        path.parent.mkdir(parents=True)
    assert wire_types.main([]) == 0
    return tmp_path


def test_the_committed_files_are_as_the_schemas_say() -> None:
    assert wire_types.main(["--check"]) == 0


@pytest.mark.usefixtures("written")
def test_what_is_fresh_passes() -> None:
    assert wire_types.main(["--check"]) == 0


@pytest.mark.parametrize("side", ["shared", "panel", "grid"])
def test_a_field_that_was_renamed_by_hand_is_refused(
    written: Path, side: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written / f"js/src/{side}/wire.gen.ts"
    file.write_text(file.read_text().replace("kind:", "sort:", 1))

    assert wire_types.main(["--check"]) == 1
    assert f"js/src/{side}/wire.gen.ts" in capsys.readouterr().err


@pytest.mark.usefixtures("written")
def test_a_type_that_only_python_has_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(wire_types.ROOTS, "panel", (*wire_types.ROOTS["panel"], Added))

    assert wire_types.main(["--check"]) == 1
    assert "js/src/panel/wire.gen.ts" in capsys.readouterr().err


def test_a_file_that_is_missing_is_refused(written: Path) -> None:
    (written / "js/src/grid/wire.gen.ts").unlink()

    assert wire_types.main(["--check"]) == 1


def test_what_only_one_widget_uses_is_not_shared() -> None:
    texts = {path.parent.name: text for path, text in wire_types.generated().items()}

    for side, name in (("shared", "MoneyInfo"), ("panel", "JobInfo"), ("grid", "CellInfo")):
        assert [where for where, text in texts.items() if f"export type {name} " in text] == [side]
