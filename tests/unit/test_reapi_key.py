"""The key: found, checked, and shown nowhere."""

import asyncio
import copy
import io
import json
import logging
import pickle
import subprocess
import sys
import traceback
from contextlib import suppress
from functools import partial
from typing import Any

import httpcore
import httpx
import pytest

import qwen_notebook as qn
from qwen_notebook.errors import AuthenticationError, QwenError
from qwen_notebook.reapi.client import AsyncClient, Timeouts
from qwen_notebook.reapi.credentials import ApiKey, find_key
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.providers.choice import choose_provider
from tests.support.environment import clean_environment
from tests.support.studios import QUICK
from tests.support.wire import Dropped, http, wire

SECRET = "rk_test_0123456789abcdef_never_to_be_seen"
REQUEST = GenerationRequest(prompt="a fox")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("REAPI_API_KEY", "REAPI_KEY", "REAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_argument_goes_before_the_environment_and_one_name_before_the_other(monkeypatch):
    assert find_key() is None
    monkeypatch.setenv("REAPI_KEY", "rk_second")
    assert find_key().reveal() == "rk_second"
    monkeypatch.setenv("REAPI_API_KEY", "rk_first")
    assert find_key().reveal() == "rk_first"
    assert find_key("rk_argument").reveal() == "rk_argument"


def test_an_empty_name_of_the_environment_is_none(monkeypatch):
    monkeypatch.setenv("REAPI_API_KEY", " ")
    monkeypatch.setenv("REAPI_KEY", "rk_second")
    assert find_key().reveal() == "rk_second"


def test_white_space_around_a_key_comes_with_copying():
    assert find_key(f" {SECRET}\n").reveal() == SECRET


@pytest.mark.parametrize(
    "key",
    [
        *(
            "",
            "  ",
            f"{SECRET}\n{SECRET}",
            f"{SECRET} {SECRET}",
            f"{SECRET}\r\nX-Evil: 1",
            f"{SECRET}é",
            f"{SECRET}\u200b",
        ),
        *(f"{SECRET}\x00", f"{SECRET}\x7f", f"{SECRET}\ud800", 7, SECRET.encode(), [SECRET]),
    ],
    ids=ascii,
)
def test_what_cannot_be_a_key_is_refused_without_showing_it(key):
    for call in (find_key, partial(AsyncClient, base_url="https://reapi.ai")):
        with pytest.raises(AuthenticationError) as caught:
            call(key)
        assert "reapi.ai/settings/apikeys" in caught.value.todo
        assert SECRET not in everything_about(caught.value)


def test_a_bad_key_of_the_environment_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("REAPI_API_KEY", f"{SECRET}\nx")
    with pytest.raises(AuthenticationError) as caught:
        AsyncClient()
    assert SECRET not in everything_about(caught.value)


def test_no_key_at_all_says_where_to_get_one():
    with pytest.raises(AuthenticationError, match="REAPI_API_KEY"):
        AsyncClient()


def test_a_good_key_is_in_no_frame_where_another_setting_is_refused():
    with pytest.raises(QwenError) as caught:
        AsyncClient(SECRET, base_url="http://reapi.ai")
    assert SECRET not in everything_about(caught.value)


def test_a_key_shows_itself_to_nobody():
    key = ApiKey(SECRET)
    for shown in (repr(key), str(key), f"{key}", f"{key!r}", repr([key]), repr({"key": key})):
        assert SECRET not in shown
    for escape in (pickle.dumps, copy.copy, copy.deepcopy, vars, json.dumps):
        with pytest.raises(TypeError):
            escape(key)


def test_a_client_shows_its_key_to_nobody():
    client = AsyncClient(SECRET, base_url="https://reapi.ai", transport=httpx.MockTransport(lambda _: None))
    assert SECRET not in repr(client)
    assert SECRET not in repr(vars(client))
    with pytest.raises(TypeError):
        pickle.dumps(client)


def everything_about(error: BaseException) -> str:
    """An error as text, pickle and JSON, with the locals of every frame that can be reached from it but the tests'."""
    texts = [str(error), repr(error), repr(pickle.dumps(error)), json.dumps(vars(error), default=repr)]
    todo = [error]
    seen: set[int] = set()
    while todo:
        current = todo.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        trace = current.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        texts += traceback.TracebackException(type(current), current, trace, capture_locals=True).format()
        todo += [other for other in (current.__cause__, current.__context__) if other is not None]
    return "\n".join(texts)


def test_the_search_finds_a_key_that_is_there():
    careless: dict[str, Any] = {}
    exec("def refuse(key): raise ValueError('no')", careless)
    with pytest.raises(ValueError, match="no") as caught:
        careless["refuse"](SECRET)
    assert SECRET in everything_about(caught.value)


async def drop(asked, writer):
    raise Dropped


async def silence(asked, writer):
    await asyncio.Event().wait()


TROUBLE = {
    "dropped": drop,
    "late": silence,
    "nonsense": b"SSH-2.0\r\n\r\n",
    "page": http("403 Forbidden", b"<html>"),
    "refused": http("400 Bad Request", b'{"error": {"code": 20002, "message": "Missing"}}'),
    "unknown key": http("401 Unauthorized", b'{"error": {"code": 10003}}'),
    "error": http("500 Oops", b"{}"),
    "cut": http("200 OK", b"{", length=9),
    "giant": http("200 OK", b"", length=1 << 40),
    "coding": http("200 OK", b"not gzip", "Content-Encoding: gzip"),
    "too late": http("408 Request Timeout", b"[]"),
    "elsewhere": http("302 Found", b"", "Location: http://example.com/"),
    "expired": http("410 Gone"),
}


@pytest.fixture
def log():
    """All that is logged, by anybody, at the lowest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in ("httpx", "httpcore", "asyncio", "qwen_notebook"))]
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.mark.parametrize("answer", TROUBLE.values(), ids=TROUBLE)
def test_no_error_and_no_log_shows_the_key(answer, log):
    async def main():
        brief = Timeouts(connect=0.1, submit=0.1, look=0.1, download=0.1)
        async with wire(answer, drop_after=True) as service:
            async with AsyncClient(SECRET, base_url=service.url, timeouts=brief) as client:
                for call in (
                    client.submit(REQUEST),
                    client.task("t"),
                    client.balance(),
                    client.download(service.url),
                ):
                    with pytest.raises(QwenError) as caught:
                        await call
                    assert SECRET not in everything_about(caught.value)
            assert any(SECRET in asked.headers.get("authorization", "") for asked in service.asked)

    asyncio.run(main())
    assert "send_request_headers" in log.getvalue()  # httpcore does log here
    assert SECRET not in log.getvalue()


def test_no_connection_shows_the_key(log):
    async def main():
        async with AsyncClient(SECRET, base_url="https://reapi.invalid") as client:
            for call in (client.submit(REQUEST), client.task("t"), client.balance()):
                with pytest.raises(QwenError) as caught:
                    await call
                assert SECRET not in everything_about(caught.value)

    asyncio.run(main())
    assert SECRET not in log.getvalue()


class ClosedStream(httpcore.AsyncNetworkStream):
    """A connection that takes nothing: it fails while the headers with the key are in everybody's hands."""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        raise httpcore.WriteTimeout

    async def aclose(self) -> None:
        pass

    def get_extra_info(self, info: str) -> Any:
        return None


class ClosedBackend(httpcore.AsyncNetworkBackend):
    async def connect_tcp(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        return ClosedStream()


def test_a_connection_that_fails_while_the_key_is_written_shows_no_key():
    async def main():
        transport = httpx.AsyncHTTPTransport()
        transport._pool = httpcore.AsyncConnectionPool(network_backend=ClosedBackend())
        async with AsyncClient(SECRET, base_url="http://127.0.0.1:9", transport=transport) as client:
            for call in (client.submit(REQUEST), client.task("t"), client.balance()):
                with pytest.raises(QwenError) as caught:
                    await call
                assert SECRET not in everything_about(caught.value)

    asyncio.run(main())


def test_a_call_that_is_cancelled_shows_no_key_in_its_traceback():
    async def main():
        arrived = asyncio.Event()

        async def arrive(asked, writer):
            arrived.set()
            await asyncio.Event().wait()

        async with wire(arrive) as service, AsyncClient(SECRET, base_url=service.url) as client:
            call = asyncio.ensure_future(client.submit(REQUEST))
            await arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await call
            assert SECRET not in everything_about(caught.value)

    asyncio.run(main())


def mistakes(folder):
    studio = qn.Studio(folder / "good", api_key=SECRET, base_url="https://reapi.invalid", patience=QUICK)
    file = folder / "file"
    file.write_text("")
    given: Any = {"api_key": SECRET, "base_url": "https://reapi.invalid", "patience": QUICK}
    return {
        "in flight": lambda: qn.Studio(folder, **given, max_in_flight=0),
        "in flight in words": lambda: qn.Studio(folder, **given, max_in_flight="x"),
        "budget": lambda: qn.Studio(folder, **given, budget=-1),
        "price": lambda: qn.Studio(folder, **given, price="x"),
        "base_url": lambda: qn.Studio(folder, api_key=SECRET, base_url="nowhere"),
        "folder": lambda: qn.Studio(file, **given).submit("a fox"),
        "patience": lambda: qn.Studio(folder / "other", **given, patience="x"),
        "no folder": lambda: qn.Studio(7, **given),
        "generate": lambda: qn.generate("a fox", api_key=SECRET),
        "submit": lambda: qn.submit("a fox", api_key=SECRET),
        "studio.generate": lambda: studio.generate("a fox", api_key=SECRET),
        "studio.submit": lambda: studio.submit("a fox", api_key=SECRET),
        "unreachable": lambda: studio.generate("a fox", seed=1),
        "balance": studio.balance,
        "service": lambda: choose_provider(SECRET, "nowhere", None),
        "client": lambda: qn.AsyncClient(SECRET, base_url="nowhere"),
    }


MISTAKES = """in flight|in flight in words|budget|price|base_url|folder|patience|no folder|generate|submit|
studio.generate|studio.submit|unreachable|balance|service|client"""


def our_frames(error: BaseException | None) -> str:
    """What a traceback in full shows of our frames; a half-made object of another's may not be shown at all."""
    shown: list[str] = []
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "qwen_notebook" in frame.f_code.co_filename.replace("tests", ""):
                for name, value in frame.f_locals.items():
                    with suppress(AttributeError):
                        shown.append(f"{name} = {value!r}")
        shown.append(f"{error!r} {error}")
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


@pytest.mark.parametrize("mistake", MISTAKES.replace("\n", "").split("|"))
def test_no_frame_of_ours_shows_the_key_that_was_given(mistake, tmp_path, monkeypatch, recwarn, log):
    monkeypatch.chdir(tmp_path)
    wrong = mistakes(tmp_path)[mistake]
    shown = ""
    try:
        wrong()
    except Exception as error:
        shown = our_frames(error)
    assert SECRET not in shown
    assert SECRET not in log.getvalue()
    assert SECRET not in repr([str(warning.message) for warning in recwarn])


def test_a_studio_can_be_looked_through_and_shows_no_key(tmp_path):
    studio = qn.Studio(tmp_path, api_key=SECRET, base_url="https://reapi.invalid")
    seen: set[int] = set()

    def look(thing: object, depth: int = 0) -> None:
        if id(thing) in seen or depth > 6:
            return
        seen.add(id(thing))
        assert SECRET not in repr(thing)
        fields = getattr(thing, "__dict__", None)
        for value in list(fields.values()) if isinstance(fields, dict) else []:
            if type(value).__module__.startswith("qwen_notebook"):
                look(value, depth + 1)

    look(studio)
    assert len(seen) > 5
    assert SECRET.encode() not in pickle.dumps(studio)
    assert SECRET not in repr(copy.deepcopy(studio))
    studio.close()


def test_a_traceback_in_full_of_a_notebook_shows_no_key(tmp_path):
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
shell.run_line_magic("xmode", "Verbose")
shell.run_cell("import os, qwen_notebook as qn")
shell.run_cell("whose = os.environ.pop('THE_KEY')")
for cell in ("qn.Studio('x', api_key=whose, max_in_flight=0)", "qn.Studio('x', api_key=whose, base_url='nowhere')",
             "qn.AsyncClient(whose, base_url='nowhere')", "qn.generate('a fox', api_key=whose)",
             "qn.Studio('x', api_key=whose, base_url='https://reapi.invalid').balance()"):
    shell.run_cell(cell)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(THE_KEY=SECRET),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = done.stdout + done.stderr
    assert told.count("InvalidRequest") >= 4
    # The person's own name for it is shown with its value in their own cell; nothing of ours repeats it.
    ours = [line for line in told.splitlines() if SECRET in line and line.split()[:2] != ["whose", "="]]
    assert ours == []


def test_no_log_shows_what_signs_an_address(log):
    async def main():
        async with (
            wire(http("200 OK", b"here")) as there,
            wire(http("302 Found", b"", f"Location: {there.url}/0.png?sig=of-the-other")) as here,
            AsyncClient(SECRET, base_url=here.url) as client,
        ):
            file = await client.download(here.url + "/0.png?sig=of-this-one")
            assert file.content == b"here"
            assert here.asked[0].path.endswith("?sig=of-this-one")

    logging.getLogger("httpcore").setLevel(logging.INFO)  # it shows headers, the location among them
    asyncio.run(main())
    assert "/0.png" in log.getvalue()
    assert "sig=" not in log.getvalue()


def test_no_log_shows_a_key_that_the_service_echoes(log):
    async def main():
        answer = f"HTTP/1.1 400 Bad {SECRET}\r\nX-Echo: {SECRET}\r\nContent-Length: 0\r\n\r\n".encode()
        async with wire(answer) as service, AsyncClient(SECRET, base_url=service.url) as client:
            with pytest.raises(QwenError):
                await client.balance()

    asyncio.run(main())
    assert "400 Bad" in log.getvalue()
    assert SECRET not in log.getvalue()
