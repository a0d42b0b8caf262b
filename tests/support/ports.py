"""A port for a server that is stopped and started again."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FIRST = 10_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_EPHEMERAL = (32_768, 65_535)
"""Linux begins here, macOS and Windows later."""


@contextmanager
def port_to_keep() -> Iterator[int]:
    """A free port of this machine that stays free for us until the block ends, also while nobody listens there.

    It lies outside the range from which the system takes ports for connections. And no other test takes it: each
    holds the UDP port of the same number as a sign, which is one holder's only, and is let go of with its process.
    """
    outside = _ports_outside(*_ephemeral_range())
    while True:
        port = random.choice(outside)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sign:
            try:
                sign.bind(("127.0.0.1", port))
                with socket.create_server(("127.0.0.1", port)):
                    pass
            except OSError:
                continue
            yield port
            return


def _ephemeral_range() -> tuple[int, int]:
    try:
        first, last = map(int, _EPHEMERAL.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return _USUAL_EPHEMERAL
    return first, last


def _ports_outside(first: int, last: int) -> list[int]:
    return [*range(_FIRST, first), *range(last + 1, 65_536)]
