"""A service with limits that nobody knows, and jobs that are sent to it: all in a time that is moved.

The real service and the real queue are in `tests/bench/bench_limits.py`; this is the same in seconds of nobody's life,
so that hours of it can be looked at.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from qwen_notebook.studio.congestion import Congestion
from qwen_notebook.studio.learned_window import MOST_TASKS
from qwen_notebook.studio.rate_limit import Urgency
from tests.support.fake_time import FakeTimeLoop

LOOK_SECONDS = 1.5
LONGEST_SECONDS = 5.0
"""For which an answer is waited for."""


@dataclass
class LimitedService:
    """A token bucket for all calls, and so many tasks at once; either may change at any moment.

    `rate` and `tasks` None is no limit. `calls` has each call: its time, and whether it was refused.
    """

    loop: FakeTimeLoop
    rate: float | None = None
    bucket: float | None = None
    tasks: int | None = None
    task_seconds: float = 4.0
    round_trip: float = 0.1
    by_chance: float = 0.0
    """Share of the calls that it refuses for nothing that anybody could learn."""
    unanswered: float = 0.0
    """Share of the tasks that it takes without saying so."""
    draw: random.Random = field(default_factory=lambda: random.Random(1))
    calls: list[tuple[float, bool]] = field(default_factory=list[tuple[float, bool]])

    def __post_init__(self) -> None:
        self.running = self.taken = 0
        self.most_running = 0
        self.slowest = 0.0
        self._tokens = self._capacity
        self._seen = 0.0

    @property
    def _capacity(self) -> float:
        return max(1.0, self.rate or 0.0) if self.bucket is None else self.bucket

    def look(self) -> bool:
        """Whether it answers, and not with 429."""
        taken = self._take_token()
        self.calls.append((self.loop.time(), not taken))
        return taken

    def submit(self) -> float | None:
        """When the task will have ended; None where it answers 429."""
        taken = self._take_token() and (self.tasks is None or self.running < self.tasks)
        self.calls.append((self.loop.time(), not taken))
        if not taken:
            return None
        self.taken += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        seconds = self.task_seconds * self.draw.lognormvariate(0, 0.3)
        self.slowest = max(self.slowest, seconds)
        self.loop.call_later(seconds, self._end)
        return self.loop.time() + seconds

    def is_unanswered(self) -> bool:
        """Whether it keeps an answer to itself."""
        return self.unanswered > 0 and self.draw.random() < self.unanswered

    def _end(self) -> None:
        self.running -= 1

    def _take_token(self) -> bool:
        if self.draw.random() < self.by_chance:
            return False
        if self.rate is None:
            return True
        now = self.loop.time()
        self._tokens = min(self._capacity, self._tokens + (now - self._seen) * self.rate)
        self._seen = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def change(self, limits: dict[str, Any]) -> None:
        """Have other limits from now on, by their names."""
        for name, value in limits.items():
            setattr(self, name, value)

    def least_seconds(self, jobs: int) -> float:
        """How long so many jobs take at least, with two calls each, as far as the limits stand now."""
        tasks = min(self.tasks or MOST_TASKS, MOST_TASKS)
        by_tasks = jobs * self.task_seconds / tasks
        by_rate = 2 * jobs / self.rate if self.rate is not None else 0.0
        return max(by_tasks, by_rate, self.task_seconds)

    @property
    def refused(self) -> int:
        """How many calls it refused."""
        return sum(refused for _, refused in self.calls)

    def refused_share(self, begin: float = 0.0) -> float:
        late = [refused for at, refused in self.calls if at >= begin]
        return sum(late) / max(1, len(late))


async def make_job(service: LimitedService, congestion: Congestion, name: str) -> float:
    """Send a job as the pipeline does, look until it has ended, and say when that was seen."""
    while True:
        async with congestion.tasks:
            await congestion.posts.acquire()
            try:
                await congestion.limiter.turn(Urgency.SUBMIT)
                if congestion.tasks.are_too_few:
                    continue
                sent = service.loop.time()
                await asyncio.sleep(service.round_trip / 2)
                ends = service.submit()
                await asyncio.sleep(service.round_trip / 2)
                if ends is not None and service.is_unanswered():
                    await asyncio.sleep(LONGEST_SECONDS)
                    congestion.lost(sent)
                    return service.loop.time()
                if ends is None:
                    congestion.refuse(1.0)
                else:
                    congestion.took(name, service.round_trip)
            finally:
                congestion.posts.release()
            if ends is not None:
                try:
                    return await _look(service, congestion, ends)
                finally:
                    congestion.running.discard(name)


async def _look(service: LimitedService, congestion: Congestion, ends: float) -> float:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        await congestion.limiter.turn(Urgency.LOOK)
        await asyncio.sleep(service.round_trip)
        if not service.look():
            congestion.limiter.slow_down(1.0, Urgency.LOOK)
            continue
        congestion.answered(service.round_trip)
        if service.loop.time() >= ends:
            return service.loop.time()


async def make_jobs(service: LimitedService, congestion: Congestion, count: int) -> float:
    """So many jobs at once; the seconds that they took together."""
    began = service.loop.time()
    await asyncio.gather(*(make_job(service, congestion, f"{began}-{n}") for n in range(count)))
    return service.loop.time() - began
