"""Kernels in containers of one machine: process ids of their own, which repeat, and one host name."""

import shutil
import subprocess
from functools import cache
from typing import Any, Self

from tests.support.programs import Program
from tests.support.stage import Stage

_UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


@cache
def may_have_containers() -> bool:
    """Whether processes may be given ids of their own here."""
    if shutil.which(_UNSHARE[0]) is None:
        return False
    return subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode == 0


class Container(Program):
    """A program in a container of its own; where there are none, an ordinary process."""

    def __init__(self, stage: Stage, seed: int, **told: Any) -> None:
        before = _UNSHARE if may_have_containers() else ()
        super().__init__([stage], before=before, seeds=[seed], anyway=True, **told)

    def __enter__(self) -> Self:
        return self
