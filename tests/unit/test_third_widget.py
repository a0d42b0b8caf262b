"""A widget that is not of this project: one class for what it does, one for what it is, and public names only."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn

WAIT_SECONDS = 60


class NewestSession(qn.WidgetSession):
    """Shows the newest picture, and stars it."""

    def job_moved(self, job: qn.Job) -> None:
        if job.status == "saved":
            self.front_end.refresh()

    def update(self) -> dict[str, Any]:
        pictures = self.studio.pictures
        if pictures:
            self.front_end.send_picture(pictures[-1])
            self.front_end.share(pictures[-1])
            self.front_end.send({"kind": "newest", "prompt": pictures[-1].request.prompt})
        return {}

    def handlers(self) -> dict[str, Any]:
        return super().handlers() | {"star": self.star, "make": self.make}

    def star(self, message: Any) -> dict[str, Any]:
        self.studio.pictures[-1].star(message["on"])
        return {"starred": self.studio.pictures[-1].starred}

    def make(self, message: Any) -> Future[dict[str, Any]]:
        made: Future[dict[str, Any]] = Future()

        def work() -> None:
            try:
                made.set_result({"job": self.studio.generate(message["prompt"], seed=1).id})
            except Exception as error:
                made.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        return made


class Newest(qn.Widget[NewestSession]):
    """The newest picture of a studio."""

    _esm = "export default { render({ el }) { el.textContent = 'the newest picture'; } }"
    _css = ".newest { display: block; }"
    _session_class = NewestSession


class Browser:
    """Takes what goes to the front end, and sends what comes from there, as ipywidgets does."""

    def __init__(self, widget: Any) -> None:
        self._widget = widget
        self.heard: list[dict[str, Any]] = []
        self.buffers: list[bytes] = []
        self._news = threading.Condition()
        widget._send = self._take

    def _take(self, message: dict[str, Any], buffers: Any = None) -> None:
        if message["method"] == "custom":
            with self._news:
                self.heard.append(message["content"])
                self.buffers += buffers or []
                self._news.notify_all()

    def say(self, **content: Any) -> None:
        self._widget._handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )

    def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [m for m in self.heard if m["kind"] == kind and wanted.items() <= m.items()]

        with self._news:
            assert self._news.wait_for(found, WAIT_SECONDS), f"no {kind} among {self.heard}"
        return found()[-1]

    def replies(self, message_id: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message.get("id") == message_id]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with qn.Studio(tmp_path, offline=True) as studio:
        yield studio


@pytest.fixture
def newest(studio: qn.Studio) -> Iterator[Newest]:
    widget = Newest(studio)
    yield widget
    widget.close()


@pytest.fixture
def browser(newest: Newest) -> Browser:
    return Browser(newest)


def test_its_front_end_is_named_as_that_of_any_anywidget(newest: Newest) -> None:
    state = newest.get_state()

    assert "the newest picture" in state["_esm"]
    assert ".newest" in state["_css"]


def test_a_front_end_may_be_a_file(studio: qn.Studio, tmp_path: Path) -> None:
    file = tmp_path / "newest.js"
    file.write_text("export default { render() {} }")

    class FromFile(qn.Widget):
        _esm = file
        _session_class = NewestSession

    widget = FromFile(studio)
    assert widget.get_state()["_esm"] == file.read_text()
    widget.close()


def test_it_shows_the_newest_picture_when_a_job_has_moved(studio: qn.Studio, browser: Browser) -> None:
    picture = studio.generate("a red fox", seed=7)

    assert browser.until("newest")["prompt"] == "a red fox"
    assert browser.until("preview")["job"] == picture.id
    assert picture.preview in browser.buffers


def test_it_answers_messages_of_its_own_kind_and_those_of_all_widgets(
    studio: qn.Studio, browser: Browser
) -> None:
    picture = studio.generate("a red fox", seed=7)
    browser.say(kind="hello", id="1", v=1)
    browser.say(kind="star", id="2", on=True)
    browser.say(kind="want", id="3", jobs=[picture.id, "nobody"], size="full")

    assert browser.until("ack", id="1")["result"]["kernel"]
    assert browser.until("ack", id="2")["result"] == {"starred": True}
    assert browser.until("ack", id="3")["result"] == {"missing": ["nobody"]}
    assert picture.bytes in browser.buffers
    assert studio.find(starred=True)[0].id == picture.id


def test_an_answer_may_come_later(studio: qn.Studio, browser: Browser) -> None:
    browser.say(kind="make", id="1", prompt="an owl")
    browser.say(kind="make", id="2", prompt="")

    assert browser.until("ack", id="1")["result"] == {"job": studio.pictures[-1].id}
    assert browser.until("reject", id="2")["error"]["kind"] == "InvalidRequest"


@pytest.mark.parametrize(
    "content",
    [{"kind": "star"}, {"kind": "dance"}, {"kind": 7}, {"kind": "want", "jobs": 7}, {}],
    ids=str,
)
def test_whatever_comes_is_answered_once(browser: Browser, content: dict[str, Any]) -> None:
    browser.say(id="x", **content)

    assert [reply["kind"] for reply in browser.replies("x")] == ["reject"]


def test_a_message_on_many_threads_is_done_once_and_answered_each_time(
    studio: qn.Studio, browser: Browser
) -> None:
    def say() -> None:
        browser.say(kind="make", id="once", prompt="an owl")

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    browser.until("ack", id="once")

    assert [reply["kind"] for reply in browser.replies("once")] == ["ack"] * 8
    assert len(studio.jobs) == 1


def test_what_it_does_holds_up_no_job(studio: qn.Studio) -> None:
    asleep, awake = threading.Event(), threading.Event()

    class Slow(NewestSession):
        def update(self) -> dict[str, Any]:
            if self.studio.pictures:
                asleep.set()
                awake.wait(WAIT_SECONDS)
            return {}

    class SlowWidget(Newest):
        _session_class = Slow

    widget = SlowWidget(studio)
    studio.generate("a red fox", seed=1)
    assert asleep.wait(WAIT_SECONDS)
    assert studio.generate("an owl", seed=2).path.exists()
    awake.set()
    widget.close()


def test_once_closed_it_hears_of_nothing(studio: qn.Studio) -> None:
    heard: list[str] = []

    class Listening(NewestSession):
        def job_moved(self, job: qn.Job) -> None:
            heard.append(job.id)

        def close(self) -> None:
            heard.append("closed")

    class ListeningWidget(Newest):
        _session_class = Listening

    widget = ListeningWidget(studio)
    assert widget.studio is studio
    widget.close()
    widget.close()
    studio.generate("a red fox", seed=1)

    assert heard == ["closed"]
    assert widget.comm is None
