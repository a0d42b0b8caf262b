"""The client: one HTTP call a method, no retries; what may be repeated is decided where jobs are known."""

import asyncio
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin

import httpx

from qwen_notebook.errors import (
    Charge,
    ConnectionFailed,
    InvalidRequest,
    QwenError,
    ResultGone,
    ServiceError,
    UncertainSubmission,
)
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.credentials import ApiKey, find_key, missing_key, sealed
from qwen_notebook.reapi.environment import open_clients, why_not_reached
from qwen_notebook.reapi.logs import keep_out_of_logs
from qwen_notebook.reapi.redaction import holds_key
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.service_messages import clean, decode, task_id_elsewhere
from qwen_notebook.reapi.task import Download, ErrorBody, Task, is_task_id, read_task
from qwen_notebook.reapi.transport import Answer, Bearer, NeverSent, TooLarge, exchange, outcome, why
from qwen_notebook.reapi.urls import (
    check_source_url,
    is_loopback,
    may_fetch,
    resolve_base_url,
    without_query,
)

MAX_IMAGE_BYTES = 64 << 20
MAX_REDIRECTS = 5
_LOOKS_AT_ONCE = 20
_FILES_AT_ONCE = 4
_MOST_CREDITS = 2**53  # of what is larger not every part of a notebook can keep all digits
_GONE = frozenset({403, 404, 410})
_LOOK_AGAIN = "Ask again: it costs nothing."


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for the service, in seconds.

    Parameters
    ----------
    connect
        For a connection.
    submit
        For the answer to a POST: long, because an answer that is not awaited may be a paid image lost.
    look
        For the answer to a GET.
    download
        For a whole result.
    """

    connect: float = 10.0
    submit: float = 60.0
    look: float = 20.0
    download: float = 180.0


class AsyncClient:
    """Qwen Image 2 on reAPI.

    Parameters
    ----------
    api_key
        Else ``REAPI_API_KEY`` or ``REAPI_KEY`` from the environment.
    base_url
        Else ``REAPI_BASE_URL``, else reAPI's own; with or without ``/api/v1``.
    transport
        An httpx transport in place of the network (the in-process simulator).
    timeouts
        How long to wait for what.
    max_image_bytes
        Largest result that is taken, in bytes.

    Raises
    ------
    AuthenticationError
        If there is no key, or one that cannot be a key.
    InvalidRequest
        If the base URL is none, or would show the key to the network.

    Examples
    --------
    >>> async with AsyncClient() as client:  # doctest: +SKIP
    ...     task = await client.submit(GenerationRequest(prompt="a red fox"))
    ...     task = await client.task(task.id)
    """

    def __init__(
        self,
        api_key: str | ApiKey | None = None,
        *,
        base_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts | None = None,
        max_image_bytes: int = MAX_IMAGE_BYTES,
    ) -> None:
        api_key = sealed(api_key)
        key = find_key(api_key)
        if key is None:
            raise missing_key()
        self.base_url = resolve_base_url(base_url)
        self.on_loopback = is_loopback(self.base_url)
        self._auth = Bearer(key)
        keep_out_of_logs(key)
        # httpx's pool goes through all that wait for each that ends, so nobody waits there. Looks and files have
        # their own places: a slow file holds up no look, and memory holds few files at once.
        self._looking = asyncio.Semaphore(_LOOKS_AT_ONCE)
        self._fetching = asyncio.Semaphore(_FILES_AT_ONCE)
        self._timeouts = timeouts or Timeouts()
        self._max_image_bytes = max_image_bytes
        at_once = _LOOKS_AT_ONCE + _FILES_AT_ONCE
        # A kept-alive connection that the service has just closed loses the answer to a POST, which may have been
        # billed by then. So a POST never travels on a connection that was left idle.
        # What is on loopback needs no proxy, and a proxy would see the key, which is not encrypted there.
        self._posts, self._gets = open_clients(
            httpx.Limits(max_keepalive_connections=0),
            httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once),
            transport=transport,
            trust_env=not self.on_loopback,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._posts.aclose()
        await self._gets.aclose()

    async def submit(self, request: GenerationRequest) -> Task:
        """Ask for an image. Never repeats itself: every successful call is billed.

        Returns
        -------
        Task
            With the id to look for.

        Raises
        ------
        ConnectionFailed
            If nothing was sent.
        UncertainSubmission
            If it was sent and no readable answer came: it may have been billed.
        QwenError
            If the service refused it; then nothing was charged.
        """
        if request.image_url is not None:
            check_source_url(request.image_url, loopback_service=self.on_loopback)
        if self._posts.is_closed:
            raise ConnectionFailed("The client is closed, so nothing was sent.", "Open another.")
        timeouts = self._timeouts
        http = self._posts.build_request(
            "POST",
            self.base_url + contract.SUBMIT_PATH,
            json=request.body(),
            timeout=httpx.Timeout(timeouts.submit, connect=timeouts.connect),
        )
        answer = await outcome(
            exchange(self._posts, http, self._auth, seconds=timeouts.connect + timeouts.submit)
        )
        if isinstance(answer, NeverSent):
            raise self._not_connected(answer, Charge.NOTHING)
        if isinstance(answer, Exception):
            raise _uncertain(f"No answer came after sending ({why(answer, self._auth.key)}).")
        if answer.status in contract.REFUSED_STATUSES:
            raise answer.error()
        task = self._task_in(answer) if answer.ok else None
        if task is not None:
            return task
        if answer.ok:
            what = f"reAPI answered {answer.status}, and the answer cannot be read.{answer.message}"
        else:
            what = f"reAPI answered {answer.status} instead of a task id.{answer.message}"
        raise _uncertain(what, answer.status, task_id_elsewhere(answer.body, self._auth.key))

    async def task(self, task_id: str) -> Task:
        """Look at a task. Free, and safe to repeat.

        Raises
        ------
        InvalidRequest
            If this cannot be the id of a task.
        ServiceError
            If the service is in trouble or does not know the task.
        QwenError
            Another refusal; the task itself goes on.
        """
        if not is_task_id(task_id):
            raise InvalidRequest("This is not a valid task id.", "It looks like task_018f….", field="task_id")
        try:
            answer = await self._look(contract.TASK_PATH + quote(task_id, safe=""))
        except QwenError as error:
            error.task_id = task_id
            raise
        task = self._task_in(answer)
        if task is None:
            raise _unreadable(f"reAPI's answer about the task cannot be read.{answer.message}", task_id)
        if task.id != task_id:
            raise _unreadable("The answer is about another task.", task_id)
        if task.status == "completed" and not task.image_urls:
            raise _unreadable(f"reAPI calls the task done and names no image.{answer.message}", task_id)
        return task

    async def balance(self) -> int:
        """Credits left in the account. Free.

        Raises
        ------
        QwenError
            If the service does not say.
        """
        answer = await self._look(contract.BALANCE_PATH)
        match decode(answer.body):
            case {"balance": int(credits)} if not isinstance(credits, bool) and abs(credits) < _MOST_CREDITS:
                return credits
            case _:
                raise _unreadable(f"reAPI's answer about the balance cannot be read.{answer.message}")

    async def download(self, url: str) -> Download:
        """Fetch a result, without the key, from https only (plain http where the service itself is on loopback).

        Raises
        ------
        ResultGone
            If the address has expired.
        ServiceError
            If it cannot be had now, leads away from https, or is larger than allowed.
        """
        timeouts = self._timeouts
        limits = httpx.Timeout(timeouts.look, connect=timeouts.connect)
        async with self._fetching:
            file = await outcome(self._follow(url, limits), timeouts.download)
        if isinstance(file, QwenError):
            raise file
        if isinstance(file, NeverSent):
            reason, todo = why_not_reached(_cause(file), url, self._auth.key)
            raise _not_fetched(f"The result's host could not be reached ({reason}).", todo)
        if isinstance(file, Exception):
            raise _not_fetched(f"The result did not arrive whole ({why(file, self._auth.key)}).")
        return file

    async def _follow(self, url: str, timeout: httpx.Timeout) -> Download:
        for _ in range(MAX_REDIRECTS + 1):
            if not may_fetch(url, loopback_service=self.on_loopback):
                raise _not_fetched(
                    f"The result lies at {without_query(url)[:200]!r}, which is not an https address.",
                    "It was not fetched; tell reAPI's support.",
                )
            http = self._gets.build_request("GET", url, timeout=timeout)
            http.url = _QuietURL(http.url)
            answer = await exchange(self._gets, http, limit=self._max_image_bytes)
            if answer.status in (301, 302, 303, 307, 308) and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
                continue
            if answer.status in _GONE:
                raise ResultGone(
                    f"The image's address has expired ({answer.status}).",
                    "Ask the task for a fresh one.",
                    status=answer.status,
                )
            if not answer.ok:
                raise _not_fetched(
                    f"The result's host answered {answer.status}.{answer.message}", status=answer.status
                )
            if isinstance(answer.flaw, TooLarge):
                raise _not_fetched(
                    f"The result is larger than {self._max_image_bytes:,} bytes, and was not taken.",
                    "Raise max_image_bytes if this is right.",
                )
            if answer.flaw is not None:
                raise answer.flaw
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Download(answer.body, kind, url)
        raise _not_fetched("The result's address leads in circles.")

    async def _look(self, path: str) -> Answer:
        timeouts = self._timeouts
        http = self._gets.build_request(
            "GET", self.base_url + path, timeout=httpx.Timeout(timeouts.look, connect=timeouts.connect)
        )
        async with self._looking:
            answer = await outcome(
                exchange(self._gets, http, self._auth, seconds=timeouts.connect + timeouts.look)
            )
        if isinstance(answer, NeverSent):
            raise self._not_connected(answer, Charge.FREE)
        if isinstance(answer, Exception):
            raise _unreadable(f"reAPI did not answer ({why(answer, self._auth.key)}).")
        if not answer.ok:
            raise answer.error(Charge.FREE)
        return answer

    def _task_in(self, answer: Answer) -> Task | None:
        """The task in an answer, without the key where the service echoes it."""
        task, key = read_task(decode(answer.body)), self._auth.key
        if task is None or holds_key(task.id, key):
            return None
        urls = tuple(url for url in task.image_urls if not holds_key(url, key))
        error = task.error
        if error is not None:
            texts = (clean(text, key) if text else None for text in (error.message, error.request_id))
            error = ErrorBody(error.code, *texts)
        return replace(task, image_urls=urls, error=error)

    def _not_connected(self, error: NeverSent, charge: Charge) -> ConnectionFailed:
        reason, todo = why_not_reached(_cause(error), self.base_url, self._auth.key)
        return ConnectionFailed(f"reAPI could not be reached ({reason}).", todo, charge=charge)


def _cause(error: NeverSent) -> Exception:
    cause = error.__cause__
    return cause if isinstance(cause, Exception) else error


def _unreadable(what: str, task_id: str | None = None) -> ServiceError:
    return ServiceError(what, _LOOK_AGAIN, charge=Charge.FREE, task_id=task_id)


class _QuietURL(httpx.URL):
    """An address that is written without its query: httpx logs what it asks for, and results have signed addresses."""

    def __str__(self) -> str:
        return without_query(super().__str__())

    __repr__ = __str__


def _not_fetched(what: str, todo: str = _LOOK_AGAIN, status: int | None = None) -> ServiceError:
    return ServiceError(what, todo, charge=Charge.PAID, status=status)


def _uncertain(what: str, status: int | None = None, named: str | None = None) -> UncertainSubmission:
    todo = UncertainSubmission.ways_out
    if named is not None:
        todo += f' The answer names {named}: if that is the task id, give it with job.resolve("{named}").'
    return UncertainSubmission(what, todo, status=status)
