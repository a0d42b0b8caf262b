"""The simulator keeps the contract: keys, orders, charges, refunds, rates, expiry, restarts."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.simulator import TEST_KEY, Assumed, FaultPlan, Rule, Simulator, running, serve, tiny
from qwen_notebook.simulator.__main__ import main
from qwen_notebook.simulator.app import create_app
from qwen_notebook.simulator.painter import PaintRequest

MEDIA = "https://media.simulator.invalid"
BODY = {"model": "qwen-image-2", "prompt": "a fox"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def make(clock=None, **options) -> Simulator:
    assumed = {"latency_median": 0.0, "rate_limit": None, "bare_share": 0.0, **options.pop("assumed", {})}
    if clock is not None:
        options["clock"] = clock
    return Simulator(assumed=Assumed(**assumed), picture_pixels="tiny", media_url=MEDIA, seed=1, **options)


class Caller:
    """Calls the app in-process, each time on a loop of its own."""

    def __init__(
        self, simulator: Simulator, authorization: str | None = f"Bearer {TEST_KEY}", client="127.0.0.1"
    ):
        self._app = create_app(simulator)
        self._headers = {"Authorization": authorization} if authorization else {}
        self._client = client

    def __call__(self, method: str, url: str, **options) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(self._client, 1))
            async with httpx.AsyncClient(
                transport=transport, base_url="https://sim.invalid", headers=self._headers
            ) as client:
                return await client.request(method, url, **options)

        return asyncio.run(call())

    def submit(self, **fields) -> httpx.Response:
        return self("POST", "/api/v1/images/generations", json={**BODY, **fields})

    def poll(self, task_id: str) -> dict:
        return self("GET", f"/tasks/{task_id}").json()


def refusal(response: httpx.Response) -> tuple[int, int]:
    error = response.json()["error"]
    assert set(error) == {"code", "message", "request_id"}
    assert error["request_id"].startswith("req_")
    return response.status_code, error["code"]


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_a_task_from_submit_to_picture(prefix):
    simulator = make()
    call = Caller(simulator)
    started = call("POST", prefix + "/images/generations", json={**BODY, "seed": 7}).json()
    assert started["status"] == "processing"
    assert started["model"] == QWEN_IMAGE_2.name
    assert started["id"].startswith("task_")
    assert len(started["id"]) == 5 + 32

    done = call("GET", f"{prefix}/tasks/{started['id']}").json()
    assert done["status"] == "completed"
    [url] = done["output"]["image_urls"]
    assert url == f"{MEDIA}/media/tasks/{started['id']}/0.png"
    picture = Caller(simulator, authorization=None)("GET", url)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")

    [task] = simulator.books.tasks.values()
    assert (task.order.prompt, task.seed, task.downloads, task.polls) == ("a fox", 7, 1, 1)
    assert [post.task_id for post in simulator.books.posts] == [task.id]
    assert call("GET", prefix + "/balance").json() == {"balance": 12_500 - 31}


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, (401, 10001)),
        ("Basic abc", (401, 10002)),
        ("Bearer ", (401, 10002)),
        ("Bearer rk_test_wrong", (401, 10003)),
        ("Bearer rk_revoked", (401, 10004)),
        ("Bearer rk_limited", (403, Assumed().forbidden_code)),
    ],
)
def test_keys_are_checked(authorization, expected):
    simulator = make(revoked_keys=["rk_revoked"], forbidden_keys=["rk_limited"])
    response = Caller(simulator, authorization).submit()
    assert refusal(response) == expected
    assert not simulator.books.charges


def test_any_rk_key_is_good_where_keys_is_none():
    simulator = make(keys=None)
    assert Caller(simulator, "Bearer rk_test_mine").submit().status_code == 200
    assert refusal(Caller(simulator, "Bearer sk_other").submit()) == (401, 10003)


INVALID = (Assumed().invalid_status, Assumed().invalid_code)
MISSING = (400, contract.CODE_MISSING_PARAMETER)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"model": None}, MISSING),
        ({"prompt": None}, MISSING),
        ({"prompt": ""}, MISSING),
        ({"model": "qwen-image-3"}, INVALID),
        ({"prompt": 7}, INVALID),
        ({"prompt": "x" * 801}, INVALID),
        ({"prompt": "🦊" * 401}, INVALID),
        ({"image_size": "21:9"}, INVALID),
        ({"image_size": "5:4"}, INVALID),
        ({"image_size": ["1:1"]}, INVALID),
        ({"image_url": "http://example.com/a.png"}, INVALID),
        ({"image_url": "data:image/png;base64,AAAA"}, INVALID),
        ({"image_url": "https://[broken"}, INVALID),
        ({"output_format": "webp"}, INVALID),
        ({"seed": -1}, INVALID),
        ({"seed": 2**31}, INVALID),
        ({"seed": True}, INVALID),
        ({"seed": 1.0}, INVALID),
        ({"nsfw_checker": "no"}, INVALID),
    ],
)
def test_wrong_orders_are_refused_and_not_charged(fields, expected):
    simulator = make()
    assert refusal(Caller(simulator).submit(**fields)) == expected
    assert not simulator.books.tasks
    assert [post.status for post in simulator.books.posts] == [expected[0]]


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "🦊" * 400},
        {"image_url": "https://example.com/a.png", "image_size": "21:9"},
        {"image_url": "http://127.0.0.1:8000/media/a.png"},
        {"output_format": "jpeg", "seed": 2**31 - 1, "nsfw_checker": True},
        {"n": 4},
    ],
)
def test_right_orders_make_one_task(fields):
    simulator = make()
    assert Caller(simulator).submit(**fields).status_code == 200
    assert len(simulator.books.tasks) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"'])
def test_a_body_that_is_no_object_is_refused(content):
    simulator = make()
    assert refusal(Caller(simulator)("POST", "/images/generations", content=content)) == INVALID


def test_every_post_charges_there_is_no_idempotency():
    simulator = make()
    call = Caller(simulator)
    for _ in range(2):
        call("POST", "/images/generations", json={**BODY, "seed": 7}, headers={"Idempotency-Key": "same"})
    assert len(simulator.books.tasks) == 2
    assert simulator.books.charged == 62


def test_the_charge_falls_at_submit_and_credits_run_out(clock):
    simulator = make(clock, assumed={"starting_balance": 61, "latency_median": 10.0})
    call = Caller(simulator)
    call.submit()
    assert call("GET", "/balance").json() == {"balance": 30}
    assert refusal(call.submit()) == (402, Assumed().insufficient_code)


def test_a_task_is_processing_until_its_time_has_come(clock):
    simulator = make(clock, assumed={"latency_median": 10.0, "latency_sigma": 0.0})
    call = Caller(simulator)
    task_id = call.submit().json()["id"]
    clock.now += 9.9
    early = call.poll(task_id)
    assert (early["status"], early["output"]) == ("processing", None)
    clock.now += 0.2
    assert call.poll(task_id)["status"] == "completed"


def test_a_failed_task_is_refunded_once_before_a_poll_shows_it(clock):
    faults = FaultPlan(0, {"task-fails": Rule()})
    simulator = make(clock, faults=faults, assumed={"latency_median": 10.0, "latency_sigma": 0.0})
    call = Caller(simulator)
    task_id = call.submit().json()["id"]
    assert not simulator.books.refunds
    clock.now += 11
    assert call("GET", "/balance").json() == {"balance": 12_500}
    for _ in range(3):
        failed = call.poll(task_id)
        assert failed["status"] == "failed"
        assert failed["output"] is None
        assert failed["error"]["code"] == contract.CODE_CONTENT_POLICY
    assert [entry.credits for entry in simulator.books.refunds] == [31]


def test_unknown_and_foreign_tasks_are_not_found():
    simulator = make(keys=None)
    task_id = Caller(simulator, "Bearer rk_one").submit().json()["id"]
    assert refusal(Caller(simulator, "Bearer rk_two")("GET", f"/tasks/{task_id}")) == (
        404,
        Assumed().not_found_code,
    )
    assert refusal(Caller(simulator, "Bearer rk_one")("GET", "/tasks/task_0")) == (
        404,
        Assumed().not_found_code,
    )


def test_accounts_have_balances_of_their_own():
    simulator = make(keys=None)
    Caller(simulator, "Bearer rk_one").submit()
    assert Caller(simulator, "Bearer rk_two")("GET", "/balance").json() == {"balance": 12_500}


def test_the_rate_limit_is_a_bucket_of_one_second(clock):
    simulator = make(clock, keys=None, assumed={"rate_limit": 2.0})
    call = Caller(simulator, "Bearer rk_one")
    assert [call("GET", "/balance").status_code for _ in range(3)] == [200, 200, 429]
    limited = call("GET", "/balance")
    assert refusal(limited) == (429, contract.CODE_RATE_LIMIT)
    assert limited.headers["retry-after"] == "1"
    assert Caller(simulator, "Bearer rk_two")("GET", "/balance").status_code == 200
    clock.now += 0.5
    assert [call("GET", "/balance").status_code for _ in range(2)] == [200, 429]


def test_a_limited_submit_is_not_charged(clock):
    simulator = make(clock, assumed={"rate_limit": 1.0})
    call = Caller(simulator)
    assert [call.submit().status_code for _ in range(2)] == [200, 429]
    assert simulator.books.charged == 31


def test_result_urls_expire(clock):
    simulator = make(clock, assumed={"result_expiry": 60.0, "expired_status": 410})
    call = Caller(simulator)
    [url] = call.poll(call.submit().json()["id"])["output"]["image_urls"]
    clock.now += 59
    assert call("GET", url).status_code == 200
    clock.now += 1
    assert call("GET", url).status_code == 410


def test_there_is_no_picture_before_the_end_nor_under_another_name(clock):
    simulator = make(clock, assumed={"latency_median": 10.0})
    call = Caller(simulator)
    task_id = call.submit().json()["id"]
    assert call("GET", f"/media/tasks/{task_id}/0.png").status_code == 404
    clock.now += 1000
    assert call("GET", f"/media/tasks/{task_id}/0.png").status_code == 200
    for name in ("1.png", "0.jpg", "0.gif"):
        assert call("GET", f"/media/tasks/{task_id}/{name}").status_code == 404
    assert call("GET", "/media/tasks/task_0/0.png").status_code == 404


def test_a_completed_answer_may_be_bare():
    simulator = make(assumed={"bare_share": 1.0})
    call = Caller(simulator)
    assert set(call.poll(call.submit().json()["id"])) == {"id", "model", "status", "output"}


def test_two_tasks_have_two_pictures_and_an_edit_differs_from_its_source():
    simulator = make()
    call = Caller(simulator)
    urls = [call.poll(call.submit(seed=seed).json()["id"])["output"]["image_urls"][0] for seed in (1, 2)]
    urls.append(call.poll(call.submit(seed=1, image_url=urls[0]).json()["id"])["output"]["image_urls"][0])
    pictures = [call("GET", url).content for url in urls]
    assert len(set(pictures)) == 3
    assert call("GET", urls[0]).content == pictures[0]


def test_an_edit_starts_from_the_picture_behind_its_url(monkeypatch):
    requests: list[PaintRequest] = []
    paint_tiny = tiny.paint_tiny
    monkeypatch.setattr(tiny, "paint_tiny", lambda request: requests.append(request) or paint_tiny(request))
    simulator = make()
    call = Caller(simulator)
    [source] = call.poll(call.submit().json()["id"])["output"]["image_urls"]
    picture = call("GET", source).content
    edit = call.submit(image_url=source).json()["id"]
    unknown = call.submit(image_url="https://example.com/a.png").json()["id"]
    for task_id in (edit, unknown):
        call("GET", f"{MEDIA}/media/tasks/{task_id}/0.png")
    assert [request.source for request in requests[1:]] == [picture, None]


def test_a_seed_makes_a_run_repeat():
    def run(seed: int) -> list[str]:
        call = Caller(Simulator(assumed=Assumed(rate_limit=None), seed=seed))
        return [call.submit().json()["id"] for _ in range(3)]

    assert run(1) == run(1)
    assert len(set(run(1) + run(2))) == 6


def test_a_restarted_simulator_knows_its_tasks_and_books(tmp_path, clock):
    path = tmp_path / "state.jsonl"
    faults = FaultPlan(0, {"task-fails": Rule(prompt="bad")})
    options = {"state_path": path, "assumed": {"latency_median": 10.0, "latency_sigma": 0.0}}
    before = make(clock, faults=faults, **options)
    call = Caller(before)
    good, bad, late = (call.submit(prompt=prompt).json()["id"] for prompt in ("good", "bad", "late"))
    clock.now += 11
    assert call.poll(bad)["status"] == "failed"
    source = f"{MEDIA}/media/tasks/{good}/0.png"
    edit = call.submit(image_url=source).json()["id"]
    clock.now += 11
    urls = [source, f"{MEDIA}/media/tasks/{edit}/0.png"]
    pictures = [call("GET", url).content for url in urls]

    after = make(clock, **options)
    expected = before.books.as_dict()
    for task in expected["tasks"]:
        task["polls"] = 0
    assert after.books.as_dict() == expected
    call = Caller(after)
    assert [call.poll(task_id)["status"] for task_id in (good, bad, late)] == [
        "completed",
        "failed",
        "completed",
    ]
    # The edit first: its source has to be painted anew, too.
    assert [call("GET", url).content for url in reversed(urls)] == pictures[::-1]
    assert call("GET", "/balance").json() == {"balance": 12_500 - 93}
    assert call.submit().json()["id"] not in (good, bad, late, edit)


def test_a_torn_last_line_is_dropped(tmp_path):
    path = tmp_path / "state.jsonl"
    call = Caller(make(state_path=path))
    call.submit()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"kind": "task", "id": "ta')
    after = make(state_path=path)
    assert len(after.books.tasks) == 1
    Caller(after).submit()
    assert len(make(state_path=path).books.tasks) == 2


def test_a_task_that_two_simulators_ended_is_refunded_once(tmp_path, clock):
    options = {"state_path": tmp_path / "new" / "state.jsonl", "assumed": {"latency_median": 10.0}}
    one = make(clock, faults=FaultPlan(0, {"task-fails": Rule()}), **options)
    Caller(one).submit()
    two = make(clock, **options)
    clock.now += 1000
    for simulator in (one, two, make(clock, **options)):
        assert Caller(simulator)("GET", "/balance").json() == {"balance": 12_500}
        assert len(simulator.books.refunds) == 1


def test_no_key_is_written_or_shown(tmp_path):
    path = tmp_path / "state.jsonl"
    simulator = make(keys=["rk_test_secret"], state_path=path)
    Caller(simulator, "Bearer rk_test_secret").submit()
    assert "secret" not in path.read_text() + json.dumps(simulator.books.as_dict())


def test_the_books_are_shown_to_loopback_callers_only():
    simulator = make()
    Caller(simulator).submit()
    books = Caller(simulator, authorization=None)("GET", "/_simulator/books").json()
    assert books == simulator.books.as_dict()
    assert books["charged"] == 31
    for method, path in (("GET", "/_simulator/books"), ("POST", "/_simulator/faults")):
        assert Caller(simulator, client="192.0.2.7")(method, path).status_code == 404


def test_on_a_port_urls_follow_the_host_of_the_request():
    simulator = Simulator(assumed=Assumed(latency_median=0, rate_limit=None), picture_pixels="tiny")
    with (
        running(simulator) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TEST_KEY}"}) as client,
    ):
        task_id = client.post("/images/generations", json={**BODY, "output_format": "jpeg"}).json()["id"]
        [picture] = client.get(f"/tasks/{task_id}").json()["output"]["image_urls"]
        assert picture == f"{url}/media/tasks/{task_id}/0.jpg"
        assert client.get(picture).content.startswith(b"\xff\xd8")


def test_only_loopback_is_served():
    with pytest.raises(ValueError, match=r"0\.0\.0\.0 is not a loopback address"):
        serve(make(), host="0.0.0.0")


def test_a_missing_uvicorn_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(RuntimeError, match=r'pip install "qwen-notebook\[simulate\]"'):
        serve(make())


@pytest.mark.parametrize("fault", ["submit-50-after=always", "poll-503=often"])
def test_the_command_line_names_a_wrong_fault(fault, capsys):
    with pytest.raises(SystemExit):
        main(["--fault", fault])
    assert fault.split("=")[1 if "often" in fault else 0] in capsys.readouterr().err


def test_importing_the_simulator_loads_neither_pillow_nor_starlette():
    code = "import sys, qwen_notebook.simulator; print({'PIL', 'starlette', 'uvicorn'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert out.stdout.strip() == "set()"
