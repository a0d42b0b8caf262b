"""Answers that are lost, late, cut or too long, over real sockets."""

import asyncio
import socket

import pytest

from qwen_notebook.errors import (
    Charge,
    ConnectionFailed,
    PermissionDenied,
    QwenError,
    RateLimited,
    ServiceError,
)
from qwen_notebook.errors import UncertainSubmission as Uncertain
from qwen_notebook.reapi.client import AsyncClient, Timeouts
from qwen_notebook.reapi.request import GenerationRequest
from tests.support.wire import Asked, Dropped, http, wire

REQUEST = GenerationRequest(prompt="a fox", seed=7)
TASK = http("200 OK", b'{"id": "task_1", "model": "qwen-image-2", "status": "processing", "created_at": 1}')
KEY = "rk_test_wire"
IMPATIENT = Timeouts(connect=5.0, submit=0.1, look=0.1, download=0.1)


def client_at(url, **settings) -> AsyncClient:
    return AsyncClient(KEY, base_url=url, **settings)


async def error_of(call) -> QwenError:
    with pytest.raises(QwenError) as caught:
        await call
    return caught.value


async def silence(asked, writer):
    await asyncio.Event().wait()


async def drop(asked, writer):
    raise Dropped


async def answer_then_drop(asked, writer):
    writer.write(TASK)
    raise Dropped


def test_what_is_sent_is_the_contracts_post():
    async def main():
        async with wire(TASK) as service, client_at(service.url) as client:
            task = await client.submit(REQUEST)
            assert (task.id, task.status) == ("task_1", "processing")
            [asked] = service.asked
            assert (asked.method, asked.path) == ("POST", "/api/v1/images/generations")
            assert asked.headers["authorization"] == f"Bearer {KEY}"
            assert asked.headers["content-type"] == "application/json"
            assert b'"seed":7' in asked.body

    asyncio.run(main())


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted"])
def test_any_2xx_with_an_id_is_a_task(status):
    async def main():
        async with wire(http(status, b'{"id": "x"}')) as service, client_at(service.url) as client:
            assert (await client.submit(REQUEST)).id == "x"

    asyncio.run(main())


LOST = {
    "dropped": drop,
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "cut head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut body": http("200 OK", b'{"id": "task_1"', length=400),
    "cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{",
    "two lengths": http("200 OK", b'{"id": "x"}', "Content-Length: 3"),
    "odd coding": http("200 OK", b"not gzip", "Content-Encoding: gzip"),
    "empty": http("200 OK"),
    "a page": http("200 OK", b"<html>Welcome to the Wi-Fi</html>", "Content-Type: text/html"),
    "no id": http("200 OK", b'{"status": "processing"}'),
    "too long": http("200 OK", b"x" * 10, length=1 << 40),
    "500": http("500 Internal Server Error", b'{"error": {"code": 60099, "message": "oops"}}'),
    "502 page": http("502 Bad Gateway", b"<html>"),
    "redirect": http("307 Temporary Redirect", b"", "Location: /api/v1/images/generations"),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_answer_is_uncertain_and_is_never_sent_again(answer):
    async def main():
        async with wire(answer, drop_after=True) as service, client_at(service.url) as client:
            error = await error_of(client.submit(REQUEST))
            assert type(error) is Uncertain
            assert error.charge is Charge.MAYBE
            assert service.count("POST") == service.connections == 1

    asyncio.run(main())


def test_an_answer_that_comes_too_late_is_uncertain_and_is_never_sent_again():
    async def main():
        async with wire(silence) as service, client_at(service.url, timeouts=IMPATIENT) as client:
            error = await error_of(client.submit(REQUEST))
            assert type(error) is Uncertain
            assert "too long" in error.what
            assert service.count("POST") == 1

    asyncio.run(main())


def test_an_answer_that_trickles_for_ever_has_an_end():
    async def trickle(asked, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\n \r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def main():
        brief = Timeouts(connect=0.1, submit=0.1, look=0.1, download=0.1)
        async with wire(trickle) as service, client_at(service.url, timeouts=brief) as client:
            assert type(await error_of(client.submit(REQUEST))) is Uncertain
            assert type(await error_of(client.task("task_1"))) is ServiceError
            assert type(await error_of(client.download(service.url + "/0.png"))) is ServiceError

    asyncio.run(main())


def test_a_refused_connection_sent_nothing():
    async def main():
        with socket.socket() as closed:
            closed.bind(
                ("127.0.0.1", 0)
            )  # bound and not listening: nobody else gets the port, and it refuses
            async with client_at(f"http://127.0.0.1:{closed.getsockname()[1]}") as client:
                error = await error_of(client.submit(REQUEST))
                assert type(error) is ConnectionFailed
                assert error.charge is Charge.NOTHING
                look = await error_of(client.task("task_1"))
                assert type(look) is ConnectionFailed
                assert look.charge is Charge.FREE

    asyncio.run(main())


def test_a_name_that_no_resolver_knows_sent_nothing():
    async def main():
        async with AsyncClient(KEY, base_url="https://reapi.invalid") as client:
            assert type(await error_of(client.submit(REQUEST))) is ConnectionFailed

    asyncio.run(main())


def test_a_server_without_tls_was_sent_nothing():
    async def main():
        async def talk_plain(reader, writer):
            hello = await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()
            assert hello == b"\x16"  # TLS, and so no key that could be read

        server = await asyncio.start_server(talk_plain, "127.0.0.1", 0)
        async with server, client_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
            error = await error_of(client.submit(REQUEST))
        assert type(error) is ConnectionFailed

    asyncio.run(main())


def test_a_closed_client_sends_nothing():
    async def main():
        async with wire(TASK) as service:
            client = client_at(service.url)
            await client.aclose()
            error = await error_of(client.submit(REQUEST))
            assert type(error) is ConnectionFailed
            assert error.charge is Charge.NOTHING
            assert not service.asked

    asyncio.run(main())


def test_a_connection_that_the_service_closes_while_idle_loses_no_post():
    async def main():
        async with wire(answer_then_drop) as service, client_at(service.url) as client:
            for _ in range(20):
                assert (await client.submit(REQUEST)).id == "task_1"
            assert service.count("POST") == 20

    asyncio.run(main())


def test_no_post_travels_on_a_connection_that_was_used_before():
    async def main():
        async with wire(TASK) as service, client_at(service.url) as client:
            await client.task("task_1")
            await client.submit(REQUEST)
            await client.task("task_1")
            await client.submit(REQUEST)
            used: dict[int, list[Asked]] = {}
            for asked in service.asked:
                used.setdefault(asked.connection, []).append(asked)
            by_posts = [asked for asked in used.values() if asked[0].method == "POST"]
            assert [len(asked) for asked in by_posts] == [1, 1]
            assert service.connections == 3  # the looks share theirs

    asyncio.run(main())


BAD_LOOKS = {name: answer for name, answer in LOST.items() if name not in ("no id", "redirect")}


@pytest.mark.parametrize("answer", BAD_LOOKS.values(), ids=BAD_LOOKS)
def test_a_lost_answer_to_a_look_costs_nothing(answer):
    async def main():
        async with wire(answer, drop_after=True) as service, client_at(service.url) as client:
            for call in (client.task("task_1"), client.balance()):
                error = await error_of(call)
                assert isinstance(error, ServiceError)
                assert error.charge is Charge.FREE

    asyncio.run(main())


def test_a_look_that_takes_too_long_is_given_up():
    async def main():
        async with wire(silence) as service, client_at(service.url, timeouts=IMPATIENT) as client:
            assert "too long" in (await error_of(client.task("task_1"))).what

    asyncio.run(main())


def test_a_redirect_of_a_call_is_not_followed_so_the_key_goes_nowhere_else():
    async def main():
        async with wire(TASK) as elsewhere:
            away = http("302 Found", b"", f"Location: {elsewhere.url}/api/v1/tasks/task_1")
            async with wire(away) as service, client_at(service.url) as client:
                for call in (client.task("task_1"), client.balance(), client.submit(REQUEST)):
                    await error_of(call)
            assert elsewhere.connections == 0

    asyncio.run(main())


def test_a_page_of_a_filter_is_called_one():
    page = http("403 Forbidden", b"<!DOCTYPE html><h1>Just a moment</h1>", "Content-Type: text/html")

    async def main():
        async with wire(page) as service, client_at(service.url) as client:
            error = await error_of(client.submit(REQUEST))
            assert type(error) is PermissionDenied
            assert error.charge is Charge.NOTHING
            assert "web page" in error.what

    asyncio.run(main())


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("Retry-After: 7", 7, 7),
        ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("X-Other: 1", None, None),
    ],
)
def test_a_429_carries_how_long_to_wait(header, least, most):
    answer = http("429 Too Many Requests", b'{"error": {"code": 50001, "message": "slow down"}}', header)

    async def main():
        async with wire(answer) as service, client_at(service.url) as client:
            for call in (client.submit(REQUEST), client.task("task_1")):
                error = await error_of(call)
                assert type(error) is RateLimited
                assert error.retry_after == least == most

    asyncio.run(main())


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"])
def test_a_proxy_of_the_environment_never_sees_the_key_of_a_service_on_loopback(monkeypatch, name):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    async def main():
        async with wire(TASK) as proxy, wire(TASK) as service:
            monkeypatch.setenv(name, proxy.url)
            async with client_at(service.url) as client:
                await client.submit(REQUEST)
                await client.task("task_1")
            assert proxy.connections == 0
            assert len(service.asked) == 2

    asyncio.run(main())


@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "http://[::1", "127.0.0.1:x"])
def test_a_proxy_that_cannot_be_used_is_an_error_with_words(monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ServiceError, match="proxy"):
        AsyncClient(KEY, base_url="https://reapi.ai")


def test_a_proxy_that_refuses_sent_nothing(monkeypatch):
    async def main():
        async with wire(http("407 Proxy Authentication Required")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            async with AsyncClient(KEY, base_url="https://reapi.ai") as client:
                error = await error_of(client.submit(REQUEST))
            assert type(error) is ConnectionFailed
            assert all("authorization" not in asked.headers for asked in proxy.asked)

    asyncio.run(main())
