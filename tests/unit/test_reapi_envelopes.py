"""No answer of the service makes anything but what was asked for, or an error with words.

httpx's own mock transport stands at the boundary: what it hands over is what any server could send.
"""

import asyncio
import json

import httpx
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from qwen_notebook.errors import Charge, ConnectionFailed, InvalidRequest, QwenError, UncertainSubmission
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.client import AsyncClient, Download
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.task import Task
from tests.support.examples import examples

EXAMPLES = examples(250, but=list(HealthCheck))
REQUEST = GenerationRequest(prompt="a fox")

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
error_bodies = st.fixed_dictionaries(
    {},
    optional={
        "code": st.one_of(values, st.sampled_from([10003, 80006])),
        "message": values,
        "request_id": values,
    },
)
likely = st.fixed_dictionaries(
    {},
    optional={
        "id": st.one_of(values, st.just("task_1")),
        "status": st.one_of(values, st.sampled_from(["processing", "completed", "failed"])),
        "output": st.one_of(
            values, st.fixed_dictionaries({"image_urls": st.one_of(values, st.lists(st.text(), max_size=2))})
        ),
        "error": st.one_of(values, error_bodies),
        "balance": values,
    },
)
bodies = st.one_of(
    likely.map(lambda value: json.dumps(value).encode()),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
    st.builds(lambda value, cut: json.dumps(value).encode()[:-cut], likely, st.integers(1, 10)),
    st.sampled_from([b"[" * 5000, b"9" * 5000, b'{"balance": 1e999}', b"\xef\xbb\xbf{}", b"<html>"]),
)
statuses = st.one_of(
    st.sampled_from([200, 201, 400, 401, 402, 403, 404, 410, 422, 429, 500, 503]), st.integers(200, 599)
)
header_values = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "content-type",
            "content-length",
            "content-encoding",
            "retry-after",
            "location",
            "set-cookie",
            "x-odd",
            "transfer-encoding",
        ]
    ),
    st.one_of(
        header_values,
        st.sampled_from(
            [
                "gzip",
                "deflate",
                "br",
                "zstd",
                "9" * 5000,
                "²",
                "application/json; charset=odd",
                "https://[::1",
                "/0.png",
            ]
        ),
    ),
    max_size=4,
)


def client_of(handler) -> AsyncClient:
    return AsyncClient("rk_test_x", base_url="https://reapi.ai", transport=httpx.MockTransport(handler))


class Raw(httpx.AsyncByteStream):
    def __init__(self, body):
        self.body = body

    async def __aiter__(self):
        yield self.body


def outcome(call, status, given_headers, body):
    """What a call makes of an answer, or the error; anything else is raised."""

    def handler(_):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in given_headers.items()]
        return httpx.Response(status, headers=raw, stream=Raw(body))

    async def ask():
        async with client_of(handler) as client:
            return await call(client)

    try:
        made = asyncio.run(ask())
    except QwenError as error:
        made = error
    str(made).encode()
    return made


@given(statuses, headers, bodies)
@EXAMPLES
@example(200, {"content-encoding": "gzip"}, b"not gzip")
@example(200, {"content-length": "²"}, b'{"id": "task_1"}')
@example(400, {}, json.dumps({"error": {"message": "\ud800", "code": 10**400}}).encode())
def test_any_answer_to_a_submit_is_a_task_a_refusal_or_uncertain(status, given_headers, body):
    made = outcome(lambda client: client.submit(REQUEST), status, given_headers, body)
    if isinstance(made, Task):
        assert 200 <= status < 300
        assert made.id
    elif status in contract.REFUSED_STATUSES:
        assert made.charge is (Charge.MAYBE if type(made) is UncertainSubmission else Charge.NOTHING)
    else:
        assert type(made) is UncertainSubmission
        assert made.charge is Charge.MAYBE


@given(statuses, headers, bodies)
@EXAMPLES
def test_any_answer_to_a_look_is_a_task_or_an_error(status, given_headers, body):
    made = outcome(lambda client: client.task("task_1"), status, given_headers, body)
    if isinstance(made, Task):
        assert made.status != "completed" or made.image_urls
    else:
        assert made.charge is Charge.FREE
        assert made.task_id == "task_1"


@given(statuses, headers, bodies)
@EXAMPLES
@example(200, {}, b'{"balance": true}')
def test_any_answer_about_the_balance_is_a_number_or_an_error(status, given_headers, body):
    made = outcome(lambda client: client.balance(), status, given_headers, body)
    assert type(made) is int or made.charge is Charge.FREE


@given(
    statuses,
    headers,
    bodies,
    st.one_of(
        st.just("https://cdn.reapi.ai/0.png"), st.text(max_size=30), st.text().map("https://{}".format)
    ),
)
@EXAMPLES
@example(302, {"location": "https://[::1"}, b"", "https://cdn.reapi.ai/0.png")
@example(200, {}, b"x", "https://a..b/0.png")
@example(200, {}, b"x", "https://cdn.reapi.ai/\ud800")
def test_any_answer_to_a_download_is_a_file_or_an_error(status, given_headers, body, url):
    made = outcome(lambda client: client.download(url), status, given_headers, body)
    if not isinstance(made, Download):
        assert made.charge is Charge.PAID


@pytest.mark.parametrize("length", ["²", "9" * 5000, "-1", "", "12, 12"])
def test_a_length_that_is_none_is_not_believed(length):
    made = outcome(
        lambda client: client.submit(REQUEST), 200, {"content-length": length}, b'{"id": "task_1"}'
    )
    assert made == Task(id="task_1")


CONNECTING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
OTHERS = (
    *(
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.WriteTimeout,
        httpx.CloseError,
        httpx.RemoteProtocolError,
    ),
    *(
        httpx.LocalProtocolError,
        httpx.DecodingError,
        httpx.InvalidURL,
        OSError,
        UnicodeError,
        RuntimeError,
        MemoryError,
    ),
)


@pytest.mark.parametrize("kind", [*CONNECTING, *OTHERS], ids=lambda kind: kind.__name__)
def test_any_trouble_below_is_an_error_with_words(kind):
    def handler(_):
        raise kind("trouble")

    async def ask(call):
        async with client_of(handler) as client:
            with pytest.raises(QwenError) as caught:
                await call(client)
            return caught.value

    submitted = asyncio.run(ask(lambda client: client.submit(REQUEST)))
    if kind in CONNECTING:
        assert type(submitted) is ConnectionFailed
        assert submitted.charge is Charge.NOTHING
    else:
        assert type(submitted) is UncertainSubmission
    assert asyncio.run(ask(lambda client: client.task("task_1"))).charge is Charge.FREE
    assert asyncio.run(ask(lambda client: client.balance())).charge is Charge.FREE
    assert (
        asyncio.run(ask(lambda client: client.download("https://cdn.reapi.ai/0.png"))).charge is Charge.PAID
    )


def test_cancelling_a_call_is_not_an_answer():
    async def cancelled():
        async def handler(_):
            await asyncio.Event().wait()

        async with client_of(handler) as client:
            call = asyncio.ensure_future(client.submit(REQUEST))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(cancelled())


@pytest.mark.parametrize("task_id", ["", "..", "a b", "\ud800", "é", None])
def test_what_is_no_task_id_is_never_asked_about(task_id):
    async def ask():
        def handler(_):
            raise AssertionError("asked")

        async with client_of(handler) as client:
            with pytest.raises(InvalidRequest):
                await client.task(task_id)

    asyncio.run(ask())


def test_an_id_stays_one_part_of_the_path():
    asked = []

    def handler(request):
        asked.append(request.url.raw_path)
        return httpx.Response(200, json={"id": "a/../b?c#d%2e"})

    async def ask():
        async with client_of(handler) as client:
            await client.task("a/../b?c#d%2e")

    asyncio.run(ask())
    assert asked == [b"/api/v1/tasks/a%2F..%2Fb%3Fc%23d%252e"]
