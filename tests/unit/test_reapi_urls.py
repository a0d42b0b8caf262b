"""Where the service is, which sources it takes, which results may be fetched."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.urls import (
    check_source_url,
    is_loopback,
    may_fetch,
    resolve_base_url,
    without_query,
)
from tests.support.examples import examples

REAPI = "https://reapi.ai/api/v1"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("REAPI_BASE_URL", raising=False)


def refused_base(url):
    with pytest.raises(InvalidRequest) as caught:
        resolve_base_url(url)
    assert caught.value.field == "base_url"
    return caught.value


def refused_source(url, **settings):
    with pytest.raises(InvalidRequest) as caught:
        check_source_url(url, **settings)
    assert caught.value.field == "image_url"
    assert "https" in caught.value.todo
    return caught.value


# The base URL


@pytest.mark.parametrize(
    ("given_url", "resolved"),
    [
        (None, REAPI),
        ("", REAPI),
        ("https://reapi.ai", REAPI),
        ("https://reapi.ai/", REAPI),
        ("https://reapi.ai/api/v1", REAPI),
        ("https://reapi.ai/api/v1/", REAPI),
        (" https://reapi.ai/api/v1\n", REAPI),
        ("https://gate.example.com:8443/reapi", "https://gate.example.com:8443/reapi/api/v1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api/v1"),
        ("http://localhost:8000/api/v1", "http://localhost:8000/api/v1"),
        ("http://[::1]:8000", "http://[::1]:8000/api/v1"),
    ],
)
def test_a_base_url_is_taken_with_and_without_its_path(given_url, resolved):
    assert resolve_base_url(given_url) == resolved


@pytest.mark.parametrize("value", ["https://gate.example.com", " https://gate.example.com/api/v1 "])
def test_the_environment_names_the_base_url(monkeypatch, value):
    monkeypatch.setenv("REAPI_BASE_URL", value)
    assert resolve_base_url() == "https://gate.example.com/api/v1"
    assert resolve_base_url("https://reapi.ai") == REAPI


def test_an_empty_environment_is_none(monkeypatch):
    monkeypatch.setenv("REAPI_BASE_URL", "  ")
    assert resolve_base_url() == REAPI


@pytest.mark.parametrize(
    "url",
    ["http://reapi.ai", "http://10.0.0.1", "http://127.0.0.1.example.com", "http://localhost.example.com:80"],
)
def test_plain_http_is_for_loopback_only(url):
    assert "plain http" in refused_base(url).what


@pytest.mark.parametrize(
    "url", ["https://me:secret@reapi.ai", "https://me@reapi.ai", "http://me:secret@127.0.0.1"]
)
def test_credentials_in_the_base_url_are_refused_and_not_shown(url):
    assert "secret" not in str(refused_base(url))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "reapi.ai",
            "ftp://reapi.ai",
            "https://",
            "https:reapi.ai",
            "https:///api/v1",
            "/api/v1",
            "  ",
            "https://re api.ai",
        ),
        *(
            "https://reapi.ai?x=1",
            "https://reapi.ai/?",
            "https://reapi.ai#x",
            "https://reapi.ai:port",
            "https://[::1",
        ),
        *(
            "https://reapi..ai",
            "https://" + "a" * 64 + ".ai",
            "https://reapi.ai\x00",
            "https://réapi.ai",
            "https://a.ai\\b",
            7,
            b"x",
        ),
        "ftp://me:secret@reapi.ai",
    ],
)
def test_what_is_no_base_url_is_refused(url):
    assert "secret" not in str(refused_base(url))


@given(st.one_of(st.text(), st.from_regex(r"https?://[a-z0-9.:@/\[\]%_\\-]{0,30}", fullmatch=True)))
@example("https://a..b")
@example("https://%31")
@examples(300)
def test_a_base_url_is_refused_or_one_that_httpx_can_ask(url):
    try:
        resolved = resolve_base_url(url)
    except InvalidRequest:
        return
    asked = httpx.Request("GET", resolved + "/balance").url
    assert asked.scheme == "https" or is_loopback(str(asked))
    assert asked.path.endswith("/api/v1/balance")
    assert not asked.query
    assert not asked.userinfo


# Sources


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://example.com/a.png",
            "https://example.com",
            "https://cdn.example.com:8443/a%20b.png?w=1&sig=x#y",
        ),
        *(
            "https://93.184.216.34/a.png",
            "https://[2606:4700::1111]/a.png",
            "https://例え.jp/a.png",
            "https://example.com./a.png",
        ),
        *("https://a_b.example.com/a.png", "https://xn--r8jz45g.jp/é.png"),
    ],
)
def test_a_public_https_url_is_a_source_and_stays_as_it_is(url):
    assert check_source_url(url) == url


@pytest.mark.parametrize("value", [b"https://example.com/a.png", 7, ["https://example.com/a.png"], object()])
def test_what_is_no_text_is_told_to_go_on_the_web_first(value):
    error = refused_source(value)
    assert type(value).__name__ in error.what
    assert "public https URLs only" in error.todo


@pytest.mark.parametrize(
    "path", ["fox.png", "./fox.png", "/home/me/fox.png", "C:\\fox.png", "C:/fox.png", "~/fox.png", ""]
)
def test_a_local_path_is_called_one(path):
    error = refused_source(path)
    assert "local path" in error.what
    assert "public https URLs only" in error.todo


@pytest.mark.parametrize("url", ["data:image/png;base64,iVBORw0KGgo=", "DATA:image/png,x", " data:,x"])
def test_a_data_uri_is_refused_and_not_repeated(url):
    error = refused_source(url)
    assert "data:" in error.what
    assert "iVBOR" not in str(error)


def test_plain_http_is_refused():
    assert "plain http" in refused_source("http://example.com/a.png").what


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://",
            "https:///a.png",
            "https:a.png",
            "file:///fox.png",
            "ftp://example.com/a.png",
            "blob:https://x.com/1",
        ),
        *(
            "https://exa mple.com/a.png",
            "https://example.com/a b.png",
            " https://example.com/a.png",
            "https://example.com/\na.png",
        ),
        *(
            "\x00https://example.com/a.png",
            "https://example.com/\x7f",
            "https://example.com/\ud800",
            "https://example.com:port/a",
        ),
        *(
            "https://a..b/a.png",
            "https://.example.com/",
            "https://-a.com/",
            "https://" + "a" * 64 + ".com/",
            "https://[::1",
        ),
        *(
            "https://127.1/a.png",
            "https://0x7f.0.0.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://exam!ple.com/",
        ),
    ],
)
def test_a_malformed_url_is_refused(url):
    error = refused_source(url)
    assert "not a URL" in error.what or "local path" in error.what


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "127.0.0.1",
            "[::1]",
            "127.8.8.8",
            "10.0.0.1",
            "192.168.1.7",
            "172.16.0.1",
            "169.254.169.254",
            "0.0.0.0",
        ),
        *("[fe80::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "224.0.0.1", "100.64.0.1"),
        *(
            "printer.local",
            "x.localhost",
            "db.internal",
            "nas.lan",
            "box.home.arpa",
            "intranet",
            "localhost.",
        ),
    ],
)
def test_what_the_service_cannot_reach_is_refused(host):
    assert "cannot reach" in refused_source(f"https://{host}/a.png").what


@pytest.mark.parametrize(
    "url",
    [
        "https://me:secret@example.com/a.png",
        "https://me@example.com/a.png",
        "https://example.com\\@evil.com/",
    ],
)
def test_credentials_in_a_source_are_refused_and_not_shown(url):
    assert "secret" not in str(refused_source(url))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/media/0.png", "http://localhost/0.png", "https://[::1]/0.png"]
)
def test_a_service_on_loopback_takes_sources_from_loopback(url):
    assert check_source_url(url, loopback_service=True) == url
    refused_source(url)


def test_a_service_on_loopback_takes_no_plain_http_from_elsewhere():
    refused_source("http://example.com/a.png", loopback_service=True)


def test_a_signature_in_a_refused_url_is_not_shown():
    assert "s3cret" not in str(refused_source("http://example.com/a.png?sig=s3cret#s3cret"))


# Results


@pytest.mark.parametrize(
    ("url", "public", "loopback"),
    [
        ("https://cdn.reapi.ai/media/0.png", True, True),
        ("http://cdn.reapi.ai/media/0.png", False, False),
        ("http://127.0.0.1:8000/media/0.png", False, True),
        ("http://localhost/0.png", False, True),
        ("http://127.0.0.1.example.com/0.png", False, False),
        ("file:///etc/passwd", False, False),
        ("https://", False, False),
        ("//cdn.reapi.ai/0.png", False, False),
        ("https://[::1", False, False),
        ("", False, False),
    ],
)
def test_results_are_fetched_over_https_and_from_loopback_only_for_a_loopback_service(url, public, loopback):
    assert may_fetch(url, loopback_service=False) is public
    assert may_fetch(url, loopback_service=True) is loopback


def test_a_url_is_shown_without_query_and_fragment():
    assert without_query("https://a.b/c?d=e#f") == "https://a.b/c"
    assert without_query("https://a.b/c#f?d=e") == "https://a.b/c"


@given(st.text())
@examples(200)
def test_no_text_surprises_a_check(url):
    is_loopback(url)
    may_fetch(url, loopback_service=True)
    without_query(url)
