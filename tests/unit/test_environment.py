"""What is wrong with the machine around us is said by name, from every door, and nothing of a password is."""

import asyncio
import getpass
import json
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.journal.states import State
from tests.support.studios import QUICK
from tests.support.widget_talk import WidgetTalk
from tests.support.wire import Asked, http, wire

KEY = "rk_test_of_the_surroundings_7c1e"
USER, PASSWORD = "usermcuserface", "hunter2secret"
PROXIES = [
    name for word in ("HTTP", "HTTPS", "ALL", "NO") for name in (f"{word}_PROXY", f"{word.lower()}_proxy")
]
VARIABLES = [
    *PROXIES,
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
    "REAPI_API_KEY",
    "REAPI_KEY",
    "REAPI_BASE_URL",
]
LOGIN = f"{USER}:{PASSWORD}"
ODD_PROXIES = {
    "port": f"http://{LOGIN}@proxy.invalid:bad",
    "port of letters of a password": "http://[::1",
    "too large a port": f"http://{LOGIN}@proxy.invalid:99999999",
    "scheme": f"socks9://{LOGIN}@127.0.0.1:1",
    "no socks": f"socks5://{LOGIN}@127.0.0.1:1",
    "no host": "http://:bad@",
    "control": f"http://{LOGIN}@pro\x07xy:80",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    qn.logout()


def no_file(tmp_path: Path) -> str:
    return str(tmp_path / "nowhere" / "file")


def not_a_certificate(tmp_path: Path) -> str:
    (tmp_path / "ca.pem").write_text("no certificate")
    return str(tmp_path / "ca.pem")


FILES: list[tuple[str, Callable[[Path], str]]] = [
    ("SSL_CERT_FILE", no_file),
    ("SSL_CERT_FILE", not_a_certificate),
    ("SSL_CERT_FILE", str),
    ("SSLKEYLOGFILE", no_file),
    ("SSLKEYLOGFILE", str),
]
VALUES = [
    *(
        (name, lambda _, value=value: value)
        for name in ("HTTPS_PROXY", "all_proxy")
        for value in ODD_PROXIES.values()
    ),
    ("NO_PROXY", lambda _: "localhost,[::1]"),
    ("no_proxy", lambda _: f"http://{LOGIN}@[::1"),
]


def said_by(studio: qn.Studio, call: Callable[[], object]) -> qn.QwenError:
    with pytest.raises(qn.QwenError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(("name", "value"), FILES + VALUES)
def test_every_door_says_which_variable_is_at_fault(
    name: str, value: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value(tmp_path))
    studio = qn.Studio(tmp_path / "posters", api_key=KEY, base_url="https://reapi.invalid", patience=QUICK)
    try:
        panel = WidgetTalk(qn.qwen_widget(studio, prompt="a fox"))
        sweep = qn.experiment(prompts="a fox", seed=[8, 9], studio=studio)
        sweep.run()
        errors = [
            said_by(studio, lambda: studio.generate("a fox", seed=1)),
            said_by(studio, lambda: studio.submit("a fox", seed=2).result()),
            said_by(studio, studio.balance),
            *(job.error for job in studio.jobs if job.error is not None),
        ]
        monkeypatch.setenv("REAPI_BASE_URL", "https://reapi.invalid")
        monkeypatch.setattr(getpass, "getpass", lambda _: KEY)
        errors.append(said_by(studio, qn.login))
        assert len(errors) >= 7
        for error in errors:
            assert isinstance(error, qn.ServiceError), error
            assert name in error.what
            assert name in error.todo or "pip install" in error.todo or "set it right" in error.todo
            assert error.charge in (Charge.NOTHING, Charge.FREE)
        assert {job.status for job in studio.jobs} == {State.REFUSED}
        assert studio.spent == 0
        answer = panel.ask("act", verb="balance", job=None, args={})
        assert name in json.dumps(answer)
        everything = json.dumps([str(error) for error in errors]) + json.dumps(panel.sent)
        everything += "".join(path.read_text() for path in (tmp_path / "posters" / "ledger").glob("*.jsonl"))
        for secret in (USER, PASSWORD, "99999999", "::1]", str(tmp_path), KEY):
            assert secret not in everything
    finally:
        studio.close()


def test_a_job_is_never_being_sent_where_nothing_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks9://127.0.0.1:1")
    studio = qn.Studio(tmp_path / "posters", api_key=KEY, base_url="https://reapi.invalid", patience=QUICK)
    seen: list[State] = []
    studio.subscribe(lambda job: seen.append(job.status))
    said_by(studio, lambda: studio.generate("a fox", seed=1))
    journal = "".join(path.read_text() for path in (tmp_path / "posters" / "ledger").glob("*.jsonl"))
    studio.close()
    assert State.SENDING not in seen
    assert '"sending"' not in journal


def test_mended_it_works_without_a_new_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "[::1]")
    studio = qn.Studio(tmp_path / "posters", api_key=KEY, base_url="https://reapi.invalid", patience=QUICK)
    assert "NO_PROXY" in str(said_by(studio, studio.balance))
    monkeypatch.delenv("NO_PROXY")
    assert "could not be reached" in str(said_by(studio, studio.balance))
    studio.close()


def test_what_is_not_the_proxys_is_not_called_the_proxys(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("something else")

    monkeypatch.setattr(httpx, "AsyncClient", broken)
    with pytest.raises(qn.ServiceError) as caught:
        qn.AsyncClient(KEY, base_url="https://reapi.ai")
    assert "proxy" not in str(caught.value).lower()


def test_a_studio_on_this_machine_needs_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks9://127.0.0.1:1")
    studio = qn.Studio(tmp_path / "posters", offline=True)
    assert studio.generate("a fox", seed=1, image_size="1:1", output_format="jpeg").path.is_file()
    studio.close()


def error_of(client: qn.AsyncClient, *calls: str) -> list[qn.QwenError]:
    async def main() -> list[qn.QwenError]:
        errors: list[qn.QwenError] = []
        async with client:
            for call in calls:
                work = {
                    "submit": lambda: client.submit(qn.GenerationRequest(prompt="a fox")),
                    "balance": client.balance,
                    "task": lambda: client.task("task_1"),
                    "download": lambda: client.download("https://cdn.invalid/0.png?signature=abc"),
                }[call]
                with pytest.raises(qn.QwenError) as caught:
                    await work()
                errors.append(caught.value)
        return errors

    return asyncio.run(main())


ALL = ("submit", "balance", "task", "download")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (f"407 no {PASSWORD} here", "user name and password"),
        (f"403 Forbidden for {USER}", "answered 403"),
        ("302 Found", "answered 302"),
        ("502 Bad Gateway", "answered 502"),
    ],
)
def test_a_proxy_that_does_not_connect_is_named_and_nothing_was_sent(
    answer: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Asked] = []

    async def refuse(one: Asked, writer: asyncio.StreamWriter) -> None:
        asked.append(one)
        writer.write(http(answer, b"<html>", f"X: {PASSWORD}"))

    async def main() -> None:
        async with wire(refuse) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", f"//{LOGIN}@"))
            errors = await asyncio.to_thread(error_of, qn.AsyncClient(KEY, base_url="https://reapi.ai"), *ALL)
        for error in errors:
            assert words in error.what
            assert "HTTPS_PROXY" in str(error)
            assert PASSWORD not in str(error)
            assert USER not in str(error)
        assert errors[0].charge is Charge.NOTHING
        assert isinstance(errors[0], qn.ConnectionFailed)
        assert {one.method for one in asked} == {"CONNECT"}

    asyncio.run(main())


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "proxy.invalid:80", "a..b:80", f"{'x' * 70}.invalid:80", "127.0.0.1:99999"]
)
def test_a_proxy_that_is_not_there_is_named_and_nothing_was_sent(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{LOGIN}@{host}")
    for error in error_of(qn.AsyncClient(KEY, base_url="https://reapi.ai"), *ALL):
        assert "HTTPS_PROXY" in str(error)
        assert error.charge is not Charge.MAYBE
        assert PASSWORD not in str(error)


def test_a_certificate_that_is_not_trusted_is_said_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    command = [openssl, *made, "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "own.pem")]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem", tmp_path / "key.pem")

    async def main() -> list[qn.QwenError]:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
        async with server:
            url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
            return await asyncio.to_thread(error_of, qn.AsyncClient(KEY, base_url=url), "submit", "balance")

    for error in asyncio.run(main()):
        assert isinstance(error, qn.ConnectionFailed)
        assert "certificate" in error.what
        assert "SSL_CERT_FILE" in error.todo
        assert error.charge is not Charge.MAYBE


def test_a_name_that_is_not_known_leads_to_the_base_url() -> None:
    for error in error_of(qn.AsyncClient(KEY, base_url="https://reapi.invalid"), "submit", "balance"):
        assert "REAPI_BASE_URL" in error.todo


@pytest.mark.parametrize(
    "url",
    [
        f"https://{LOGIN}@reapi.ai",
        f"https://{USER}:a/{PASSWORD}@x",
        f"https://{USER}@{PASSWORD}@h/",
        f"ftp://{LOGIN}@h",
    ],
)
def test_a_wrong_base_url_is_named_without_its_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REAPI_BASE_URL", url)
    with pytest.raises(qn.InvalidRequest) as caught:
        qn.AsyncClient(KEY)
    assert "REAPI_BASE_URL" in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert USER not in str(caught.value)
