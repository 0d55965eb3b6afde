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


def tell(answer: object) -> None:
    """Print an answer for the process that asked."""
    json.dump(answer, sys.stdout)


def load_seconds(times: int) -> list[float]:
    """Return how long each of several loads of all stored events takes."""
    return [seconds(lambda _: load_replay_events_from_db(), None) for _ in range(times)]


def resident_growth() -> int:
    """Return by how many bytes a load from the cache and a replay of it grow this process."""
    compile_engine()
    gc.collect()
    before = resident_bytes()
    events = load_replay_events_from_db()
    report = make_engine(events.columns).run()
    gc.collect()
    grown = resident_bytes() - before
    if report.processed_events != len(events):
        raise ValueError(f"{report.processed_events} of {len(events)} events were replayed")
    return grown


def resident_bytes() -> int:
    """Return this process's resident memory; raise OSError where there is no /proc."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise OSError("/proc/self/status names no VmRSS")
    return int(found[1]) * 1024
