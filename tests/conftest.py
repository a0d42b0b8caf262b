"""What is true of all tests: what takes minutes runs only when asked for, and nobody waits for what all need."""

from collections.abc import Iterator

import pytest

from qwen_notebook.reapi import models
from qwen_notebook.studio.providers import choice
from tests.support.environment import use_no_keyring
from tests.support.examples import register_profiles
from tests.support.quick import end_servers_at_once, look_at_tasks_soon, read_certificates_once

register_profiles()
use_no_keyring()


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        read_certificates_once(patch)
        end_servers_at_once(patch)
        look_at_tasks_soon(patch)
        yield


@pytest.fixture(autouse=True)
def _what_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models and providers that a test registers are gone with it."""
    monkeypatch.setattr(models, "_models", models._models.copy())
    for name in ("_registered", "_made"):
        monkeypatch.setattr(choice, name, getattr(choice, name).copy())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
