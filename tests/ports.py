"""Ports for servers that tests start, of which no two are handed out at the same time."""

from __future__ import annotations

import itertools
import os
import socket
from typing import Final

# Below those that Linux gives out by itself, so that nobody comes upon one of ours by chance.
_FIRST: Final = 20_000
_EACH: Final = 1_000
_turns: Final = itertools.count(os.getpid())


def free_port() -> int:
    """Return a port on which nobody listens, out of a range of this test process's own."""
    worker = int(os.getenv("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST + _EACH * (worker % 10)
    for _ in range(_EACH):
        port = first + next(_turns) % _EACH
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise OSError(f"no port is free from {first} on")
