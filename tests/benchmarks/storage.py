"""How fast recordings come in, and out again as columns; what a whole replay takes from there."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from tests.benchmarks.engine import BALANCES, CONFIG
from tests.benchmarks.tapes import FEE_RATE
from tests.benchmarks.workbench import BenchmarkError

if TYPE_CHECKING:
    from tests.benchmarks.workbench import Workbench

_DATABASE_RUNS: Final = 3
_CACHE_RUNS: Final = 7
_PROCESS_RUNS: Final = 7
_REPLAY: Final = (
    "replay",
    "--json",
    "--balances",
    ",".join(f"{asset}={amount:.0f}" for asset, amount in BALANCES.items()),
    *("--set", f"fill_model={CONFIG.fill_model}"),
    *("--set", f"start_assets={json.dumps(CONFIG.starts)}"),
    *("--set", f"min_profit_threshold={CONFIG.min_profit_threshold}"),
    *("--set", f"fee_rate={FEE_RATE}"),
)


def import_per_s(bench: Workbench) -> float:
    """Events over the whole time of `manage.py import_snapshots`, JSONL of 10 levels a side.

    From the start of the process to its end, into an empty database; the better of two.
    """
    return bench.events / bench.stored.import_s


def db_load_per_s(bench: Workbench) -> float:
    """Events over the best of three times of `load_replay_events_from_db` with the cache off.

    In a process of its own, start-up not counted: rows in the database to columns in memory.
    """
    # Another data folder, so that nothing is cached there either.
    empty = {"BACKTEST_DATA_DIR": str(bench.folder / "empty"), "REPLAY_CACHE_MAX_BYTES": "0"}
    taken: list[float] = bench.stored.probe(f"load_seconds({bench.times(_DATABASE_RUNS)})", empty)
    return bench.events / min(taken)


def cache_load_per_s(bench: Workbench) -> float:
    """Events over the best of seven times of `load_replay_events_from_db` with a warm cache.

    In a process of its own, start-up not counted. Every byte is verified in that time.
    """
    taken: list[float] = bench.stored.probe(f"load_seconds({bench.times(_CACHE_RUNS) + 1})")
    return bench.events / min(taken[1:])  # the first may have filled the cache


def run_from_cache_s(bench: Workbench) -> float:
    """Seconds of the whole process `manage.py replay --json`, cache warm; the best of seven."""
    stored = bench.stored
    taken = []
    for _ in range(bench.times(_PROCESS_RUNS) + 1):  # the first fills the cache
        began = time.perf_counter()
        printed = stored.command(*_REPLAY)
        taken.append(time.perf_counter() - began)
        replayed = json.loads(printed)["processed_events"]
        if replayed != bench.events:
            raise BenchmarkError(f"replay saw {replayed} events of {bench.events}")
    return min(taken[1:])


def resident_bytes_per_event(bench: Workbench) -> float:
    """Growth of a process's resident memory by holding the tape from the cache and replaying it.

    From /proc/self/status: VmRSS before the load, and the highest (VmHWM) from the end of the load
    to the end of the run. Code is loaded and compiled before. What the run read of the mapped
    depth is part of it; the passing maximum of the load, which verifies every byte, is not.
    """
    bench.stored.probe("load_seconds(1)")  # fills the cache
    grown: float = bench.stored.probe("resident_growth()")
    return grown / bench.events
