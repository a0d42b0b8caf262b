"""The service over HTTP, as a Starlette application."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from qwen_notebook.reapi import contract

from . import media
from .api_error import ApiError
from .faults import AFTER_CHARGE, BEFORE_CHARGE, ON_POLL, Rule
from .request import LOOPBACK_HOSTS, read_request
from .responses import refuse, trouble
from .service import Simulator


def create_app(simulator: Simulator) -> Starlette:
    """Put a simulator behind HTTP.

    Parameters
    ----------
    simulator
        The service.

    Returns
    -------
    Starlette
        An ASGI application with the paths of the service, with and without ``/api/v1``; the files of the
        pictures under ``/media``; and, for loopback callers, the books and faults under ``/_simulator``.
    """
    endpoints = _Endpoints(simulator)
    service = [
        Route(prefix + path, endpoint, methods=[method])
        for prefix in (contract.API_PATH, "")
        for path, endpoint, method in (
            (contract.SUBMIT_PATH, endpoints.submit, "POST"),
            (contract.TASK_PATH + "{task_id}", endpoints.task, "GET"),
            (contract.BALANCE_PATH, endpoints.balance, "GET"),
        )
    ]
    own = [
        Route("/media/tasks/{task_id}/{name}", endpoints.media),
        Route("/_simulator/books", endpoints.books),
        Route("/_simulator/faults", endpoints.faults, methods=["POST"]),
    ]
    return Starlette(routes=[*service, *own], exception_handlers={ApiError: _on_refusal})


class _Endpoints:
    """The routes, bound to one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def submit(self, request: Request) -> Response:
        simulator = self._simulator
        account = simulator.admit(request.headers.get("authorization"))
        body = _parsed(await request.body())
        try:
            order = read_request(body, simulator.assumed)
            if struck := simulator.faults.strike(BEFORE_CHARGE, order):
                response = await self._trouble(*struck, {})
                simulator.books.note_post(account, body, response.status_code)
                return response
            task = simulator.submit(account, order)
        except ApiError as refusal:
            simulator.books.note_post(account, body, refusal.status)
            raise

        good = {"id": task.id, "model": order.model, "status": "processing", "created_at": int(task.created)}
        simulator.books.note_post(account, body, simulator.assumed.submit_status, task.id)
        if struck := simulator.faults.strike(AFTER_CHARGE, order):
            return await self._trouble(*struck, good)
        return JSONResponse(good, simulator.assumed.submit_status)

    async def task(self, request: Request) -> Response:
        simulator = self._simulator
        account = simulator.admit(request.headers.get("authorization"))
        task = simulator.poll(account, request.path_params["task_id"])
        good = simulator.describe(task, simulator.media_url or str(request.base_url).rstrip("/"))
        if task.state == "completed" and not task.downloads:
            simulator.gallery.begin(task)
        if struck := simulator.faults.strike(ON_POLL, task.order):
            return await self._trouble(*struck, good)
        return JSONResponse(good)

    async def balance(self, request: Request) -> Response:
        account = self._simulator.admit(request.headers.get("authorization"))
        return JSONResponse({"balance": self._simulator.books.balance(account)})

    async def media(self, request: Request) -> Response:
        return await media.answer(self._simulator, request, **request.path_params)

    async def books(self, request: Request) -> Response:
        if not _is_loopback(request):
            return PlainTextResponse("Not found", 404)
        return JSONResponse(self._simulator.books.as_dict())

    async def faults(self, request: Request) -> Response:
        if not _is_loopback(request):
            return PlainTextResponse("Not found", 404)
        # A web page of anybody's can post a form here without asking; JSON it cannot.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return PlainTextResponse("Faults are taken as JSON: send Content-Type: application/json.", 415)
        try:
            rules = {name: Rule(**rule) for name, rule in (await request.json()).items()}
            self._simulator.faults.replace(rules)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            return PlainTextResponse(_encodable(str(error)), 400)
        return JSONResponse({"faults": list(rules)})

    async def _trouble(self, fault: Any, rule: Rule, good: dict[str, Any]) -> Response:
        assumed = self._simulator.assumed
        return await trouble(
            fault,
            rule,
            good,
            good_status=assumed.submit_status if fault.startswith("submit") else 200,
            assumed=assumed,
            now=self._simulator.clock(),
        )


def _parsed(body: bytes) -> Any:
    """The JSON in a body; None where it is none, or what no answer could repeat (NaN, half a character)."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        return value
    except (ValueError, RecursionError):
        return None


def _encodable(text: str) -> str:
    """A text that UTF-8 takes: JSON can hold half a character."""
    return text[:500].encode("utf-8", "replace").decode()


def _is_loopback(request: Request) -> bool:
    return request.client is not None and request.client.host in LOOPBACK_HOSTS


async def _on_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return refuse(error)
