"""Only a provider knows who the service is: everybody else is told its name, and asks what it can do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qwen_notebook

PACKAGE = Path(qwen_notebook.__file__).parent
NAMES = {"REAPI", "SIMULATOR"}
PROVIDERS = {
    "studio/providers/choice.py",  # where a service is chosen
    "studio/providers/reapi.py",
    "studio/providers/simulator.py",
    "journal/records.py",  # where the names that stand in journals are defined
}


def sources() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.parts[len(PACKAGE.parts)] != "reapi" and str(path.relative_to(PACKAGE)) not in PROVIDERS
    ]


def docs_of(tree: ast.AST) -> set[int]:
    """The texts that stand alone: docstrings."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def names_of_a_service(source: str) -> Iterator[str]:
    """The lines that name a service in a text, or compare with the name of one."""
    tree = ast.parse(source)
    docs = docs_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            text = node.value
            if ("reapi" in text.lower() and not _is_module(text)) or text == "simulator":
                yield f"{node.lineno}: {text!r}"
        elif isinstance(node, ast.Name) and node.id in NAMES:
            yield f"{node.lineno}: {node.id}"


def _is_module(text: str) -> bool:
    """Whether a text is the name of one of our modules, as the table of lazy imports has it."""
    return (PACKAGE / f"{text.replace('.', '/')}.py").exists()


def test_nobody_else_names_a_service() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sources()
        for line in names_of_a_service(path.read_text(encoding="utf-8"))
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        'raise QwenError("reAPI does not answer.")',
        'todo = f"Set REAPI_API_KEY for {name}."',
        "paid = record.service == REAPI",
        'free = record.service == "simulator"',
    ],
)
def test_who_names_one_is_found(source: str) -> None:
    assert list(names_of_a_service(source))


def test_docs_may_name_them() -> None:
    assert not list(names_of_a_service('def f():\n    """Set ``REAPI_API_KEY``."""'))
