"""The books of the service: every submit, task, charge and refund, for tests to read."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .request import SubmitRequest
from .state import StateFile

TaskState = Literal["processing", "completed", "failed"]


@dataclass(frozen=True, slots=True)
class Post:
    """One submit that carried a good key, whether it made a task or not.

    ``status`` is the answer that the service meant to give; ``task_id`` is None where no task was made.
    """

    at: float
    account: str
    body: Any
    status: int
    task_id: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Credits that moved: a charge or a refund."""

    at: float
    account: str
    task_id: str
    credits: int


@dataclass(slots=True)
class Task:
    """One piece of work, from its charge to its end.

    ``ready`` is when it ends, or None if it never does; ``downloads`` counts the times that its picture was
    asked for.
    """

    id: str
    account: str
    order: SubmitRequest
    seed: int
    created: float
    ready: float | None
    fails: bool
    price: int
    state: TaskState = "processing"
    polls: int = 0
    downloads: int = 0


class Books:
    """What the service knows, in memory and optionally on disk.

    Parameters
    ----------
    starting_balance
        Credits of an account that has not been seen before.
    clock
        Gives the present as Unix seconds.
    state_path
        File of JSON lines that survives the process; its events are replayed.

    Attributes
    ----------
    posts, charges, refunds
        In the order in which they happened.
    tasks
        Every task by its id, oldest first.
    """

    def __init__(
        self, starting_balance: int, clock: Callable[[], float], state_path: Path | None = None
    ) -> None:
        self.posts: list[Post] = []
        self.charges: list[Entry] = []
        self.refunds: list[Entry] = []
        self.tasks: dict[str, Task] = {}
        self._starting_balance = starting_balance
        self._moved: Counter[str] = Counter()
        self._due: list[tuple[float, str]] = []
        self._clock = clock
        self._state = StateFile(state_path)
        for event in self._state.read():
            self._replay(event)

    @property
    def charged(self) -> int:
        """Credits charged in total, refunds not deducted."""
        return sum(entry.credits for entry in self.charges)

    @property
    def refunded(self) -> int:
        """Credits given back in total."""
        return sum(entry.credits for entry in self.refunds)

    def balance(self, account: str) -> int:
        """Credits that an account has left.

        Parameters
        ----------
        account
            Name of the account.

        Returns
        -------
        int
            Whole credits.
        """
        self.settle()
        return self._starting_balance + self._moved[account]

    def open_task(self, task: Task) -> None:
        """Enter a new task and its charge.

        Parameters
        ----------
        task
            The task.
        """
        self._open(task)
        self._state.append({"kind": "task", **asdict(task)})

    def note_post(self, account: str, body: object, status: int, task_id: str | None = None) -> None:
        """Enter a submit and the answer that is about to be given.

        Parameters
        ----------
        account
            Who sent it.
        body
            The JSON that was sent, or None where it was not JSON.
        status
            Status of the answer.
        task_id
            The task that it made, if it made one.
        """
        post = Post(self._clock(), account, body, status, task_id)
        self.posts.append(post)
        self._state.append({"kind": "post", **asdict(post)})

    def note_download(self, task: Task) -> None:
        """Enter that a task's picture was asked for.

        Parameters
        ----------
        task
            The task.
        """
        task.downloads += 1
        self._state.append({"kind": "download", "id": task.id})

    def settle(self) -> None:
        """End every task whose time has come, and refund those that fail."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            task = self.tasks[heapq.heappop(self._due)[1]]
            if task.state == "processing":
                self._end(task, now)
                self._state.append({"kind": "end", "id": task.id, "at": now})

    def running(self, account: str) -> int:
        """How many tasks of an account have not ended."""
        self.settle()
        return sum(task.account == account and task.state == "processing" for task in self.tasks.values())

    def as_dict(self) -> dict[str, Any]:
        """The books as JSON, for tests that run the service in another process."""
        self.settle()
        return {
            "posts": [asdict(post) for post in self.posts],
            "tasks": [asdict(task) for task in self.tasks.values()],
            "charges": [asdict(entry) for entry in self.charges],
            "refunds": [asdict(entry) for entry in self.refunds],
            "charged": self.charged,
            "refunded": self.refunded,
        }

    def _open(self, task: Task) -> None:
        self.tasks[task.id] = task
        self.charges.append(Entry(task.created, task.account, task.id, task.price))
        self._moved[task.account] -= task.price
        if task.ready is not None:
            heapq.heappush(self._due, (task.ready, task.id))

    def _end(self, task: Task, now: float) -> None:
        task.state = "failed" if task.fails else "completed"
        if task.fails:
            self.refunds.append(Entry(now, task.account, task.id, task.price))
            self._moved[task.account] += task.price

    def _replay(self, event: dict[str, Any]) -> None:
        match event.pop("kind"):
            case "post":
                self.posts.append(Post(**event))
            case "task":
                if event["id"] not in self.tasks:
                    self._open(Task(**event))
            case kind if (task := self.tasks.get(event["id"])) is not None:
                if kind == "download":
                    task.downloads += 1
                # Two simulators on one file, after a restart that overlaps, may both have ended a task.
                elif task.state == "processing":
                    self._end(task, event["at"])
            case _:
                pass  # of a task whose own line cannot be read
