"""The examples in docstrings use names that there are: those that cost money are never run by doctest."""

import ast
import builtins
import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import qwen_notebook as qn

MODULES = {"qn", "np", "datasets", "pathlib", "traitlets"}
THE_READERS_OWN = {"studio", "job", "picture", "sweep", "panel", "grid"} | {
    "day",
    "night",
    "Recorded",
    "Recording",
}
"""Names that examples take for granted."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(qn.__path__, "qwen_notebook."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def unknown_names(examples: list[doctest.Example], known: set[str]) -> set[str]:
    names = list(ast.walk(ast.Module([tree for one in examples for tree in ast.parse(one.source).body], [])))
    made = {node.id for node in names if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {node.arg for node in names if isinstance(node, ast.arg)}
    made |= {
        (alias.asname or alias.name).partition(".")[0]
        for node in names
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    made |= {
        node.name for node in names if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    read = {node.id for node in names if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return read - made - known


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: module.__name__)
def test_every_name_in_an_example_is_there(module: ModuleType) -> None:
    known = {*vars(module), *qn.__all__, *vars(builtins), *MODULES, *THE_READERS_OWN}
    finder = doctest.DocTestFinder(exclude_empty=True)
    assert {
        test.name: unknown for test in finder.find(module) if (unknown := unknown_names(test.examples, known))
    } == {}


def test_a_name_of_before_is_found() -> None:
    examples = doctest.DocTestParser().get_examples(">>> push = Paced(print)  # doctest: +SKIP\n>>> push()\n")
    assert unknown_names(examples, set(vars(builtins))) == {"Paced"}
