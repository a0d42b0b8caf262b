"""A client in a process of its own, so that neither its memory nor its time is that of the bench."""

import json
import subprocess
import sys


def told_by(module: str, *arguments: str) -> dict[str, float]:
    """Run ``python -m module arguments`` and give back its last line, which is JSON.

    Raises
    ------
    RuntimeError
        If it ends with an error: with what it wrote there.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])
