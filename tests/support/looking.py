"""How well a cadence looks at tasks whose law is known to the test: its looks, its delay, and the best there can be."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist, mean
from types import SimpleNamespace
from typing import Any

from qwen_notebook.errors import ServiceError
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.task import Task
from qwen_notebook.studio.cadence import CEILING_SECONDS, FLOOR_SECONDS, LOOK_COST, Cadence
from qwen_notebook.studio.congestion import Congestion, Refused
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.pauses import PauseNotes
from qwen_notebook.studio.polling import Poller
from tests.support.fake_time import FakeTimeLoop, run_in_fake_time

_FAR = 1e-6
"""Share of tasks after which a law is taken to have ended."""


@dataclass(frozen=True)
class Lognormal:
    """Times whose logarithms are normal, in seconds."""

    median: float
    sigma: float

    def draw(self, random: Random) -> float:
        return random.lognormvariate(math.log(self.median), self.sigma)

    def share_ended(self, seconds: float) -> float:
        return NormalDist(math.log(self.median), self.sigma).cdf(math.log(seconds)) if seconds > 0 else 0.0

    @property
    def mean(self) -> float:
        return self.median * math.exp(self.sigma**2 / 2)


@dataclass(frozen=True)
class Either:
    """One law or, for the rest of the tasks, another: as where some requests are answered from a cache."""

    share: float
    one: Lognormal
    other: Lognormal

    def draw(self, random: Random) -> float:
        return (self.one if random.random() < self.share else self.other).draw(random)

    def share_ended(self, seconds: float) -> float:
        return self.share * self.one.share_ended(seconds) + (1 - self.share) * self.other.share_ended(seconds)

    @property
    def mean(self) -> float:
        return self.share * self.one.mean + (1 - self.share) * self.other.mean


Law = Lognormal | Either


def drawn(law: Law, count: int, seed: int = 0) -> list[float]:
    """Times by a law, the same for each seed."""
    random = Random(f"{law}|{seed}")
    return [law.draw(random) for _ in range(count)]


@dataclass(frozen=True)
class Seen:
    """Looks a task, and the delay from its end until that was seen, in seconds; each a mean where of several."""

    looks: float
    delay: float

    @property
    def cost(self) -> float:
        """The delay, and what the looks cost, in seconds of delay."""
        return self.delay + LOOK_COST * self.looks

    @property
    def product(self) -> float:
        return self.delay * self.looks

    @classmethod
    def mean(cls, many: Sequence["Seen"]) -> "Seen":
        return cls(mean(one.looks for one in many), mean(one.delay for one in many))


def follow(cadence: Cadence, seconds: float) -> Seen:
    """Look at one task that takes so long, with nothing else running, and learn from it; answers take no time."""
    seen, looks = 0.0, 0
    while True:
        looks += 1
        running = cadence.next_look(seen, (seen,))
        if running >= seconds:
            cadence.learn(seen, running)
            return Seen(looks, running - seconds)
        seen = running


def follow_all(cadence: Cadence, tasks: Sequence[float]) -> Seen:
    """Look at tasks one after the other."""
    return Seen.mean([follow(cadence, seconds) for seconds in tasks])


def expected(cadence: Cadence, law: Law) -> Seen:
    """What is to be expected of the next task, alone: not played, but summed up over all times that it may take."""
    seen = looks = ended = 0.0
    delay = -law.mean
    while ended < 1 - _FAR:
        looks += 1 - ended
        seen = cadence.next_look(seen, (seen,))
        before, ended = ended, law.share_ended(seen)
        delay += seen * (ended - before)
    return Seen(looks, delay)


def best(law: Law, steps: int = 1500) -> Seen:
    """What the best schedule gives that knows the law, by dynamic programming over the times of looks."""
    end = 1.0
    while law.share_ended(end) < 1 - _FAR:
        end *= 1.1
    step = end / steps
    ended = [law.share_ended(number * step) for number in range(steps)] + [1.0]
    spent = [0.0]  # of the time that a task takes, the part of those that have ended
    for number in range(steps):
        spent.append(spent[-1] + step * (number + 0.5) * (ended[number + 1] - ended[number]))
    floor, ceiling = max(1, math.ceil(FLOOR_SECONDS / step - 1e-9)), int(CEILING_SECONDS / step)

    def delay(now: int, then: int) -> float:
        return step * then * (ended[then] - ended[now]) - (spent[then] - spent[now])

    costs, nexts = [0.0] * (steps + 1), [steps] * steps
    for now in range(steps - 1, -1, -1):
        latest = steps if now == 0 else min(steps, now + ceiling)
        times = range(min(steps, now + floor), latest + 1)
        nexts[now] = min(times, key=lambda then: delay(now, then) + costs[then])
        costs[now] = LOOK_COST * (1 - ended[now]) + delay(now, nexts[now]) + costs[nexts[now]]
    now, looks, late = 0, 0.0, 0.0
    while now < steps:
        looks += 1 - ended[now]
        late += delay(now, nexts[now])
        now = nexts[now]
    return Seen(looks, late)


@dataclass
class _Job:
    """As much of a job as looking at it takes."""

    id: str
    record: Any
    status: State = State.SUBMITTED

    @property
    def task_id(self) -> str:
        return self.id


IsBad = Callable[[int, int, bool], bool]
"""Whether a look gets no answer: by the number of the task, that of the look, and whether the task has ended."""


def never(_task: int, _look: int, _ended: bool) -> bool:
    return False


def the_look_that_sees_the_end() -> IsBad:
    """Strikes the first look at each task that has ended."""
    struck: set[int] = set()

    def is_bad(task: int, _look: int, ended: bool) -> bool:
        strikes = ended and task not in struck
        struck.update({task} if strikes else ())
        return strikes

    return is_bad


@dataclass
class Service:
    """Tasks that take so many seconds each.

    `sent` says when, in the loop's seconds, where that is not when the poller begins; `looks` are the ages at which
    each task was looked at.
    """

    tasks: Sequence[float]
    is_bad: IsBad = never
    clock: Callable[[], float] = lambda: 0.0
    sent: dict[int, float] = field(default_factory=dict[int, float])
    looks: dict[int, list[float]] = field(default_factory=dict[int, list[float]])

    async def task(self, task_id: str) -> Task:
        number = int(task_id)
        ran = self.clock() - self.sent[number]
        self.looks[number].append(ran)
        ended = ran >= self.tasks[number]
        if self.is_bad(number, len(self.looks[number]), ended):
            raise ServiceError("The service answered 502.", status=502)
        if not ended:
            return Task(id=task_id)
        return Task(id=task_id, status="completed", image_urls=("https://cdn.reapi.ai/0.png",))


class _Jobs:
    """Takes jobs on, and writes nothing."""

    def move(self, job: _Job, state: State, **changes: Any) -> bool:
        job.status = state
        job.record.seconds = changes.get("seconds")
        return True

    def set_note(self, job: _Job, note: str | None) -> None:
        job.record.note = note


def look_at_all(
    cadence: Cadence,
    service: Service,
    *,
    together: bool = True,
    seed: int = 0,
    clock_jumps: tuple[float, float] = (math.inf, 0.0),
) -> list[Any]:
    """Have a poller look at all tasks of a service, in a time that is moved; returns the records of the jobs.

    Parameters
    ----------
    together
        Whether all are sent at once, or each after the one before has ended.
    clock_jumps
        When the machine's clock is set anew, and by how many seconds.
    """

    async def main(loop: FakeTimeLoop) -> list[Any]:
        service.clock = loop.time
        # A service that is known to take as many calls as anybody makes here.
        congestion = Congestion(rate=1000.0, remembered=Refused(rate=1200.0), clock=loop.time)
        jobs: Any = _Jobs()
        session: Any = SimpleNamespace(client=service)
        poller = Poller(
            jobs=jobs,
            session=session,
            cadence=lambda: cadence,
            congestion=congestion,
            pauses=PauseNotes(jobs, congestion.limiter),
            patience=Patience(),
            clock=lambda: loop.time() + (clock_jumps[1] if loop.time() >= clock_jumps[0] else 0.0),
            draw=Random(seed).random,
        )

        async def follow_one(number: int) -> Any:
            sent = service.sent.setdefault(number, loop.time())
            service.looks[number] = []
            job: Any = _Job(str(number), SimpleNamespace(sent=sent or 1e-9))
            await poller.look(job)
            return job.record

        numbers = range(len(service.tasks))
        if together:
            return list(await asyncio.gather(*map(follow_one, numbers)))
        return [await follow_one(number) for number in numbers]

    return run_in_fake_time(main)


def seen_of(service: Service) -> Seen:
    """Looks and delay of the tasks of a service that were looked at to their ends."""
    return Seen.mean(
        [Seen(len(looks), looks[-1] - service.tasks[number]) for number, looks in service.looks.items()]
    )
