"""The port of a stage stays its own, also while its service is stopped."""

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

from qwen_notebook.simulator import running
from tests.support import ports
from tests.support.ports import port_to_keep
from tests.support.stage import Stage
from tests.support.studios import instant_simulator

CONNECTIONS = 500


def test_no_connection_takes_a_kept_port():
    taken = set()
    with port_to_keep() as port, running(instant_simulator(), port) as url, ExitStack() as open_ones:
        assert url == f"http://127.0.0.1:{port}"
        for _ in range(CONNECTIONS):
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", port)))
            taken.add(connection.getsockname()[1])
    assert len(taken) == CONNECTIONS
    first, last = ports._ephemeral_range()
    assert all(first <= one <= last for one in taken)
    assert not first <= port <= last


def test_what_one_keeps_no_other_takes_though_nobody_listens(monkeypatch):
    monkeypatch.setattr(ports, "_ports_outside", lambda *_: list(range(20_000, 20_200)))
    with ExitStack() as kept:
        mine = [kept.enter_context(port_to_keep()) for _ in range(100)]
        assert len(set(mine)) == 100


def test_a_port_that_a_server_listens_at_is_not_taken(monkeypatch):
    with port_to_keep() as busy, port_to_keep() as free:
        pass
    with socket.create_server(("127.0.0.1", busy)):
        monkeypatch.setattr(ports, "_ports_outside", lambda *_: [busy] * 20 + [free])
        with port_to_keep() as port:
            assert port == free


def test_a_stage_restarts_at_its_port_with_connections_open_on_both_sides(tmp_path: Path):
    async def served(url: str) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writers.append(writer)

    async def main() -> None:
        with Stage(tmp_path) as stage:
            url = stage.url
            for _ in range(3):
                await served(stage.url)
                stage.restart()
                assert stage.url == url
        for writer in writers:
            writer.close()

    writers: list[asyncio.StreamWriter] = []
    asyncio.run(main())
