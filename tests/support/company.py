"""Many processes in one folder, killed, stopped and continued as a plan has it; see `company_program`."""

import json
import os
import random
import selectors
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Self

from qwen_notebook.simulator import TEST_KEY
from tests.support.environment import clean_environment

_PROGRAM = Path(__file__).with_name("company_program.py")
_LONGEST_SECONDS = 110.0
_MOST_PROCESSES = 8


@dataclass(frozen=True)
class Action:
    """What befalls a program: after so many lines of its own, and for a stop, the lines of all until it goes on."""

    after: int
    what: str
    whole_group: bool
    lines_stopped: int = 0


@dataclass(frozen=True)
class Plan:
    """One round: what each program asks for, and what befalls it."""

    seeds: list[int]
    budget_images: int
    programs: list[dict[str, Any]]
    actions: list[list[Action]]

    @classmethod
    def drawn(cls, seed: int) -> Self:
        """A plan, the same for the same seed."""
        draw = random.Random(f"company|{seed}")
        seeds = [seed * 100 + number for number in range(draw.randint(3, 8))]
        left = draw.randint(2, _MOST_PROCESSES)
        programs: list[dict[str, Any]] = []
        while left > 0:
            forks = min(left - 1, draw.choice((0, 0, 1, 1, 2)))
            left -= 1 + forks
            programs.append(_program(draw, seeds, forks))
        actions = [_actions(draw) for _ in programs]
        return cls(seeds, draw.randint(2, len(seeds) + 1), programs, actions)

    @property
    def processes(self) -> int:
        """How many there are if none is killed before it forks."""
        return sum(1 + len(program["forks"]) for program in self.programs)


def _program(draw: random.Random, seeds: Sequence[int], forks: int) -> dict[str, Any]:
    def threads(most: int) -> list[list[int]]:
        return [draw.sample(seeds, draw.randint(1, len(seeds))) for _ in range(draw.randint(1, most))]

    return {
        "studios": draw.randint(1, 3),
        "threads": threads(3),
        "forks": [
            {
                "way": draw.choice(("os", "multiprocessing")),
                "opens": draw.random() < 0.5,
                "threads": threads(2),
            }
            for _ in range(forks)
        ],
        "closes": draw.random() < 0.5,
    }


def _actions(draw: random.Random) -> list[Action]:
    kinds = draw.choice(((), ("kill",), ("kill",), ("stop",), ("stop", "kill"), ("stop", "stop")))
    after, actions = 0, list[Action]()
    for kind in kinds:
        after += draw.randint(1, 25)
        actions.append(Action(after, kind, draw.random() < 0.6, draw.randint(1, 12)))
    return actions


@dataclass
class _Running:
    """A program, with the processes that it forked, in a process group of its own."""

    process: "subprocess.Popen[bytes]"
    actions: list[Action]
    lines: int = 0
    goes_on_at: int | None = None
    busy_before: int = 0
    unread: bytes = b""

    def send(self, number: int, *, whole_group: bool) -> None:
        with suppress(ProcessLookupError):
            if whole_group:
                os.killpg(self.process.pid, number)
            else:
                os.kill(self.process.pid, number)  # not yet waited for: the id is still its own


@dataclass
class Company:
    """What came of a round.

    Attributes
    ----------
    counts
        Kills, stops, and the first words of the lines.
    lines
        All that was said, in the order in which it was read.
    """

    counts: Counter[str] = field(default_factory=Counter[str])
    lines: list[str] = field(default_factory=list[str])

    def play(self, plan: Plan, folder: Path, url: str, price: int) -> None:
        """Let all programs run, until every process has ended."""
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            running = [
                stack.enter_context(_started(program, actions, plan, folder, url, price))
                for program, actions in zip(plan.programs, plan.actions, strict=True)
            ]
            for one in running:
                assert one.process.stdout is not None
                os.set_blocking(one.process.stdout.fileno(), False)
                selector.register(one.process.stdout, selectors.EVENT_READ, one)
            until = monotonic() + _LONGEST_SECONDS
            while selector.get_map():
                at_work = [key.data for key in selector.get_map().values()]
                self._continue(at_work, everybody=all(one.goes_on_at is not None for one in at_work))
                events = selector.select(until - monotonic())
                assert events, "The round came to no end:\n" + "\n".join(self.lines[-40:])
                for key, _ in events:
                    if not self._read(key.data):
                        selector.unregister(key.fileobj)

    def _read(self, one: _Running) -> bool:
        """Take in what a program says; False at its end, and that of all that it forked."""
        assert one.process.stdout is not None
        data = os.read(one.process.stdout.fileno(), 1 << 16)
        *whole, one.unread = (one.unread + data).split(b"\n")
        for line in whole:
            text = line.decode()
            self.lines.append(f"{one.process.pid} {text}")
            self.counts[text.partition(" ")[0]] += 1
            one.lines += 1
            while one.actions and one.lines >= one.actions[0].after:
                self._act(one, one.actions.pop(0))
        return bool(data)

    def _act(self, one: _Running, action: Action) -> None:
        self.lines.append(f"{one.process.pid} *** {action}")
        self.counts[action.what] += 1
        if action.what == "kill":
            one.send(signal.SIGKILL, whole_group=action.whole_group)
            self.counts["killed"] += 1
        else:
            one.send(signal.SIGSTOP, whole_group=action.whole_group)
            one.goes_on_at, one.busy_before = len(self.lines) + action.lines_stopped, self.counts["busy"]

    def _continue(self, at_work: list[_Running], *, everybody: bool) -> None:
        for one in at_work:
            if one.goes_on_at is None:
                continue
            # It may have been stopped with the folder's lock in its hand: that the others say so is waited for once,
            # as each of them needs its whole patience for it.
            held_others_up = self.counts["busy"] > one.busy_before
            if everybody or held_others_up or len(self.lines) >= one.goes_on_at:
                one.goes_on_at = None
                one.send(signal.SIGCONT, whole_group=True)
                self.counts["continued"] += 1


class _started(ExitStack):  # noqa: N801
    """A running program; all that is left of its group is killed at the end."""

    def __init__(
        self, program: dict[str, Any], actions: list[Action], plan: Plan, folder: Path, url: str, price: int
    ) -> None:
        super().__init__()
        told = {
            "folder": str(folder),
            "base_url": url,
            "key": TEST_KEY,
            "prompt": "a fox",
            "budget": plan.budget_images * price,
            "plan": program,
        }
        self._running = _Running(
            self.enter_context(
                subprocess.Popen(
                    [sys.executable, str(_PROGRAM), json.dumps(told)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    env=clean_environment(),
                    start_new_session=True,
                )
            ),
            list(actions),
        )
        self.callback(self._running.send, signal.SIGKILL, whole_group=True)

    def __enter__(self) -> _Running:  # type: ignore[override]
        return self._running
