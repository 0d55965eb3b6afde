"""What many open dashboards cost: their answers, and the replay that runs meanwhile."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from backtesting.management.web import web_command
from tests.benchmarks.browsers import poll
from tests.benchmarks.timing import percentile
from tests.benchmarks.workbench import BenchmarkError
from tests.databases import PROJECT
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.browsers import Polled
    from tests.benchmarks.workbench import Workbench

DASHBOARDS: Final = 100
PAUSE_S: Final = 2.0
_MEASURED_S: Final = 30.0
_GLANCE_S: Final = 1.0
_START_S: Final = 120.0
# The replay begins before the browsers are counted, and goes on after them.
_LEAD_S: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What 100 dashboards got, and the replay's events a second alone and beside them."""

    polled: Polled
    rate_alone: float
    rate_beside: float


def polls_per_s(bench: Workbench) -> float:
    """Polls answered a second while 100 dashboards ask every 2 s and a replay runs; 50 is all.

    A granian server as `serve` starts it, over loopback, 100,000 jobs in the database; browsers,
    server and replay share the machine. Each browser has a session of its own and names the tag
    of its last answer. Any answer but 200 and 304 ends the measurement.
    """
    return _measure(bench).polled.per_s


def poll_p95_ms(bench: Workbench) -> float:
    """95th percentile of the time from a poll of these to the last byte of its answer."""
    return 1000 * percentile(_measure(bench).polled.seconds, 95)


def replay_slowdown(bench: Workbench) -> float:
    """Per cent by which the replay is slower beside these dashboards than without them.

    Events a second of a job that replays the quiet tape over and over, beats included; alone it
    is measured before and after, and the mean of both is taken.
    """
    load = _measure(bench)
    return max(0.0, 100 * (1 - load.rate_beside / load.rate_alone))


@cache
def _measure(bench: Workbench) -> Load:
    """Measure all three figures at once."""
    measured_s, lead_s = (_GLANCE_S, _GLANCE_S) if bench.once else (_MEASURED_S, _LEAD_S)
    keys: list[str] = bench.busy.probe(f"sessions({DASHBOARDS})")
    replay = f"replay_rate({bench.events}, {{:.1f}})"
    before: float = bench.busy.probe(replay.format(measured_s / 2))
    with _server(bench) as port:
        beside = bench.busy.start_probe(replay.format(measured_s + 2 * lead_s))
        time.sleep(lead_s)
        polled = poll(port, keys, pause_s=PAUSE_S, duration_s=measured_s)
        rate_beside = float(json.loads(_ended(beside)))
    after: float = before if bench.once else bench.busy.probe(replay.format(measured_s / 2))
    return Load(polled=polled, rate_alone=(before + after) / 2, rate_beside=rate_beside)


def _ended(probe: subprocess.Popen[bytes]) -> bytes:
    out, said = probe.communicate()
    if probe.returncode:
        raise BenchmarkError(f"the replay failed: {said.decode(errors='replace').strip()}")
    return out


@contextlib.contextmanager
def _server(bench: Workbench) -> Iterator[int]:
    """Yield the port of a server of our own."""
    port = free_port()
    server = subprocess.Popen(
        web_command("127.0.0.1", port),
        cwd=PROJECT,
        env=bench.busy.environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(_START_S)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz"):
                return
        except urllib.error.HTTPError:
            return  # unwell, for nobody works on the queue, but there
        except OSError:
            time.sleep(0.1)
    raise BenchmarkError("the web server did not answer")
