"""The client: one HTTP call a method, no retries; what may be repeated is decided where jobs are known."""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
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
from qwen_notebook.reapi import answers, contract
from qwen_notebook.reapi.address import (
    check_source_url,
    is_loopback,
    may_fetch,
    resolve_base_url,
    without_query,
)
from qwen_notebook.reapi.exchange import NEVER_SENT, Answer, Bearer, TooLarge, exchange, outcome, why
from qwen_notebook.reapi.key import ApiKey, find_key, missing_key, sealed
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.task import Task, is_task_id, read_task
from qwen_notebook.reapi.words import one_line

MAX_IMAGE_BYTES = 64 << 20
MAX_REDIRECTS = 5
_LOOKS_AT_ONCE = 20
_FILES_AT_ONCE = 12
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


@dataclass(frozen=True)
class Download:
    """A file as it was received."""

    content: bytes
    content_type: str
    url: str


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
        # httpx's pool goes through all that wait for each that ends, so nobody waits there. Looks and files have
        # their own places: a slow file holds up no look, and memory holds few files at once.
        self._looking = asyncio.Semaphore(_LOOKS_AT_ONCE)
        self._fetching = asyncio.Semaphore(_FILES_AT_ONCE)
        self._timeouts = timeouts or Timeouts()
        self._max_image_bytes = max_image_bytes
        # What is on loopback needs no proxy, and a proxy would see the key, which is not encrypted there.
        shared: dict[str, Any] = {"transport": transport, "trust_env": not self.on_loopback}
        if transport is None:
            shared["verify"] = httpx.create_ssl_context(trust_env=not self.on_loopback)
        # A kept-alive connection that the service has just closed loses the answer to a POST, which may have been
        # billed by then. So a POST never travels on a connection that was left idle.
        try:
            self._posts = httpx.AsyncClient(**shared, limits=httpx.Limits(max_keepalive_connections=0))
            at_once = _LOOKS_AT_ONCE + _FILES_AT_ONCE
            self._gets = httpx.AsyncClient(
                **shared, limits=httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise ServiceError(
                f"The proxy of this machine cannot be used ({one_line(str(error))}).",
                "Mend HTTPS_PROXY or ALL_PROXY in the environment.",
            ) from None

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
        answer = await outcome(exchange(self._posts, http, self._auth), timeouts.connect + timeouts.submit)
        if isinstance(answer, NEVER_SENT):
            raise _not_connected(answer, Charge.NOTHING)
        if isinstance(answer, Exception):
            raise _uncertain(f"No answer came after sending ({why(answer)}).")
        if answer.ok:
            task = read_task(answers.decode(answer.body))
            if task is None:
                raise _uncertain(
                    f"reAPI answered {answer.status}, and the answer cannot be read.", answer.status
                )
            return task
        if answer.status in contract.REFUSED_STATUSES:
            raise answer.error()
        raise _uncertain(f"reAPI answered {answer.status} instead of a task id.", answer.status)

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
            raise InvalidRequest("This is no task id.", "It looks like task_018f….", field="task_id")
        try:
            answer = await self._look(contract.TASK_PATH + quote(task_id, safe=""))
        except QwenError as error:
            error.task_id = task_id
            raise
        task = read_task(answers.decode(answer.body))
        if task is None:
            raise _unreadable("reAPI's answer about the task cannot be read.", task_id)
        if task.id != task_id:
            raise _unreadable("The answer is about another task.", task_id)
        if task.status == "completed" and not task.image_urls:
            raise _unreadable("reAPI calls the task done and names no image.", task_id)
        return task

    async def balance(self) -> int:
        """Credits left in the account. Free.

        Raises
        ------
        QwenError
            If the service does not say.
        """
        answer = await self._look(contract.BALANCE_PATH)
        match answers.decode(answer.body):
            case {"balance": int(credits)} if not isinstance(credits, bool):
                return credits
            case _:
                raise _unreadable("reAPI's answer about the balance cannot be read.")

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
        if isinstance(file, TooLarge):
            raise _not_fetched(
                f"The result is larger than {self._max_image_bytes:,} bytes, and was not taken.",
                "Raise max_image_bytes if this is right.",
            )
        if isinstance(file, QwenError):
            raise file
        if isinstance(file, Exception):
            raise _not_fetched(f"The result did not arrive whole ({why(file)}).")
        return file

    async def _follow(self, url: str, timeout: httpx.Timeout) -> Download:
        for _ in range(MAX_REDIRECTS + 1):
            if not may_fetch(url, loopback_service=self.on_loopback):
                raise _not_fetched(
                    f"The result lies at {without_query(url)[:200]!r}, which is not an https address.",
                    "It was not fetched; tell reAPI's support.",
                )
            http = self._gets.build_request(
                "GET", url, timeout=timeout, headers={"Accept-Encoding": "identity"}
            )
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
                raise _not_fetched(f"The result's host answered {answer.status}.", status=answer.status)
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Download(answer.body, kind, url)
        raise _not_fetched("The result's address leads in circles.")

    async def _look(self, path: str) -> Answer:
        timeouts = self._timeouts
        http = self._gets.build_request(
            "GET", self.base_url + path, timeout=httpx.Timeout(timeouts.look, connect=timeouts.connect)
        )
        async with self._looking:
            answer = await outcome(exchange(self._gets, http, self._auth), timeouts.connect + timeouts.look)
        if isinstance(answer, NEVER_SENT):
            raise _not_connected(answer, Charge.FREE)
        if isinstance(answer, Exception):
            raise _unreadable(f"reAPI did not answer ({why(answer)}).")
        if not answer.ok:
            raise answer.error(Charge.FREE)
        return answer


def _not_connected(error: Exception, charge: Charge) -> ConnectionFailed:
    return ConnectionFailed(
        f"reAPI could not be reached ({why(error)}).", "Check the network, then try again.", charge=charge
    )


def _unreadable(what: str, task_id: str | None = None) -> ServiceError:
    return ServiceError(what, _LOOK_AGAIN, charge=Charge.FREE, task_id=task_id)


def _not_fetched(what: str, todo: str = _LOOK_AGAIN, status: int | None = None) -> ServiceError:
    return ServiceError(what, todo, charge=Charge.PAID, status=status)


def _uncertain(what: str, status: int | None = None) -> UncertainSubmission:
    return UncertainSubmission(what, UncertainSubmission.ways_out, status=status)
