"""Messages that are not taken: each has one answer, which says why."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.kernel import kernel
from tests.support.panel_comm import PanelComm, request

NOT_UNDERSTOOD = {
    "an unknown kind": {"kind": "dance"},
    "no kind": {},
    "an unknown verb": {"kind": "act", "verb": "explode", "job": None, "args": {}},
    "no request": {"kind": "submit"},
    "a request that is text": {"kind": "submit", "request": "a red fox"},
    "a field too many": {"kind": "hello", "v": 1, "shoe_size": 44},
    "a version that is text": {"kind": "hello", "v": "one"},
    "jobs without end": {"kind": "want", "jobs": ["j"] * 1000},
    "args that are a list": {"kind": "act", "verb": "page", "args": [1]},
}
NO_MESSAGE = {
    "nothing": None,
    "text": "submit",
    "a list": [1, 2],
    "a number": 7,
    "an id that is a list": {"id": [1]},
}
NO_SUCH_JOB = ("cancel", "dismiss", "again", "send_again", "resolve", "code")
INVALID = {
    "an empty prompt": ({"prompt": ""}, "prompt"),
    "801 units": ({"prompt": "x" * 801}, "801"),
    "801 units of emoji": ({"prompt": "🦊" * 400 + "x"}, "801"),
    "a shape for edits only": ({"image_size": "21:9"}, "21:9"),
    "an unknown shape": ({"image_size": "7:5"}, "7:5"),
    "a fractional seed": ({"seed": 1.5}, "seed"),
    "an unknown format": ({"output_format": "gif"}, "gif"),
    "a source over http": ({"image_url": "http://example.com/a.png"}, "https"),
    "a source inside the page": ({"image_url": "data:image/png;base64,AAAA"}, "https"),
}


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PanelComm]:
    with kernel(tmp_path_factory.mktemp("refusing")) as started:
        yield started.panel("import qwen_notebook as qn; panel = qn.qwen_widget()")


@pytest.fixture(autouse=True)
def _no_job_came_of_it(panel: PanelComm) -> Iterator[None]:
    yield
    assert panel.kernel.run("print(len(panel.studio.jobs))") == "0\n"


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_rejected_once(panel: PanelComm, name: str) -> None:
    message = panel.kernel.run(f"print({name!r})").strip().replace(" ", "-")

    panel.send(NOT_UNDERSTOOD[name] | {"id": message})
    panel.catch_up()

    (answer,) = panel.answers(message)
    assert answer["kind"] == "reject"
    assert "did not understand" in answer["error"]["what"]
    assert answer["error"]["charge"] == "nothing"


@pytest.mark.parametrize("name", NO_MESSAGE)
def test_what_has_no_id_is_rejected_once_without_one(panel: PanelComm, name: str) -> None:
    before = len(panel.answers(""))

    panel.send(NO_MESSAGE[name])
    panel.catch_up()

    assert [answer["kind"] for answer in panel.answers("")[before:]] == ["reject"]


@pytest.mark.parametrize("verb", NO_SUCH_JOB)
def test_a_job_that_there_is_not_is_said(panel: PanelComm, verb: str) -> None:
    error = panel.rejected(panel.ask("act", verb=verb, job="j-none", args={}))

    assert "no such job" in error["what"]


@pytest.mark.parametrize(("fields", "named"), INVALID.values(), ids=INVALID)
def test_an_invalid_request_is_rejected_with_what_to_do(
    panel: PanelComm, fields: dict[str, Any], named: str
) -> None:
    message = panel.submit(**fields)
    error = panel.rejected(message)
    panel.catch_up()

    assert len(panel.answers(message)) == 1
    assert error["kind"] == "InvalidRequest"
    assert named in error["what"] + error["todo"]
    assert error["charge"] == "nothing"
    assert error["what"]
    assert error["todo"]


@pytest.mark.parametrize(
    "args",
    [{"offset": -1}, {"limit": 0}, {"limit": 101}, {"offset": "x"}, {"offset": 1.5}, {"limit": None}],
    ids=str,
)
def test_a_page_that_there_is_not_is_rejected(panel: PanelComm, args: dict[str, Any]) -> None:
    assert panel.rejected(panel.ask("act", verb="page", job=None, args=args))["kind"] == "InvalidRequest"


def test_a_wanted_picture_that_there_is_not_is_named(panel: PanelComm) -> None:
    assert panel.accepted(panel.ask("want", jobs=["j-none"])) == {"missing": ["j-none"]}


def test_an_unknown_field_of_a_request_is_named(panel: PanelComm) -> None:
    error = panel.rejected(panel.ask("submit", request=request(promt="a fox")))

    assert "promt" in error["what"]
