"""Each fault does what its name says, on the right side of the charge, and repeats with its seed."""

import asyncio
import email.utils
import io
import json

import httpx
import pytest
from PIL import Image

from qwen_notebook.simulator import TEST_KEY, Assumed, Fault, FaultPlan, Rule, Simulator
from qwen_notebook.simulator.app import create_app
from qwen_notebook.simulator.faults import AFTER_CHARGE, BEFORE_CHARGE, ON_DOWNLOAD, ON_POLL
from qwen_notebook.simulator.request import SubmitRequest

BODY = {"model": "qwen-image-2", "prompt": "a fox", "seed": 7}


class Service:
    """A simulator with faults, called in-process."""

    def __init__(self, *names: str, rule: Rule | None = None, **assumed) -> None:
        rule = rule or Rule(seconds=0)
        self.simulator = Simulator(
            assumed=Assumed(latency_median=0, rate_limit=None, oversized_bytes=400_000, **assumed),
            faults=FaultPlan(1, dict.fromkeys(names, rule)),
            clock=lambda: 1_000_000.0,
            picture_pixels="tiny",
            media_url="https://media.simulator.invalid",
            seed=1,
        )
        self.books = self.simulator.books
        self._app = create_app(self.simulator)

    def __call__(self, method: str, url: str, **options) -> httpx.Response:
        async def call() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self._app),
                base_url="https://sim.invalid",
                headers={"Authorization": f"Bearer {TEST_KEY}"},
            ) as client:
                return await client.request(method, url, **options)

        return asyncio.run(call())

    def submit(self, **fields) -> httpx.Response:
        return self("POST", "/images/generations", json={**BODY, **fields})

    def poll(self) -> httpx.Response:
        self.simulator.submit(
            self.simulator.admit(f"Bearer {TEST_KEY}"), SubmitRequest(prompt="a fox", seed=7)
        )
        return self("GET", f"/tasks/{list(self.books.tasks)[-1]}")

    def download(self) -> httpx.Response:
        self.poll()
        return self("GET", f"/media/tasks/{list(self.books.tasks)[-1]}/0.png")


@pytest.mark.parametrize("fault", BEFORE_CHARGE)
def test_a_submit_that_fails_before_the_charge_makes_no_task(fault):
    service = Service(fault)
    response = service.submit()
    assert response.status_code == int(next(part for part in fault.split("-") if part.isdigit()))
    assert not service.books.tasks
    assert not service.books.charges
    assert [post.status for post in service.books.posts] == [response.status_code]


@pytest.mark.parametrize("fault", AFTER_CHARGE)
def test_a_submit_that_fails_after_the_charge_has_made_a_task(fault):
    service = Service(fault)
    response = service.submit()
    digits = [part for part in fault.split("-") if part.isdigit()]
    assert response.status_code == int(digits[0] if digits else 200)
    assert len(service.books.tasks) == 1
    assert service.books.charged == 31


def test_retry_after_in_seconds_and_as_a_date():
    seconds = Service("submit-429-seconds", rule=Rule(seconds=7)).submit()
    assert seconds.headers["retry-after"] == "7"
    date = Service("submit-429-date", rule=Rule(seconds=7)).submit()
    assert email.utils.parsedate_to_datetime(date.headers["retry-after"]).timestamp() == 1_000_007


def test_answers_that_are_not_json():
    for response in (
        Service("submit-not-json").submit(),
        Service("submit-html-403").submit(),
        Service("poll-html").poll(),
        Service("poll-cut-json").poll(),
    ):
        with pytest.raises(json.JSONDecodeError):
            response.json()


@pytest.mark.parametrize("fault", ["poll-404", "poll-429", "poll-500", "poll-502", "poll-503", "poll-504"])
def test_polls_that_fail(fault):
    service = Service(fault)
    response = service.poll()
    assert response.status_code == int(fault[-3:])
    assert response.json()["error"]["code"]
    assert not service.books.refunds


def test_an_unknown_status():
    assert Service("poll-unknown-status").poll().json()["status"] not in (
        "processing",
        "completed",
        "failed",
    )


def test_slow_answers_are_whole():
    assert Service("poll-slow").poll().json()["status"] == "completed"
    assert Service("submit-slow").submit().json()["status"] == "processing"
    assert Service("download-slow").download().content == Service().download().content


def test_tasks_that_never_end():
    service = Service("task-never-ends")
    assert service.poll().json()["status"] == "processing"


def test_a_url_that_has_expired():
    assert Service("url-expired", expired_status=410).download().status_code == 410


def test_downloads_that_are_no_good_picture():
    good = Service().download().content
    assert Service("download-503").download().status_code == 503

    cut = Service("download-truncated").download()
    assert good.startswith(cut.content)
    assert int(cut.headers["content-length"]) == len(cut.content) < len(good)

    oversized = Service("download-oversized").download()
    assert len(oversized.content) == 400_000
    assert oversized.content.startswith(good)

    page = Service("download-not-an-image").download()
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")

    mislabelled = Service("download-wrong-type").download()
    assert mislabelled.headers["content-type"] == "application/octet-stream"
    assert mislabelled.content == good


def test_a_bomb_is_small_and_declares_much(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    bomb = Service("download-bomb").download()
    assert bomb.headers["content-type"] == "image/png"
    assert len(bomb.content) < 1000
    assert Image.open(io.BytesIO(bomb.content)).size == (50_000, 50_000)


def test_redirects():
    other = Service("download-redirect-other-host").download()
    assert other.status_code == 302
    assert other.headers["location"].startswith("https://elsewhere.invalid/media/")
    plain = Service("download-redirect-to-http").download()
    assert plain.status_code == 302
    assert plain.headers["location"].startswith("http://")


def test_every_fault_strikes_somewhere():
    in_tasks = {Fault.TASK_FAILS, Fault.TASK_NEVER_ENDS}
    assert {*BEFORE_CHARGE, *AFTER_CHARGE, *ON_POLL, *ON_DOWNLOAD} | in_tasks == set(Fault)


def test_times_are_counted_for_each_request():
    service = Service("submit-503-before", rule=Rule(times=2))
    assert [service.submit().status_code for _ in range(3)] == [503, 503, 200]
    assert service.submit(prompt="another").status_code == 503
    assert service.simulator.faults.struck == {Fault.SUBMIT_503_BEFORE: 3}


def test_a_rule_may_name_a_prompt():
    service = Service("submit-503-before", rule=Rule(prompt="fox"))
    assert service.submit().status_code == 503
    assert service.submit(prompt="an owl").status_code == 200


def test_chance_depends_on_the_seed_and_the_request_not_on_their_order():
    orders = [SubmitRequest(prompt="a fox", seed=seed) for seed in range(200)]

    def struck(seed: int, among: list[SubmitRequest]) -> set[int | None]:
        plan = FaultPlan(seed, {"task-fails": Rule(probability=0.3)})
        return {order.seed for order in among if plan.strike([Fault.TASK_FAILS], order)}

    first = struck(1, orders)
    assert first == struck(1, orders[::-1])
    assert first != struck(2, orders)
    assert 30 < len(first) < 90


def test_faults_are_switched_while_the_service_runs():
    service = Service()
    service.simulator.faults.switch_on("submit-500-after", Rule(times=1))
    assert [service.submit().status_code for _ in range(2)] == [500, 200]
    service.simulator.faults.switch_on("submit-500-after", Rule(times=1))
    assert service.submit().status_code == 500
    answer = service("POST", "/_simulator/faults", json={"submit-503-before": {"times": 1}})
    assert answer.json() == {"faults": ["submit-503-before"]}
    assert [service.submit().status_code for _ in range(2)] == [503, 200]
    service.simulator.faults.switch_on("submit-503-before")
    service.simulator.faults.switch_off("submit-503-before")
    assert service.submit().status_code == 200


@pytest.mark.parametrize("faults", [{"poll-50": {}}, {"poll-503": {"often": 1}}, {"poll-503": 3}, []])
def test_a_wrong_plan_is_refused_and_changes_nothing(faults):
    service = Service("submit-503-before")
    assert service("POST", "/_simulator/faults", json=faults).status_code == 400
    assert service.submit().status_code == 503


def test_an_unknown_name_brings_the_nearest():
    with pytest.raises(ValueError, match="'submit-500-aftr': did you mean 'submit-500-after'"):
        FaultPlan(0, {"submit-500-aftr": Rule()})
    with pytest.raises(ValueError, match="did you mean 'poll-503'"):
        FaultPlan().switch_off("poll-5033")


def test_rules_are_read_from_the_command_line():
    assert Rule.parse("always") == Rule()
    assert Rule.parse("3") == Rule(times=3)
    assert Rule.parse("2.5%") == Rule(probability=0.025)
    for text in ("", "often", "-1", "150%", "%", "1.5"):
        with pytest.raises(ValueError, match="is not a rule for a fault"):
            Rule.parse(text)
