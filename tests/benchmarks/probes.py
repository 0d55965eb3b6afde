"""What is measured in a process of its own, beside a database: run there by `Stored.probe`."""

from __future__ import annotations

import gc
import json
import re
import sys
from pathlib import Path

from backtesting.replay import load_replay_events_from_db
from tests.benchmarks.engine import compile_engine, make_engine
from tests.benchmarks.timing import seconds

# What Linux's /proc/self/clear_refs takes for setting VmHWM back to what is resident now.
_FORGET_HIGHEST = "5"


def tell(answer: object) -> None:
    """Print an answer for the process that asked."""
    json.dump(answer, sys.stdout)


def load_seconds(times: int) -> list[float]:
    """Return how long each of several loads of all stored events takes."""
    return [seconds(lambda _: load_replay_events_from_db(), None) for _ in range(times)]


def resident_growth() -> int:
    """Return how many bytes this process grows by what a load leaves and by replaying it."""
    compile_engine()
    gc.collect()
    before = status_bytes("VmRSS")
    events = load_replay_events_from_db()
    Path("/proc/self/clear_refs").write_text(_FORGET_HIGHEST)
    report = make_engine(events.columns).run()
    grown = status_bytes("VmHWM") - before
    if report.processed_events != len(events):
        raise ValueError(f"{report.processed_events} of {len(events)} events were replayed")
    return grown


def status_bytes(name: str) -> int:
    """Return this process's VmRSS (resident now) or VmHWM (the most so far); Linux only."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise OSError(f"/proc/self/status names no {name}")
    return int(found[1]) * 1024
