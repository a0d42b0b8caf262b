"""Results: without the key, from https, whole, and not larger than allowed."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from qwen_notebook.errors import Charge, QwenError, ResultGone, ServiceError
from qwen_notebook.reapi.client import MAX_REDIRECTS, AsyncClient, Timeouts
from tests.support.wire import http, wire

KEY = "rk_test_never_at_the_media_host"


async def error_of(call) -> QwenError:
    with pytest.raises(QwenError) as caught:
        await call
    assert KEY not in str(caught.value)
    return caught.value


def at(url, **settings) -> AsyncClient:
    return AsyncClient(KEY, base_url=url, **settings)


def test_a_file_comes_as_it_is_and_without_the_key():
    async def main():
        picture = http("200 OK", b"\x89PNG...", "Content-Type: image/PNG; odd=1")
        async with wire(picture) as media, at("http://127.0.0.1:9") as client:
            file = await client.download(media.url + "/media/0.png?sig=x")
            assert file.content == b"\x89PNG..."
            assert file.content_type == "image/png"
            assert file.url == media.url + "/media/0.png?sig=x"
            [asked] = media.asked
            assert asked.path == "/media/0.png?sig=x"
            assert "authorization" not in asked.headers
            assert KEY not in str(asked)

    asyncio.run(main())


def test_the_key_is_not_even_sent_to_the_services_own_host():
    async def main():
        async with wire(http("200 OK", b"x")) as service, at(service.url) as client:
            await client.download(service.url + "/api/v1/0.png")
            assert "authorization" not in service.asked[0].headers

    asyncio.run(main())


def test_redirects_are_followed_without_the_key():
    async def main():
        async with wire(http("200 OK", b"here")) as there:
            async with (
                wire(http("302 Found", b"", f"Location: {there.url}/0.png")) as here,
                at(here.url) as client,
            ):
                file = await client.download(here.url + "/0.png")
            assert (file.content, file.url) == (b"here", there.url + "/0.png")
            assert all("authorization" not in asked.headers for asked in [*here.asked, *there.asked])

    asyncio.run(main())


def test_a_relative_redirect_is_followed():
    async def main():
        async def answer(asked, writer):
            moved = http("301 Moved", b"", "Location: ../b/1.png")
            writer.write(moved if asked.path == "/a/0.png" else http("200 OK", asked.path.encode()))

        async with wire(answer) as media, at(media.url) as client:
            assert (await client.download(media.url + "/a/0.png")).content == b"/b/1.png"

    asyncio.run(main())


def test_a_redirect_loop_ends():
    async def main():
        async with wire(http("302 Found", b"", "Location: /0.png")) as media, at(media.url) as client:
            error = await error_of(client.download(media.url + "/0.png"))
            assert "circles" in error.what
            assert len(media.asked) == MAX_REDIRECTS + 1

    asyncio.run(main())


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://cdn.example.com/0.png",
            "http://10.0.0.1/0.png",
            "//cdn.example.com/0.png",
            "file:///etc/passwd",
        ),
        *("data:image/png;base64,x", "https://[::1", "https://", "ftp://a.b/c"),
    ],
)
def test_a_redirect_that_leaves_https_is_not_followed(location):
    async def main():
        async with wire(http("302 Found", b"", f"Location: {location}")) as media, at(media.url) as client:
            error = await error_of(client.download(media.url + "/0.png"))
            assert type(error) is ServiceError
            assert error.charge is Charge.PAID
            assert len(media.asked) == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    "location", ["http://cdn.reapi.ai/0.png", "http://127.0.0.1:{port}/0.png", "//evil.example\\@x/"]
)
def test_https_is_never_left_for_http(location):
    """Over TLS, which the mock transport stands for; loopback is nothing special to a public service."""

    async def main():
        async with wire(http("200 OK", b"stolen")) as thief:
            asked: list[str] = []
            target = location.format(port=thief.url.rsplit(":", 1)[1])

            def answer(request: httpx.Request) -> httpx.Response:
                asked.append(str(request.url))
                return httpx.Response(302, headers={"Location": target})

            async with at("https://reapi.ai", transport=httpx.MockTransport(answer)) as client:
                await error_of(client.download("https://cdn.reapi.ai/0.png"))
            assert all(url.startswith("https://") for url in asked)
            assert thief.connections == 0

    asyncio.run(main())


@pytest.mark.parametrize(
    "url", ["http://cdn.reapi.ai/0.png", "http://127.0.0.1:9/0.png", "file:///etc/passwd", "0.png", ""]
)
def test_a_public_service_gets_no_plain_http_fetched(url):
    async def main():
        def answer(request: httpx.Request) -> httpx.Response:
            raise AssertionError("asked")

        async with at("https://reapi.ai", transport=httpx.MockTransport(answer)) as client:
            assert "not an https address" in (await error_of(client.download(url))).what

    asyncio.run(main())


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "410 Gone"])
def test_an_expired_address_is_gone(status):
    async def main():
        async with (
            wire(http(status, b"<Error>Request has expired</Error>")) as media,
            at(media.url) as client,
        ):
            error = await error_of(client.download(media.url + "/0.png"))
            assert type(error) is ResultGone
            assert error.charge is Charge.PAID
            assert error.status == int(status[:3])

    asyncio.run(main())


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow", "401 Who", "304 Same", "302 Where"])
def test_another_answer_is_trouble_that_passes(status):
    async def main():
        async with wire(http(status)) as media, at(media.url) as client:
            error = await error_of(client.download(media.url + "/0.png"))
            assert type(error) is ServiceError
            assert error.charge is Charge.PAID

    asyncio.run(main())


CUT = {
    "body": http("200 OK", b"half", length=8),
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf",
    "head": b"HTTP/1.1 200",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
def test_a_file_that_is_cut_short_is_not_taken(answer):
    async def main():
        async with wire(answer, drop_after=True) as media, at(media.url) as client:
            error = await error_of(client.download(media.url + "/0.png"))
            assert type(error) is ServiceError
            assert "whole" in error.what

    asyncio.run(main())


def test_a_file_that_stalls_is_given_up():
    async def stall(asked, writer):
        writer.write(http("200 OK", b"half", length=8))
        await writer.drain()
        await asyncio.Event().wait()

    async def main():
        brief = Timeouts(look=0.1, download=30.0)
        async with wire(stall) as media, at(media.url, timeouts=brief) as client:
            assert "too long" in (await error_of(client.download(media.url + "/0.png"))).what

    asyncio.run(main())


def test_a_file_of_the_allowed_size_is_taken_and_a_byte_more_is_not():
    async def main():
        async def answer(asked, writer):
            writer.write(http("200 OK", b"x" * int(asked.path[1:])))

        async with wire(answer) as media, at(media.url, max_image_bytes=1000) as client:
            assert len((await client.download(media.url + "/1000")).content) == 1000
            assert "larger" in (await error_of(client.download(media.url + "/1001"))).what

    asyncio.run(main())


def test_an_endless_file_is_dropped_at_the_limit():
    sent = 0

    async def pour(asked, writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            sent += 0x10000
            await writer.drain()

    async def main():
        async with wire(pour) as media, at(media.url, max_image_bytes=1 << 20) as client:
            assert "larger" in (await error_of(client.download(media.url + "/0.png"))).what
        assert sent < 64 << 20  # what the sockets hold, and no more

    asyncio.run(main())


def test_a_declared_giant_is_dropped_before_its_body():
    async def main():
        async with wire(http("200 OK", b"", length=1 << 50)) as media, at(media.url) as client:
            assert "larger" in (await error_of(client.download(media.url + "/0.png"))).what

    asyncio.run(main())


class Pieces(httpx.AsyncByteStream):
    """A body as a transport of somebody else's gives it out, whatever its headers say."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


@pytest.mark.parametrize("declared", ["0", "1", "6", "7", "100", str(20 << 20), "-1", "six"])
def test_what_came_is_taken_and_nothing_else_whatever_length_was_declared(declared):
    async def main():
        def answer(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"Content-Length": declared}, stream=Pieces(b"abc", b"def"))

        async with at("https://reapi.ai", transport=httpx.MockTransport(answer)) as client:
            assert (await client.download("https://cdn.reapi.ai/0.png")).content == b"abcdef"

    asyncio.run(main())


def test_a_file_that_unpacks_beyond_the_limit_is_dropped():
    import gzip

    async def main():
        packed = http("200 OK", gzip.compress(bytes(5_000_000)), "Content-Encoding: gzip")
        async with wire(packed) as media, at(media.url, max_image_bytes=1 << 20) as client:
            assert "larger" in (await error_of(client.download(media.url + "/0.png"))).what

    asyncio.run(main())


def test_the_signature_of_an_address_is_in_no_error():
    async def main():
        async with at(
            "https://reapi.ai", transport=httpx.MockTransport(lambda _: httpx.Response(500))
        ) as client:
            for url in ("http://cdn.reapi.ai/0.png?sig=s3cret", "https://cdn.reapi.ai/0.png?sig=s3cret"):
                assert "s3cret" not in str(await error_of(client.download(url)))

    asyncio.run(main())
