"""The service on a port of this machine."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.credentials import KEY_VARIABLES

from .request import LOOPBACK_HOSTS
from .service import TEST_KEY, Simulator

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp


def serve(simulator: Simulator | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve on a port until interrupted, and print how to point a client at it.

    Parameters
    ----------
    simulator
        The service; None for one that accepts every key beginning with ``rk_``.
    host
        A loopback address: nobody else is to spend the credits of a simulator, or read its books.
    port
        The port; 0 for a free one.

    Raises
    ------
    ValueError
        If the host is not a loopback address, or the port is none.
    RuntimeError
        If uvicorn is not installed, or the port is taken.
    """
    server = _server(_app_of(simulator or Simulator(keys=None)))
    with _listening(host, port) as listener:
        url = _url(listener)
        print(f"The simulator answers at {url}, and nothing here costs anything. To use it:", flush=True)
        base_url = f"{contract.BASE_URL_VARIABLE}={url}{contract.API_PATH}"
        print(f"  export {base_url} {KEY_VARIABLES[0]}={TEST_KEY}", flush=True)
        server.run(sockets=[listener])


@contextmanager
def running(simulator: Simulator, port: int = 0) -> Generator[str]:
    """Serve from a thread of this process, for tests.

    Parameters
    ----------
    simulator
        The service.
    port
        The port; 0 for a free one.

    Yields
    ------
    str
        Where it answers, without a path.

    Raises
    ------
    RuntimeError
        If uvicorn is not installed.
    """
    with running_app(_app_of(simulator), port) as url:
        yield url


@contextmanager
def running_app(app: "ASGIApp", port: int = 0) -> Generator[str]:
    """Serve an application from a thread of this process, as `running` does: a service with something before it.

    Parameters
    ----------
    app
        What answers.
    port
        The port; 0 for a free one.
    """
    server = _server(app)
    with _listening("127.0.0.1", port) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            server.force_exit = True
            thread.join()


def _app_of(simulator: Simulator) -> "ASGIApp":
    from .app import create_app

    return create_app(simulator)


def _server(app: "ASGIApp") -> "uvicorn.Server":
    try:
        import uvicorn
    except ModuleNotFoundError:
        raise RuntimeError('a port needs uvicorn: pip install "qwen-notebook[simulate]"') from None
    from .loopback_guard import guarded

    return uvicorn.Server(uvicorn.Config(guarded(app), log_level="warning", lifespan="off"))


def _listening(host: str, port: int) -> socket.socket:
    """Open the port at once, so that a client that comes too early waits instead of being refused."""
    if host not in LOOPBACK_HOSTS:
        raise ValueError(f"{host} is not a loopback address: the simulator serves this machine only")
    if not 0 <= port <= 65535:
        raise ValueError(f"{port} is not a port: give a number from 0 to 65535, 0 for a free one")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise RuntimeError(f"port {port} cannot be opened ({error.strerror}): give another, or 0") from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
