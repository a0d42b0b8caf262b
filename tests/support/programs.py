"""Programs that make images in processes of their own, to be killed and followed by others."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from qwen_notebook.simulator import TEST_KEY
from tests.support.environment import clean_environment
from tests.support.stage import Stage

_PROGRAM = Path(__file__).with_name("studio_program.py")


class Program:
    """A process with a studio on each of the stages' folders; see `studio_program`."""

    def __init__(
        self, stages: Sequence[Stage], *, through_proxy: bool = False, before: Sequence[str] = (), **told: Any
    ) -> None:
        folders = [
            {"folder": str(one.folder), "base_url": one.proxy.url if through_proxy else one.url}
            for one in stages
        ]
        self._process = subprocess.Popen(
            [
                *before,
                sys.executable,
                str(_PROGRAM),
                json.dumps({"key": TEST_KEY, "folders": folders, **told}),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def read_until(self, wanted: Callable[[str, str], bool]) -> str:
        """Read its lines until one is as wanted (its first word, and the rest), and return the rest."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if wanted(word, rest):
                return rest
        raise AssertionError(f"The program ended before that, with {self._process.wait()}.")

    def read_until_dead_or_done(self) -> None:
        """Read its lines until it has killed itself, or has nothing left to do."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("done"):
                return

    def until(self, word: str) -> str:
        """Read its lines until one begins with this word."""
        return self.read_until(lambda first, _: first == word)

    def until_done(self) -> dict[str, Any]:
        """Wait until all jobs rest: ``jobs`` has seed, id and state of each, by folder."""
        return json.loads(self.until("done"))

    def say(self, *words: str) -> None:
        """Tell it to go on, or to end where it is done; with words, what to do with a job where it obeys."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()

    def tell(self, word: str, job_id: str, *arguments: str) -> str:
        """Have it do this with a job, and wait for what came of it, or why it is refused."""
        self.say(word, job_id, *arguments)
        return self.answer()

    def answer(self) -> str:
        """What came of the last that it was told to do with a job, or why it is refused."""
        return self.read_until(lambda first, _: first in ("did", "refused"))

    def end(self) -> None:
        """Let it close its studios and end by itself."""
        self.say()
        assert self._process.wait() == 0

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self, *, reap: bool = True) -> None:
        """SIGKILL; without `reap` it stays a zombie."""
        self._process.send_signal(signal.SIGKILL)
        if reap:
            self._process.wait()
