"""The service's own words are kept, shown short and on one line, and hold nothing of the key."""

import asyncio
import base64
import gzip
import html
import json
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.printable import printable
from qwen_notebook.reapi.credentials import ApiKey
from qwen_notebook.reapi.redaction import redacted
from qwen_notebook.reapi.service_messages import message_in, task_id_elsewhere, words_of
from qwen_notebook.reapi.transport import MAX_ANSWER_BYTES
from tests.support.examples import examples
from tests.support.wire import Asked, http, wire

SECRET = "rk_test_Zq81/mWx+77Tgh=Pf"
KEY = ApiKey(SECRET)
OWN = SECRET.removeprefix("rk_test_")
STATUSES = [
    "200 OK",
    "202 Accepted",
    "308 Permanent Redirect",
    "400 Bad",
    "401 No",
    "402 Pay",
    "403 No",
    "404 No",
]
STATUSES += ["418 Tea", "422 No", "429 Slow", "500 Oops", "503 Oops"]
BODIES = [
    {"error": {"message": "WORDS"}},
    {"error": "WORDS"},
    {"message": "WORDS"},
    {"detail": [{"loc": ["body"], "msg": "WORDS"}]},
    {"unheard_of": {"of": "WORDS"}},
    "WORDS",
]
PAGE = (
    "<!DOCTYPE html><head><style>p{}</style><script>if (a < b) {}</script></head><p>WORDS &amp;<br>more</p>"
)


def errors_of(answer: bytes, key: str = SECRET) -> list[qn.QwenError]:
    async def main() -> list[qn.QwenError]:
        errors: list[qn.QwenError] = []
        async with (
            wire(answer, drop_after=True) as service,
            qn.AsyncClient(key, base_url=service.url) as client,
        ):
            for call in (
                client.submit(qn.GenerationRequest(prompt="a fox")),
                client.balance(),
                client.task("task_1"),
            ):
                with pytest.raises(qn.QwenError) as caught:
                    await call
                errors.append(caught.value)
        return errors

    return asyncio.run(main())


@pytest.mark.parametrize("status", STATUSES)
def test_every_answer_s_words_are_in_the_error(status: str) -> None:
    for body in (*map(json.dumps, BODIES), PAGE, "WORDS"):
        for error in errors_of(http(status, body.replace("WORDS", "Model offline").encode())):
            assert "Model offline" in error.what
            assert "<" not in error.what
            assert "p{}" not in error.what


def test_the_words_stand_in_the_journal(tmp_path: Path) -> None:
    async def main() -> None:
        async with wire(
            http("200 OK", b'{"error": {"message": "Model offline"}}'), drop_after=True
        ) as service:
            studio = qn.Studio(tmp_path, api_key=SECRET, base_url=service.url)
            job = studio.submit("a fox", seed=1)
            with pytest.raises(qn.UncertainSubmission, match="Model offline"):
                await job
            await asyncio.to_thread(studio.close)

    asyncio.run(main())
    assert "Model offline" in "".join(path.read_text() for path in (tmp_path / "ledger").glob("*.jsonl"))


@pytest.mark.parametrize(
    "body",
    [
        {"task_id": "task_1"},
        {"taskId": "task_1"},
        {"data": {"id": "task_1"}},
        {"data": [{"task_id": "task_1"}]},
    ],
)
def test_an_id_under_another_name_is_told_and_not_taken(body: object) -> None:
    error = errors_of(http("200 OK", json.dumps(body).encode()))[0]
    assert isinstance(error, qn.UncertainSubmission)
    assert error.charge is Charge.MAYBE
    assert 'job.resolve("task_1")' in error.todo


@pytest.mark.parametrize(
    "body", [{"task_id": SECRET}, {"id": 7}, {"task_id": "x y"}, {"data": {"id": "7"}}, [], 3]
)
def test_what_is_no_id_is_not_told_as_one(body: object) -> None:
    assert task_id_elsewhere(json.dumps(body).encode(), KEY) is None


FORMS = {
    "as it is": SECRET,
    "upper": SECRET.upper(),
    "quoted": quote(SECRET, safe=""),
    "quoted twice": quote(quote(SECRET, safe=""), safe=""),
    "each letter quoted": "".join(f"%{ord(letter):02x}" for letter in SECRET),
    "in a page": html.escape(SECRET).replace("/", "&#47;"),
    "beginning": SECRET[:14],
    "end": SECRET[-7:],
    "middle": OWN[3:11],
    "base64": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "hex": SECRET.encode().hex(),
    "bearer": f"Bearer {SECRET}",
    "starred": "rk_test_****",
    "of another": "rk_test_somebody_elses",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("place", ["message", "page", "header", "id", "request_id", "failed", "location"])
def test_no_form_of_the_key_comes_back(form: str, place: str) -> None:
    said = f"Invalid key {form}, sorry"
    answer = {
        "message": http("401 No", json.dumps({"error": {"message": said}}).encode()),
        "page": http("200 OK", f"<p>{said}".encode()),
        "header": f"HTTP/1.1 200 OK\r\n{form} no header\r\n\r\n".encode(),
        "id": http("200 OK", json.dumps({"id": form, "task_id": form}).encode()),
        "request_id": http("429 No", json.dumps({"error": {"request_id": form, "message": "x"}}).encode()),
        "failed": http("200 OK", json.dumps({"id": "task_2", "error": {"message": said}}).encode()),
        "location": http("302 Found", b"", f"Location: https://a.b/{form}?k={form}#{form}"),
    }[place]

    async def main() -> None:
        async with (
            wire(answer, drop_after=True) as service,
            qn.AsyncClient(SECRET, base_url=service.url) as client,
        ):
            for call in (
                client.submit(qn.GenerationRequest(prompt="a fox")),
                client.balance(),
                client.task("task_2"),
            ):
                try:
                    came: object = await call
                except qn.QwenError as error:
                    came = f"{error}{vars(error)}"
                if place == "id" and form in (
                    "rk_test_****",
                    FORMS["of another"],
                    FORMS["end"],
                    FORMS["middle"],
                ):
                    continue  # an opaque id may look like that
                shown = repr(came)
                for part in (
                    SECRET,
                    SECRET.upper(),
                    OWN[3:11],
                    OWN[-7:],
                    form[len("Bearer rk_test_") :] or "\0",
                ):
                    assert part not in shown or place == "id"
                assert SECRET not in shown

    asyncio.run(main())


@examples(200)
@given(st.text(), st.text(), st.sampled_from(list(FORMS.values())[:5]))
def test_whatever_stands_around_it_the_key_goes(before: str, after: str, form: str) -> None:
    clean = redacted(f"{before} {form} {after}", KEY)
    assert form not in clean
    assert SECRET not in clean
    assert OWN[2:12] not in clean


def test_other_words_stay() -> None:
    for words in ("The work_item is wrong: 100% of 50%20", "Model offline until Monday", "火星 &amp; Mars"):
        assert redacted(words, KEY) == words


@given(st.binary(max_size=300))
@examples(300)
def test_any_bytes_have_words_that_are_one_short_printable_line(body: bytes) -> None:
    words = message_in(body, KEY)
    assert len(words) < 300
    assert printable(words) == words
    assert "\n" not in words


def test_long_and_hostile_pages_are_read_quickly() -> None:
    for body in (
        b"<" * (1 << 20),
        b"<script" * 100_000,
        b"<a " * 300_000,
        b"&" * (1 << 20),
        b"%25" * 300_000,
        b"\xff" * 9999,
    ):
        assert (
            len(words_of(body, KEY)) <= 200
        )  # reading that is quadratic takes minutes, and ends at the test's limit


ACTING = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\",
    "\x9b2J",
    "\x9d0;x\x9c",
    "\u202e",
    "\u2066",
    "\x07",
]
ACTING += ["\u200b", "\x1bc", "\x00", "\x7f", "\ufeff", "\ud800", "\x1b", "\x1b[", "\x90", "\U000e0041"]


@pytest.mark.parametrize("act", ACTING, ids=ascii)
def test_nothing_that_acts_on_a_terminal_is_in_an_error(act: str) -> None:
    error = qn.ServiceError(f"a{act}b", f"c{act}d")
    kept = str(error)
    assert kept.encode()
    assert not any(
        letter in kept for letter in "\x1b\x9b\x9d\x90\x07\x00\x7f\u202e\u2066\u200b\ufeff\ud800\U000e0041"
    )
    assert kept.startswith("a")


def test_what_people_write_stays() -> None:
    for text in ("火星 的 海报", "👩‍🚀 🏳️‍🌈", "می‌خواهم", "a\n\tb", "naïve – “x”"):
        assert printable(text) == text


MUCH = 200 << 20
"""What a bomb unpacks to. It is packed in its own test, as packing takes seconds."""
PACKED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip bomb": ("gzip", lambda: gzip.compress(bytes(MUCH))),
    "twice": ("gzip, gzip", lambda: gzip.compress(gzip.compress(bytes(MUCH)))),
    "deflate bomb": ("deflate", lambda: zlib.compress(bytes(MUCH))),
    "zstd": ("zstd", lambda: b"\x28\xb5\x2f\xfd"),
    "br": ("br", lambda: b"\x0b\x02\x80"),
    "many": (", ".join(["gzip"] * 500), lambda: b"x"),
    "cut": ("gzip", lambda: gzip.compress(b"x" * 1000)[:-12]),
    "not gzip": ("gzip", lambda: b"nothing of it"),
    "unheard of": ("x" * 5000, lambda: b"x"),
}


@pytest.mark.parametrize(("coding", "pack"), PACKED.values(), ids=PACKED)
def test_packed_answers_take_no_room(coding: str, pack: Callable[[], bytes]) -> None:
    body = pack()

    async def main() -> None:
        answer = http("200 OK", body, f"Content-Encoding: {coding}")
        async with (
            wire(answer, drop_after=True) as service,
            qn.AsyncClient(SECRET, base_url=service.url) as client,
        ):
            calls = (
                client.submit(qn.GenerationRequest(prompt="a fox")),
                client.balance(),
                client.task("task_1"),
            )
            for call in calls:
                with pytest.raises(qn.QwenError) as caught:
                    await call
                assert isinstance(caught.value, qn.UncertainSubmission | qn.ServiceError)
                assert caught.value.what
            assert all(asked.headers["accept-encoding"] == "identity" for asked in service.asked)

    tracemalloc.start()
    try:
        asyncio.run(main())
        assert tracemalloc.get_traced_memory()[1] < 16 * MAX_ANSWER_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda body: zlib.compress(body)[2:-4]])
def test_an_answer_that_comes_packed_once_is_read(pack) -> None:
    coding = "gzip" if pack is gzip.compress else "deflate"

    async def main() -> None:
        answer = http("200 OK", pack(b'{"id": "task_1"}'), f"Content-Encoding: {coding}")
        async with wire(answer) as service, qn.AsyncClient(SECRET, base_url=service.url) as client:
            assert (await client.submit(qn.GenerationRequest(prompt="a fox"))).id == "task_1"

    asyncio.run(main())


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429])
@pytest.mark.parametrize("flaw", ["packed", "cut", "too long", "chunks"])
def test_a_refusal_is_one_whatever_becomes_of_its_text(status: int, flaw: str) -> None:
    answer = {
        "packed": http(f"{status} No", b"x", "Content-Encoding: br"),
        "cut": http(f"{status} No", b"x", length=99),
        "too long": http(f"{status} No", b"x", length=1 << 40),
        "chunks": f"HTTP/1.1 {status} No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
    }[flaw]
    error = errors_of(answer)[0]
    assert error.charge is Charge.NOTHING
    assert not isinstance(error, qn.UncertainSubmission)
    assert error.status == status


HOSTILE_JSON = {
    "nested": b"[" * 500_000,
    "nested objects": b'{"id":' * 100_000,
    "many digits": b'{"balance": ' + b"9" * 900_000 + b"}",
    "huge": b'{"balance": 1' + b"0" * 4000 + b', "error": {"code": 1' + b"0" * 4000 + b"}}",
    "nan": b'{"balance": NaN, "id": NaN}',
    "infinite": b'{"balance": 1e999}',
}


@pytest.mark.parametrize("body", HOSTILE_JSON.values(), ids=HOSTILE_JSON)
@pytest.mark.parametrize("status", ["200 OK", "400 No", "500 Oops"])
def test_json_that_is_meant_to_hurt_is_an_error_with_words(body: bytes, status: str) -> None:
    for error in errors_of(http(status, body)):
        assert len(str(error)) < 700
        assert error.code is None


def test_a_head_without_an_end_is_uncertain_after_a_post() -> None:
    async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: " + b"y" * 5000 + b"\r\n")
            await writer.drain()

    async def main() -> None:
        async with wire(endless) as service, qn.AsyncClient(SECRET, base_url=service.url) as client:
            with pytest.raises(qn.UncertainSubmission):
                await client.submit(qn.GenerationRequest(prompt="a fox"))
            with pytest.raises(qn.ServiceError):
                await client.balance()

    asyncio.run(main())


ORIGINS = {"argument": "api_key=", "REAPI_API_KEY": "REAPI_API_KEY", "REAPI_KEY": "REAPI_KEY"}


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_wrong_key_s_error_says_where_it_came_from_and_names_login(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REAPI_API_KEY", "REAPI_KEY"):
        monkeypatch.delenv(name, raising=False)
    if origin != "argument":
        monkeypatch.setenv(origin, SECRET)

    async def main() -> None:
        answer = http("401 No", b'{"error": {"code": 10003, "message": "no such key"}}')
        async with (
            wire(answer) as service,
            qn.AsyncClient(SECRET if origin == "argument" else None, base_url=service.url) as client,
        ):
            with pytest.raises(qn.AuthenticationError) as caught:
                await client.balance()
        error = caught.value
        assert ORIGINS[origin] in error.what
        assert "qn.login()" in error.todo
        assert "no such key" in error.what
        assert SECRET not in f"{error}{vars(error)}"

    asyncio.run(main())
