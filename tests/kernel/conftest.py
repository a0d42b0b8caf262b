"""Two kernels for all tests of a process, with a key and without; each test has a folder of its own in them.

What ends a kernel, or has to see a fresh one, starts its own with `tests.support.kernel.kernel`.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.history import remember_quick_images
from tests.support.kernel import Kernel, kernel
from tests.support.service import Service, service

AFRESH = """
import os
os.makedirs({folder!r}, exist_ok=True)
os.chdir({folder!r})
from qwen_notebook.studio.default import replace_default
replace_default(None)
"""


@pytest.fixture(scope="session")
def _running_service() -> Iterator[Service]:
    with service() as running:
        yield running


@pytest.fixture(scope="session")
def _offline_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("offline")) as started:
        yield started


@pytest.fixture(scope="session")
def _online_kernel(tmp_path_factory: pytest.TempPathFactory, _running_service: Service) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("online"), **_running_service.environment) as started:
        yield started


@pytest.fixture
def paid_service(_running_service: Service) -> Iterator[Service]:
    """The service on a port, as if it had just been started."""
    _running_service.start_anew()
    with ExitStack() as end:
        end.callback(_running_service.start_anew)
        yield _running_service


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Where a test's kernel works; its pictures go to a folder that knows the service to be quick."""
    remember_quick_images(tmp_path / "work" / "qwen-images")
    return tmp_path


@pytest.fixture
def offline(_offline_kernel: Kernel, work: Path) -> Kernel:
    """A kernel without a key."""
    return _afresh(_offline_kernel, work / "work")


@pytest.fixture
def online(_online_kernel: Kernel, paid_service: Service, work: Path) -> Kernel:
    """A kernel with a key, whose pictures are paid for."""
    return _afresh(_online_kernel, work / "work")


def _afresh(started: Kernel, folder: Path) -> Kernel:
    started.messages.clear()
    started.folder = folder
    started.run(AFRESH.format(folder=str(folder)))
    return started
