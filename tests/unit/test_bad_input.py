"""Bad input: the right error, a sentence to act on, and nothing sent that is known to be refused."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook import errors
from qwen_notebook.errors import Charge
from qwen_notebook.simulator import TEST_KEY, FaultPlan, Rule, Simulator, running
from qwen_notebook.studio.default import replace_default
from tests.support.fault_proxy import Trouble, fault_proxy
from tests.support.studios import instant_simulator, studio_and_service, studio_at

PUBLIC = "https://reapi.invalid"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REAPI_API_KEY", "REAPI_KEY", "REAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("qwen_notebook.reapi.stored_key._keyring", lambda: None)


Bench = tuple[qn.Studio, Simulator]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A studio and its service, for tests that send nothing: whatever one of them sent, all that follow would see."""
    with studio_and_service(tmp_path_factory.mktemp("untouched") / "posters") as both:
        yield both


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qn.Studio]:
    """A studio of a service that is not on this machine; nothing of these tests ever reaches it."""
    with studio_at(PUBLIC, tmp_path_factory.mktemp("public") / "posters") as studio:
        yield studio


def check_words(error: qn.QwenError, charge: Charge = Charge.NOTHING) -> None:
    """It says what happened, what was charged, and what to do."""
    assert error.charge is charge
    assert error.what.endswith(".")
    assert error.todo.endswith((".", "?"))
    assert charge.sentence in str(error)


def refused(
    studio: qn.Studio, kind: type[qn.QwenError] = errors.InvalidRequest, **fields: object
) -> qn.QwenError:
    """Both ways to ask refuse it, before a job is made."""
    given = {"prompt": "a fox"} | fields
    found = []
    for ask in (studio.submit, studio.generate):
        with pytest.raises(qn.QwenError) as caught:
            ask(**given)
        assert type(caught.value) is kind
        check_words(caught.value)
        found.append(caught.value)
    assert str(found[0]) == str(found[1])
    assert len(studio.jobs) == 0
    return found[0]


def nothing_was_sent(simulator: Simulator) -> bool:
    return not simulator.books.posts and not simulator.books.tasks


@pytest.mark.parametrize(
    ("fields", "field", "word"),
    [
        ({"prompt": ""}, "prompt", "empty"),
        ({"prompt": "   "}, "prompt", "empty"),
        ({"prompt": "x" * 801}, "prompt", "801 of 800"),
        ({"prompt": "🚀" * 400 + "!"}, "prompt", "emoji counts as two"),
        ({"prompt": None}, "prompt", "not text"),
        ({"image_size": "21:9"}, "image_size", "edits only"),
        ({"image_size": "5:4"}, "image_size", "5:4"),
        ({"output_format": "webp"}, "output_format", "webp"),
        ({"seed": 7.0}, "seed", "whole number"),
        ({"seed": 2**31}, "seed", "out of range"),
        ({"seed": True}, "seed", "True"),
        ({"nsfw_checker": "yes"}, "nsfw_checker", "yes"),
        ({"image_sise": "1:1"}, "image_sise", "image_sise"),
        ({"n": 4}, "n", "'n'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_the_contract_forbids_is_not_sent(
    untouched: Bench, fields: dict[str, object], field: str, word: str
) -> None:
    studio, simulator = untouched
    error = refused(studio, **fields)
    assert isinstance(error, qn.InvalidRequest)
    assert error.field == field
    assert word in error.what
    assert nothing_was_sent(simulator)


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [
        ("image_sise", "image_size"),
        ("imageurl", "image_url"),
        ("sed", "seed"),
        ("format", "output_format"),
        ("agian", "again"),
    ],
)
def test_an_unknown_keyword_is_named_with_the_nearest_that_there_is(
    untouched: Bench, typo: str, nearest: str
) -> None:
    error = refused(untouched[0], **{typo: 1})
    assert repr(typo) in error.what
    assert repr(nearest) in error.todo


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://example.com/a.png", "plain http"),
        ("data:image/png;base64,iVBORw0KGgo=", "data:"),
        ("https://", "not a URL"),
        ("https://exa mple.com/a.png", "not a URL"),
        ("https://[::1", "local path"),
        ("ftp://example.com/a.png", "not a URL"),
        ("https://me:secret@example.com/a.png", "password"),
        ("https://localhost/a.png", "cannot reach"),
        ("https://127.0.0.1/a.png", "cannot reach"),
        ("https://127.1/a.png", "not a URL"),
        ("http://127.0.0.1:8000/a.png", "plain http"),
        ("https://192.168.1.7/a.png", "cannot reach"),
        ("https://nas.local/a.png", "cannot reach"),
        ("./fox.png", "local path"),
        ("C:\\pictures\\fox.png", "local path"),
        ("/home/me/fox.png", "local path"),
    ],
)
def test_a_url_that_the_service_would_refuse_is_not_sent(public: qn.Studio, url: str, word: str) -> None:
    error = refused(public, image_url=url)
    assert isinstance(error, qn.InvalidRequest)
    assert error.field == "image_url"
    assert word in error.what
    assert "https" in error.todo
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    "source",
    [
        Image.new("RGB", (2, 2)),
        Path("fox.png"),
        np.zeros((2, 2, 3)),
        b"\x89PNG",
        ["https://example.com/a.png"],
    ],
    ids=lambda source: type(source).__name__,
)
def test_an_image_or_a_path_as_the_source_is_told_that_the_service_takes_public_urls_only(
    untouched: Bench, source: object
) -> None:
    studio, simulator = untouched
    error = refused(studio, image_url=source)
    assert "no upload" in error.what
    assert "public https URLs only" in error.todo
    assert nothing_was_sent(simulator)


def test_a_service_on_this_machine_takes_a_source_on_this_machine(tmp_path: Path) -> None:
    with studio_and_service(tmp_path) as (studio, simulator):
        source = studio.generate("a fox", seed=1)
        assert source.url is not None
        assert source.url.startswith("http://127.0.0.1")
        assert studio.generate("make it night", image_url=source, image_size="21:9").request.is_edit
        assert len(simulator.books.posts) == 2


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (f"{TEST_KEY}\n{TEST_KEY}", "line break"),
        (f"{TEST_KEY} x", "space"),
        (f"{TEST_KEY}\u00e9", "character"),
        ("", "empty"),
        (7, "int"),
    ],
)
def test_a_key_that_cannot_be_one_opens_no_studio(tmp_path: Path, key: str, word: str) -> None:
    with running(instant_simulator()) as url, pytest.raises(qn.AuthenticationError) as caught:
        qn.Studio(tmp_path / "posters", api_key=key, base_url=url)
    check_words(caught.value)
    assert word in caught.value.what
    assert TEST_KEY not in str(caught.value)
    assert not (tmp_path / "posters").exists()


def test_no_key_with_offline_false_opens_no_studio(tmp_path: Path) -> None:
    with pytest.raises(qn.AuthenticationError) as caught:
        qn.Studio(tmp_path / "posters", offline=False)
    check_words(caught.value)
    assert "REAPI_API_KEY" in caught.value.todo
    assert not (tmp_path / "posters").exists()


def test_a_wrong_key_is_told_apart_and_starts_nothing(tmp_path: Path) -> None:
    simulator = instant_simulator()
    with running(simulator) as url, studio_at(url, tmp_path, api_key="rk_wrong") as studio:
        with pytest.raises(qn.AuthenticationError) as caught:
            studio.generate("a fox", seed=1)
        check_words(caught.value)
        assert "does not know this key" in caught.value.what
        assert caught.value.status == 401
        assert studio.spent == studio.committed == 0
    assert nothing_was_sent(simulator)  # the service takes down nobody's posts but its users'


@pytest.mark.parametrize(
    ("fault", "kind", "charge"),
    [
        ("submit-html-403", errors.PermissionDenied, Charge.NOTHING),
        ("submit-not-json", errors.UncertainSubmission, Charge.MAYBE),
        ("submit-502-after", errors.UncertainSubmission, Charge.MAYBE),
    ],
)
def test_a_page_of_a_proxy_instead_of_an_answer(
    tmp_path: Path, fault: str, kind: type[qn.QwenError], charge: Charge
) -> None:
    with studio_and_service(tmp_path, FaultPlan(1, {fault: Rule()})) as (studio, simulator):
        with pytest.raises(qn.QwenError) as caught:
            studio.generate("a fox", seed=1)
        assert type(caught.value) is kind
        check_words(caught.value, charge)
        assert len(simulator.books.posts) == 1


def test_an_answer_cut_short_is_uncertain_and_is_not_sent_again(tmp_path: Path) -> None:
    simulator = instant_simulator()
    with running(simulator) as upstream, fault_proxy(upstream) as proxy:
        proxy.add(Trouble.CUT_BODY, method="POST")
        with studio_at(proxy.url, tmp_path) as studio:
            with pytest.raises(qn.UncertainSubmission) as caught:
                studio.generate("a fox", seed=1)
            check_words(caught.value, Charge.MAYBE)
            assert studio.jobs[-1].status is qn.State.UNCERTAIN
    assert len(simulator.books.posts) == 1


def test_a_picture_cut_short_is_fetched_again_and_paid_once(tmp_path: Path) -> None:
    simulator = instant_simulator()
    with running(simulator) as upstream, fault_proxy(upstream) as proxy:
        proxy.add(Trouble.CUT_BODY, method="GET", path="/media", times=1)
        simulator.media_url = proxy.url
        with studio_at(proxy.url, tmp_path) as studio:
            picture = studio.generate("a fox", seed=1)
            assert picture.image.size[0] > 0
    assert simulator.books.charged == 31


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"base_url": "http://reapi.ai"}, "base_url"),
        ({"base_url": "reapi.ai"}, "base_url"),
        ({"base_url": "https://me:secret@reapi.ai"}, "base_url"),
        ({"budget": -1}, "budget"),
        ({"budget": 1.5}, "budget"),
        ({"price": "31"}, "price"),
        ({"price": True}, "price"),
        ({"max_in_flight": 0}, "max_in_flight"),
        ({"rate": 0}, "rate"),
        ({"rate": float("nan")}, "rate"),
    ],
    ids=str,
)
def test_a_setting_that_makes_no_sense_opens_no_studio(
    tmp_path: Path, settings: dict[str, object], field: str
) -> None:
    with pytest.raises(qn.InvalidRequest) as caught:
        qn.Studio(tmp_path / "posters", **({"api_key": TEST_KEY} | settings))
    assert caught.value.field == field
    assert caught.value.charge is Charge.NOTHING
    assert caught.value.what.endswith(".")
    assert "secret" not in str(caught.value)


def test_a_budget_that_is_too_small_sends_nothing(tmp_path: Path) -> None:
    with studio_and_service(tmp_path, budget=30) as (studio, simulator):
        refused(studio, errors.BudgetExceeded)
        assert nothing_was_sent(simulator)


def test_the_functions_of_the_package_refuse_alike(untouched: Bench) -> None:
    studio, simulator = untouched
    replace_default(studio)
    try:
        for ask in (qn.generate, qn.submit):
            with pytest.raises(qn.InvalidRequest, match="empty"):
                ask("")
            with pytest.raises(qn.InvalidRequest, match=r"'sed'.*'seed'"):
                ask("a fox", sed=7)
    finally:
        replace_default(None)
    assert nothing_was_sent(simulator)


def test_the_client_alone_refuses_a_source_that_only_a_service_on_this_machine_takes() -> None:
    async def main() -> None:
        request = qn.GenerationRequest(prompt="a fox", image_url="http://127.0.0.1:8000/a.png")
        async with qn.AsyncClient(TEST_KEY, base_url=PUBLIC) as client:
            with pytest.raises(qn.InvalidRequest, match="plain http") as caught:
                await client.submit(request)
        check_words(caught.value)

    asyncio.run(main())
