"""The simulator on a port: for this machine only, not for web pages, and without a mistake of its own."""

import http.client
import json
import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from qwen_notebook.simulator import TEST_KEY, Simulator, running
from qwen_notebook.simulator.__main__ import main
from qwen_notebook.simulator.loopback_guard import MOST_BYTES
from tests.support.ports import port_to_keep
from tests.support.studios import instant_simulator

AUTH = {"Authorization": f"Bearer {TEST_KEY}"}
FAULTS = "/_simulator/faults"
PATHS = ["/images/generations", "/api/v1/images/generations", "/tasks/x", "/balance", "/media/tasks/x/0.png"]
PATHS += [
    "/_simulator/books",
    FAULTS,
    "/",
    "/../../etc/passwd",
    "/tasks/%00",
    "/tasks/%ff%fe",
    "/tasks/" + "x" * 5000,
]
PATHS += ["/media/tasks/%2e%2e/%2e%2e", "//evil.example/balance", "/tasks/%c3%a9"]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW"]


@pytest.fixture
def simulator() -> Simulator:
    return instant_simulator()


@pytest.fixture
def url(simulator: Simulator) -> Iterator[str]:
    with running(simulator) as url:
        yield url


def ask(
    url: str, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    """One request, with a path and headers as they stand: httpx would put them right."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        connection._validate_path = lambda _: None  # type: ignore[attr-defined]
        for name, value in ({"Content-Length": str(len(body))} | AUTH | headers).items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:80", "127.0.0.1:1", "[::1]:5", "LOCALHOST", "localhost."]
)
def test_it_answers_by_the_names_of_this_machine(url: str, host: str) -> None:
    assert ask(url, "GET", "/balance", Host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "a@localhost",
        "[::1",
        "x:y",
        "0.0.0.0",
    ],
)
def test_by_any_other_name_it_says_for_whom_it_is(url: str, simulator: Simulator, host: str) -> None:
    for method, path in (("GET", "/balance"), ("POST", FAULTS), ("GET", "/_simulator/books")):
        status, said, _ = ask(url, method, path, b"{}", Host=host, Content_Type="application/json")
        assert status == 421
        assert b"this machine only" in said
    assert not simulator.books.posts


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]
)
def test_faults_are_taken_as_json_only(url: str, simulator: Simulator, kind: str) -> None:
    body = json.dumps({"poll-503": {}}).encode()
    assert ask(url, "POST", FAULTS, body, Content_Type=kind)[0] == 415
    assert not simulator.faults._rules
    assert ask(url, "POST", FAULTS, body, Content_Type="application/json; charset=utf-8")[0] == 200


def test_no_page_of_another_place_is_answered_and_none_is_told_that_it_may_read(url: str) -> None:
    assert ask(url, "GET", "/balance", Origin="https://evil.example")[0] == 403
    assert ask(url, "GET", "/balance", Origin="null")[0] == 403
    for method in ("GET", "OPTIONS"):
        headers = ask(url, method, "/balance", Origin="http://localhost:8888")[2]
        assert not [name for name in headers if name.startswith("access-control")]


RULES = [
    {"times": "x"},
    {"times": 1.5},
    {"times": True},
    {"times": -1},
    {"probability": 2},
    {"probability": "1"},
    {"prompt": 7},
    {"prompt": None},
    {"seconds": -1},
    {"seconds": "1"},
    {"seconds": 1e300},
    {"seconds": float("nan")},
    {"seconds": float("inf")},
    {"probability": float("nan")},
    {"other": 1},
    [],
    None,
    7,
    "x",
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_what_is_no_rule_is_refused_at_once_and_changes_nothing(
    url: str, simulator: Simulator, rule: object
) -> None:
    simulator.faults.switch_on("poll-503")
    body = json.dumps({"submit-429-seconds": rule}).encode()
    status, said, _ = ask(url, "POST", FAULTS, body, Content_Type="application/json")
    assert status == 400
    assert said
    assert list(simulator.faults._rules) == ["poll-503"]


def odd_values(draw: random.Random) -> object:
    kinds = [
        None,
        True,
        0,
        -1,
        1.5,
        10**400,
        float("nan"),
        "",
        "x" * 5000,
        "\ud800",
        "\x00",
        [],
        {},
        [[]],
        {"a": 1},
    ]
    return draw.choice(
        [*kinds, "https://a.b/c.png", "https://[::1", "http://127.0.0.1/x", "qwen-image-2", "16:9"]
    )


def odd_body(draw: random.Random) -> bytes:
    fields = ["model", "prompt", "image_url", "image_size", "output_format", "seed", "nsfw_checker", "n"]
    good = {"model": "qwen-image-2", "prompt": "a fox"}
    made = good | {name: odd_values(draw) for name in fields if draw.random() < 0.4}
    whole = json.dumps(made).encode()
    broken = [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 100_000,
        b"NaN",
        b"[]",
        b"7",
        b'"\\ud800"',
        whole[:-3],
    ]
    faults = json.dumps({draw.choice(["poll-503", "\ud800", "x" * 9000, ""]): odd_values(draw)}).encode()
    return draw.choice([whole, whole, whole, faults, *broken])


@pytest.mark.parametrize("seed", range(8))
def test_nothing_that_is_sent_makes_it_stumble(url: str, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(80):
        method, path = draw.choice(METHODS), draw.choice(PATHS)
        if draw.random() < 0.5:
            method, path = "POST", draw.choice([PATHS[0], FAULTS])
        kind = draw.choice(["application/json", "text/plain"])
        body = odd_body(draw)
        status, said, _ = ask(url, method, path, body, Content_Type=kind)
        assert status < 500, (method, path, body[:200], said)
    assert ask(url, "POST", FAULTS, b"{}", Content_Type="application/json")[0] == 200
    assert ask(url, "GET", "/balance")[0] == 200


@pytest.mark.parametrize("name", ["Bearer \u00e9", "bearer", "Bearer rk_" + "x" * 9000, "Basic \x01", ""])
def test_an_odd_key_is_refused(url: str, name: str) -> None:
    assert ask(url, "GET", "/balance", Authorization=name)[0] in (400, 401)


def test_a_body_without_end_is_refused(url: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MOST_BYTES // 65536 + 2):
            yield bytes(65536)

    answer = httpx.post(url + "/images/generations", content=endless(), headers=AUTH)
    assert answer.status_code == 413


def test_the_command_says_what_is_wrong_with_its_options(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with port_to_keep() as taken, running(instant_simulator(), taken):
        wrong = [
            ["--port", str(taken)],
            ["--port", "99999"],
            ["--latency", "nan"],
            ["--state", str(tmp_path)],
        ]
        for options in (*wrong, ["--rate", "-1"], ["--fault", "no-such=always"]):
            with pytest.raises(SystemExit):
                main(options)
            assert "Traceback" not in capsys.readouterr().err
