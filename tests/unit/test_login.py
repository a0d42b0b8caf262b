"""`login` tries a key and keeps it where nobody sees it; a studio finds it after the environment."""

import getpass
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

import qwen_notebook as qn
from qwen_notebook.reapi import keyring_store as key_store
from qwen_notebook.reapi import stored_key as module
from qwen_notebook.simulator import Assumed, Simulator, running
from qwen_notebook.studio.providers.choice import choose_provider
from qwen_notebook.studio.providers.reapi import ReapiProvider

KEY = "rk_test_typed_by_a_person"


class MemoryKeyring(KeyringBackend):
    """A system keyring that lives as long as the test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


class LockedKeyring(MemoryKeyring):
    """A keyring that nobody opens."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("locked")


@pytest.fixture(autouse=True)
def nobody_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("REAPI_API_KEY", "REAPI_KEY", "REAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    monkeypatch.setattr(module, "_typed", None)
    yield
    qn.logout()
    keyring.set_keyring(before)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    simulator = Simulator(assumed=Assumed(latency_median=0), keys=[KEY], picture_pixels="tiny")
    with running(simulator) as url:
        monkeypatch.setenv("REAPI_BASE_URL", url)
        yield simulator


def typing(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _: key)


@pytest.mark.usefixtures("service")
def test_a_typed_key_is_tried_and_kept_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typing(KEY, monkeypatch)
    assert qn.default_studio().service == "simulator"

    qn.login()

    said = capsys.readouterr().out
    assert "12500 credits" in said
    assert "keyring" in said
    assert KEY not in said
    assert keyring.get_password("qwen-notebook", "reapi") == KEY
    assert qn.default_studio().service == "reapi", "the offline default is replaced"


@pytest.mark.usefixtures("service")
def test_a_later_session_finds_the_key_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    typing(KEY, monkeypatch)
    qn.login()
    monkeypatch.setattr(module, "_typed", None)

    assert choose_provider(None, None, None).name == "reapi"


@pytest.mark.usefixtures("service")
def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    typing(KEY, monkeypatch)
    qn.login()
    monkeypatch.setenv("REAPI_API_KEY", "rk_test_of_the_environment")

    provider = choose_provider(None, None, None)
    assert isinstance(provider, ReapiProvider)
    assert provider.key.reveal() == "rk_test_of_the_environment"


@pytest.mark.usefixtures("service")
def test_a_wrong_key_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    typing("rk_test_unknown", monkeypatch)

    with pytest.raises(qn.AuthenticationError, match="does not know this key"):
        qn.login()

    assert keyring.get_password("qwen-notebook", "reapi") is None
    assert choose_provider(None, None, None).name == "simulator"


@pytest.mark.usefixtures("service")
def test_without_a_working_keyring_the_key_is_kept_for_the_session(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(LockedKeyring())
    typing(KEY, monkeypatch)

    qn.login()

    assert "until this kernel ends" in capsys.readouterr().out
    assert choose_provider(None, None, None).name == "reapi"


def test_logging_out_forgets_it_everywhere(service: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    typing(KEY, monkeypatch)
    qn.login()
    qn.logout()

    assert keyring.get_password("qwen-notebook", "reapi") is None
    assert choose_provider(None, None, None).name == "simulator"
    assert service.books.tasks == {}


def test_an_empty_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    typing("  ", monkeypatch)

    with pytest.raises(qn.AuthenticationError, match="empty"):
        qn.login()


SAID = "does not answer"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_store, "SECONDS", 0.05)
    monkeypatch.setattr(key_store, "_store", key_store._KeyStore())


class WaitingKeyring(MemoryKeyring):
    """A keyring whose prompt nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.end = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.end.wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1
        self.end.wait()

    def delete_password(self, service: str, username: str) -> None:
        self.asked += 1
        self.end.wait()


@pytest.fixture
def waiting() -> Iterator[WaitingKeyring]:
    backend = WaitingKeyring()
    keyring.set_keyring(backend)
    yield backend
    backend.end.set()


@pytest.mark.usefixtures("impatient")
def test_a_keyring_that_waits_is_waited_for_once_and_said_once(
    waiting: WaitingKeyring, tmp_path: Path
) -> None:
    with pytest.warns(RuntimeWarning, match=SAID) as said:
        first = qn.Studio(tmp_path / "one")
    assert "REAPI_API_KEY" in str(said[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = qn.Studio(tmp_path / "two")
    assert {first.service, second.service} == {"simulator"}
    assert waiting.asked == 1
    first.close()
    second.close()


@pytest.mark.usefixtures("impatient", "service", "waiting")
def test_login_keeps_the_key_for_the_kernel_where_the_keyring_waits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typing(KEY, monkeypatch)
    qn.login()

    said = capsys.readouterr().out
    assert "until this kernel ends" in said
    assert SAID in said
    assert choose_provider(None, None, None).name == "reapi"
    with pytest.warns(RuntimeWarning, match="may still be there"):
        qn.logout()
    assert choose_provider(None, None, None).name == "simulator"


@pytest.mark.usefixtures("impatient", "service")
def test_a_keyring_that_was_unlocked_is_used_at_the_next_login(
    monkeypatch: pytest.MonkeyPatch, waiting: WaitingKeyring, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(RuntimeWarning, match=SAID):
        assert choose_provider(None, None, None).name == "simulator"
    waiting.end.set()
    keyring.set_keyring(MemoryKeyring())
    monkeypatch.setattr(key_store, "SECONDS", 60)
    typing(KEY, monkeypatch)
    qn.login()
    assert "in the system's keyring" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [b"rk_bytes", 7, ["rk_x"], "", " ", "a b", None, "rk_\u00e9"], ids=ascii)
def test_what_a_keyring_gives_that_is_no_key_is_none(kept: object) -> None:
    class Odd(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            return kept  # type: ignore[return-value]

    keyring.set_keyring(Odd())
    assert choose_provider(None, None, None).name == "simulator"


@pytest.mark.parametrize("raised", [RuntimeError, OSError, SystemExit, KeyboardInterrupt, ImportError])
def test_what_a_keyring_raises_means_that_there_is_no_key(raised: type[BaseException]) -> None:
    class Raising(MemoryKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise raised("secret")

    keyring.set_keyring(Raising())
    assert choose_provider(None, None, None).name == "simulator"


@pytest.mark.usefixtures("service")
def test_login_says_that_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REAPI_KEY", "rk_of_the_environment")
    typing(KEY, monkeypatch)
    qn.login()
    assert "REAPI_KEY is set and comes first" in capsys.readouterr().out
