"""What completion shows of public objects: what is for their users, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import anywidget
import pytest

import qwen_notebook as qn

BASES: dict[str, type] = {"panel": anywidget.AnyWidget, "grid": anywidget.AnyWidget}
"""Whose names an object has besides its own; else those of `object`."""
NAMES: dict[str, str] = {
    "panel": """
        count create image image_size image_url jobs next next_seed nsfw_checker on_picture output_format pictures
        prompt restore seed studio
    """,
    "grid": "columns panel rows studio sweep",
}
"""The names of each object of `made`. A new one is added here on purpose."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[str], object]]:
    studio = qn.Studio(tmp_path / "posters", offline=True)
    opened: list[qn.QwenWidget | qn.SweepGrid] = []

    def make(name: str) -> object:
        match name:
            case "panel":
                opened.append(qn.qwen_widget(studio))
            case "grid":
                opened.append(qn.experiment("a {x}", x=["fox", "owl"], studio=studio).grid())
        return opened[-1]

    yield make
    for widget in opened:
        widget.close()
    studio.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_has_these_public_names_and_no_others(name: str, made: Callable[[str], object]) -> None:
    others = dir(BASES.get(name, object))
    own = [known for known in dir(made(name)) if known not in others and not known.startswith("_")]

    assert own == sorted(NAMES[name].split())
