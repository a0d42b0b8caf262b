"""The tree in CONTRIBUTING is that of the package: what it names is there, and it names every folder."""

import re
from collections.abc import Iterator
from pathlib import Path

import qwen_notebook

PACKAGE = Path(qwen_notebook.__file__).parent
TEXT = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
OF_SOMEBODY_ELSE = {"painting", "fonts", "static", "__pycache__"}
"""Folders of one floor that no other floor looks into."""


def rooms() -> Iterator[Path]:
    """The files and folders that the tree names."""
    tree = TEXT.split("```\n")[1].split("js/src/")[0]
    folders: list[Path] = []
    for line in tree.splitlines()[1:]:
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split()
        del folders[depth - 1 :]
        folder = folders[-1] if folders else PACKAGE
        if names[0].endswith("/"):
            folders.append(folder / names[0].removesuffix("/"))
            yield folders[-1]
        else:
            yield from (folder / (name if name.endswith(".py") else f"{name}.py") for name in names)


def test_what_the_tree_names_is_there() -> None:
    missing = [str(room.relative_to(PACKAGE)) for room in rooms() if not room.exists()]

    assert not missing


def test_the_tree_names_every_folder() -> None:
    named = set(rooms())
    folders = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}

    assert not {folder for folder in folders - named if folder.name not in OF_SOMEBODY_ELSE} - {
        PACKAGE / "simulator/painting/scenes"
    }
