"""The TCP proxy: each trouble is seen by an httpx client as the real thing would be."""

import httpx
import pytest

from qwen_notebook.simulator import TEST_KEY, Assumed, Simulator, running
from tests.support.fault_proxy import FaultProxy, Trouble, fault_proxy

BODY = {"model": "qwen-image-2", "prompt": "a fox"}


@pytest.fixture
def simulator():
    return Simulator(assumed=Assumed(latency_median=0, rate_limit=None), picture_pixels="tiny")


@pytest.fixture
def proxy(simulator):
    with running(simulator) as url, fault_proxy(url) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: FaultProxy):
    with httpx.Client(
        base_url=proxy.url, headers={"Authorization": f"Bearer {TEST_KEY}"}, timeout=30
    ) as client:
        yield client


def test_passes_on_what_no_rule_names(client, simulator):
    assert client.post("/images/generations", json=BODY).status_code == 200
    assert client.get("/balance").json() == {"balance": 12_500 - 31}


def test_an_answer_is_lost_after_the_work(client, proxy, simulator):
    rule = proxy.add(Trouble.LOSE_ANSWER, method="POST", path="/images", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/images/generations", json=BODY)
    assert rule.struck == 1
    assert len(simulator.books.tasks) == 1
    assert simulator.books.charged == 31
    assert client.post("/images/generations", json=BODY).status_code == 200


def test_a_body_is_cut(client, proxy):
    proxy.add(Trouble.CUT_BODY, path="/balance")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get("/balance")


def test_a_body_stalls(client, proxy):
    proxy.add(Trouble.STALL_BODY, path="/balance")
    with client.stream("GET", "/balance", timeout=0.2) as response, pytest.raises(httpx.ReadTimeout):
        response.read()


def test_an_answer_is_delayed(client, proxy):
    proxy.add(Trouble.DELAY, path="/balance", times=1, seconds=20)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/balance", timeout=0.2)
    assert client.get("/balance").status_code == 200


def test_connections_are_refused_until_accepted_again(client, proxy):
    proxy.refuse()
    with pytest.raises(httpx.ConnectError):
        client.get("/balance")
    proxy.accept()
    assert client.get("/balance").status_code == 200


def test_an_idle_connection_closes_when_the_next_request_comes(client, proxy, simulator):
    proxy.add(Trouble.CLOSE_IDLE, method="POST")
    client.get("/balance")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("/images/generations", json=BODY)
    assert not simulator.books.posts


def test_a_fresh_connection_never_meets_an_idle_close(proxy, simulator):
    proxy.add(Trouble.CLOSE_IDLE, method="POST")
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(
        base_url=proxy.url, headers={"Authorization": f"Bearer {TEST_KEY}"}, limits=limits
    ) as client:
        client.get("/balance")
        assert client.post("/images/generations", json=BODY).status_code == 200
    assert len(simulator.books.posts) == 1
