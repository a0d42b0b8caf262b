"""The names that people import, and what importing them costs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import qwen_notebook as qn

PACKAGE = Path(qn.__file__).parent
HEAVY = ("httpx", "anywidget", "ipywidgets", "PIL", "pydantic", "starlette", "nest_asyncio", "numpy")


def in_a_fresh_python(code: str) -> list[str]:
    """Run code that prints a list as JSON as its last line."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\nimport json\n{code}",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout.splitlines()[-1])


def names_of_the_stub() -> set[str]:
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname is not None}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


@pytest.mark.parametrize("heavy", HEAVY)
def test_importing_the_package_loads_nothing_heavy(heavy):
    loaded = in_a_fresh_python("import qwen_notebook\nprint(json.dumps(sorted(sys.modules)))")
    assert "qwen_notebook" in loaded
    assert heavy not in loaded


def test_a_request_is_made_without_anything_heavy():
    code = (
        "import qwen_notebook as qn\nqn.GenerationRequest(prompt='x')\nprint(json.dumps(sorted(sys.modules)))"
    )
    assert not set(HEAVY) & set(in_a_fresh_python(code))


def test_every_name_that_type_checkers_see_is_there():
    missing = [name for name in sorted(names_of_the_stub()) if not hasattr(qn, name)]
    assert not missing


def test_every_name_that_is_there_is_seen_by_type_checkers():
    assert set(vars(qn)["_MODULE_OF"]) <= names_of_the_stub()


@pytest.mark.parametrize("name", sorted(names_of_the_stub() - {"__version__"}))
def test_a_name_is_the_same_thing_each_time(name):
    assert getattr(qn, name) is getattr(qn, name)
    assert name in dir(qn)


def test_names_are_listed_before_they_are_loaded():
    listed = in_a_fresh_python("import qwen_notebook\nprint(json.dumps(dir(qwen_notebook)))")
    assert names_of_the_stub() <= set(listed)
    assert listed == sorted(listed)


@pytest.mark.parametrize("name", ["generat", "Simulator", "_nothing", "__path_of_no_return__"])
def test_an_unknown_name_is_an_attribute_error_that_names_it(name):
    with pytest.raises(AttributeError, match=name):
        getattr(qn, name)
    assert not hasattr(qn, name)


def test_an_unknown_name_cannot_be_imported():
    with pytest.raises(ImportError, match="generat"):
        exec("from qwen_notebook import generat")


def test_the_version_is_that_of_the_distribution():
    text = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{qn.__version__}"' in text


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_every_public_name_says_what_it_is():
    silent = [
        name
        for name in names_of_the_stub() - {"__version__"}
        if not (getattr(qn, name).__doc__ or "").strip()
    ]
    assert not silent
