"""The service itself, without HTTP: who may ask, what a submit starts, what a poll shows."""

import hashlib
import math
import random
import secrets
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.models import model_named

from .api_error import ApiError
from .assumed import Assumed
from .books import Books, Task
from .faults import Fault, FaultPlan
from .gallery import Gallery, PicturePixels
from .ratelimit import RateLimit
from .request import SubmitRequest

TEST_KEY = "rk_test_simulator"
"""The key that a simulator accepts unless told otherwise."""


class Simulator:
    """reAPI's image service for ``qwen-image-2``, with books to look into and faults on demand.

    Parameters
    ----------
    assumed
        What nobody has said about the service.
    keys
        The keys it accepts; None for any that begins with ``rk_``. Every key is an account of its own.
    revoked_keys, forbidden_keys
        Keys that are answered 401 and 403.
    faults
        What goes wrong.
    clock
        Gives the present as Unix seconds.
    media_url
        Where its pictures lie, without a path; None for the host that the request came to.
    picture_pixels
        ``"real"`` sizes, or ``"tiny"`` ones that cost next to nothing.
    state_path
        A file in which tasks and charges survive the process.
    seed
        Makes task ids, drawn seeds and latencies repeat; None for new ones in every process.

    Examples
    --------
    >>> import httpx
    >>> from qwen_notebook.simulator.app import create_app
    >>> app = create_app(Simulator(assumed=Assumed(latency_median=0)))
    >>> client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://sim.invalid")
    """

    def __init__(
        self,
        *,
        assumed: Assumed | None = None,
        keys: Collection[str] | None = (TEST_KEY,),
        revoked_keys: Collection[str] = (),
        forbidden_keys: Collection[str] = (),
        faults: FaultPlan | None = None,
        clock: Callable[[], float] = time.time,
        media_url: str | None = None,
        picture_pixels: PicturePixels = "real",
        state_path: Path | str | None = None,
        seed: int | None = None,
    ) -> None:
        self.assumed = assumed or Assumed()
        self.faults = faults or FaultPlan()
        self.clock = clock
        self.media_url = media_url
        self.books = Books(self.assumed.starting_balance, clock, Path(state_path) if state_path else None)
        self.gallery = Gallery(self.books, picture_pixels)
        self._keys = None if keys is None else frozenset(keys)
        self._revoked_keys = frozenset(revoked_keys)
        self._forbidden_keys = frozenset(forbidden_keys)
        self._limit = RateLimit(self.assumed.rate_limit, clock)
        self._seed = secrets.token_hex(16) if seed is None else str(seed)

    def admit(self, authorization: str | None) -> str:
        """Check a caller's key and pace.

        Parameters
        ----------
        authorization
            The header of that name.

        Returns
        -------
        str
            Name of the account, from which the key cannot be told.

        Raises
        ------
        ApiError
            If the caller may not ask, or asks too fast.
        """
        if authorization is None:
            raise ApiError(401, contract.CODE_NO_HEADER, "Missing Authorization header")
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise ApiError(401, contract.CODE_NOT_BEARER, "Authorization must be 'Bearer <key>'")
        key = key.strip()
        if key in self._revoked_keys:
            raise ApiError(401, contract.CODE_KEY_REVOKED, "API key has been revoked")
        if key in self._forbidden_keys:
            raise ApiError(403, self.assumed.forbidden_code, "API key may not use this model")
        if not (key.startswith("rk_") if self._keys is None else key in self._keys):
            raise ApiError(401, contract.CODE_KEY_INVALID, "Invalid API key")
        account = account_of(key)
        if wait := self._limit.wait(account):
            raise _too_many("Rate limit exceeded", wait)
        return account

    def submit(self, account: str, order: SubmitRequest) -> Task:
        """Charge for an order and start its task.

        Parameters
        ----------
        account
            Who pays.
        order
            What is asked for.

        Returns
        -------
        Task
            The new task: there is one for every call.

        Raises
        ------
        ApiError
            If there are not enough credits, or too many tasks.
        """
        most = self.assumed.tasks_at_once
        if most is not None and self.books.running(account) >= most:
            raise _too_many("Too many tasks at once", 1)
        price = self.assumed.price
        if self.books.balance(account) < price:
            raise ApiError(402, self.assumed.insufficient_code, "Insufficient credits")
        now = self.clock()
        draw = random.Random(f"{self._seed}|{len(self.books.tasks)}")
        never_ends = self.faults.strike([Fault.TASK_NEVER_ENDS], order) is not None
        task = Task(
            id=f"task_{draw.getrandbits(128):032x}",
            account=account,
            order=order,
            seed=draw.randint(0, model_named(order.model).seed_max) if order.seed is None else order.seed,
            created=now,
            ready=None if never_ends else now + self._latency(draw),
            fails=self.faults.strike([Fault.TASK_FAILS], order) is not None,
            price=price,
        )
        self.books.open_task(task)
        return task

    def poll(self, account: str, task_id: str) -> Task:
        """Look at a task.

        Parameters
        ----------
        account
            Who asks.
        task_id
            Which.

        Returns
        -------
        Task
            The task as it stands now.

        Raises
        ------
        ApiError
            If there is no such task, or it is another account's.
        """
        self.books.settle()
        task = self.books.tasks.get(task_id)
        if task is None or task.account != account:
            raise ApiError(404, self.assumed.not_found_code, "Task not found")
        task.polls += 1
        return task

    def finished(self, task_id: str) -> Task | None:
        """Find the task whose picture somebody asks for.

        Parameters
        ----------
        task_id
            Which.

        Returns
        -------
        Task or None
            The task, if it has completed.
        """
        self.books.settle()
        task = self.books.tasks.get(task_id)
        return task if task is not None and task.state == "completed" else None

    def has_expired(self, task: Task) -> bool:
        """Tell whether a completed task's result URL is gone.

        Parameters
        ----------
        task
            The task.
        """
        expiry = self.assumed.result_expiry
        return expiry is not None and task.ready is not None and self.clock() >= task.ready + expiry

    def describe(self, task: Task, media_url: str) -> dict[str, Any]:
        """The answer to a poll.

        Parameters
        ----------
        task
            The task.
        media_url
            Where the pictures lie for this caller.

        Returns
        -------
        dict
            The JSON of the answer.
        """
        answer: dict[str, Any] = {
            "id": task.id,
            "model": task.order.model,
            "status": task.state,
            "output": None,
        }
        if task.state == "completed":
            name = f"0.{'jpg' if task.order.output_format == 'jpeg' else 'png'}"
            answer["output"] = {"image_urls": [f"{media_url}/media/tasks/{task.id}/{name}"]}
            if random.Random(task.id).random() < self.assumed.bare_share:
                return answer
        answer["created_at"] = int(task.created)
        answer["error"] = None
        if task.state == "failed":
            answer["error"] = {
                "code": contract.CODE_CONTENT_POLICY,
                "message": "Request violates content policy",
            }
        return answer

    def _latency(self, draw: random.Random) -> float:
        median = self.assumed.latency_median
        return median and draw.lognormvariate(math.log(median), self.assumed.latency_sigma)


def account_of(key: str) -> str:
    """Name the account of a key, so that books and files hold no key.

    Parameters
    ----------
    key
        The key.

    Returns
    -------
    str
        Its account.
    """
    return "acct_" + hashlib.sha256(key.encode()).hexdigest()[:12]


def _too_many(what: str, seconds: int) -> ApiError:
    return ApiError(429, contract.CODE_RATE_LIMIT, what, {"Retry-After": str(seconds)})
