"""Writers of a journal in processes of their own; see `writer_program`."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.environment import clean_environment

_PROGRAM = [sys.executable, str(Path(__file__).with_name("writer_program.py"))]


@dataclass
class Writer:
    """A writer at work, with the file that it writes."""

    process: "subprocess.Popen[str]"
    file: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let it close its journal, and end."""
        self.process.communicate("\n")
        assert self.process.returncode == 0


@contextmanager
def writer_in(folder: Path) -> Iterator[Writer]:
    """A process that has written a planned job into a folder, and is killed at the end of the block."""
    with subprocess.Popen(
        [*_PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as process:
        try:
            assert process.stdout is not None
            name = process.stdout.readline().strip()
            yield Writer(process, folder / "ledger" / f"{name}.jsonl")
        finally:
            process.kill()


def is_alive_for_a_third(folder: Path, writer: str) -> str:
    """Whether a writer is alive, as yet another process sees it."""
    done = subprocess.run(
        [*_PROGRAM, str(folder), writer], capture_output=True, text=True, check=True, env=clean_environment()
    )
    return done.stdout.strip()


def rewrite_first_line(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a writer that is gone said of itself."""
    first, _, rest = file.read_bytes().partition(b"\n")
    said = json.loads(first)
    change(said)
    file.write_bytes(json.dumps(said, separators=(",", ":")).encode() + b"\n" + rest)
