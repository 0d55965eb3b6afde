"""How fast a grid is swept, beside one replay and beside replaying every set by itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from backtesting.engine.engine import BacktestReplayEngine
from backtesting.engine.events import EventStore
from backtesting.search.grid import SweepAxes, build_parameter_grid
from backtesting.search.groups import SweepInputs
from backtesting.search.options import SearchOptions
from backtesting.search.overfitting import probability_of_overfitting
from backtesting.search.robustness import TrialHistory
from backtesting.search.search import SweepPlan
from tests.benchmarks.engine import BALANCES, CONFIG, compile_engine, make_engine
from tests.benchmarks.tapes import THETA, benchmark_pairings, benchmark_tape
from tests.benchmarks.timing import best_seconds, seconds

if TYPE_CHECKING:
    from backtesting.sweep import SweepArtifacts
    from marketdata.columns import BookColumns
    from tests.benchmarks.workbench import Workbench

# 10 x 10 x 10: thresholds from the tape's own upward, capitals, ages of books.
AXES: Final = replace(
    SweepAxes.of(CONFIG),
    min_profit_threshold=tuple(THETA + step * 1e-4 for step in range(10)),
    trade_capital=tuple(50.0 * step for step in range(1, 11)),
    staleness_threshold_ms=(None, *(50.0 * 2**step for step in range(9))),
)
_LONG: Final = 5
_SAMPLE: Final = 20
_PBO_SETS, _BUCKETS = 500, 240


def sets_per_s(bench: Workbench) -> float:
    """Parameter sets over `sweep_seconds`, each replayed on a train and on a test window."""
    return AXES.count / _sweep_s(bench.events, once=bench.once)


def sweep_seconds(bench: Workbench) -> float:
    """The best time from a grid of 1,000 sets to every verdict, on the quiet tape, one thread.

    Events are loaded before; grid, groups, scans, replays, both windows, PBO and ranks are in it.
    """
    return _sweep_s(bench.events, once=bench.once)


def sweep_over_single(bench: Workbench) -> float:
    """How many times as long as one replay of the same events `sweep_seconds` is."""
    return _sweep_s(bench.events, once=bench.once) / _single_s(bench.events, once=bench.once)


def sweep_over_rerun(bench: Workbench) -> float:
    """The time of replaying each set by itself, on both windows, over `sweep_seconds`.

    Of the 1,000 sets every fiftieth is replayed, and the time taken times 50.
    """
    columns = benchmark_tape("quiet", bench.events)
    grid = build_parameter_grid(AXES, CONFIG)
    split = next(iter(plan_over(columns).windows)).stop
    step = len(grid) // _SAMPLE
    taken = sum(
        seconds(BacktestReplayEngine.run, make_engine(window, chosen.config(CONFIG)))
        for chosen in grid[::step]
        for window in (columns[:split], columns[split:])
    )
    return taken * step / _sweep_s(bench.events, once=bench.once)


def sweep_seconds_5m(bench: Workbench) -> float:
    """Measured as `sweep_seconds`, on a tape five times as long; 4 GB of memory for 5 million."""
    return _sweep_s(_LONG * bench.events, once=bench.once)


def pbo_seconds(bench: Workbench) -> float:
    """The best time for the probability of overfitting of 500 sets of noise, all different."""
    buckets = np.random.default_rng(0).standard_normal((_PBO_SETS, _BUCKETS))
    if bench.once:
        return seconds(probability_of_overfitting, buckets)
    return best_seconds(lambda: buckets, probability_of_overfitting)


def plan_over(columns: BookColumns) -> SweepPlan:
    """Return the plan of the benchmark's sweep over a tape."""
    return SweepPlan.of(
        EventStore(columns=columns, fingerprint="benchmark"),
        AXES,
        build_parameter_grid(AXES, CONFIG),
        SweepInputs(
            base=CONFIG,
            rules={pairing.symbol: pairing for pairing in benchmark_pairings()},
            balances=BALANCES,
        ),
        SearchOptions(),
    )


@cache
def _sweep_s(events: int, *, once: bool) -> float:
    compile_engine()
    _sweep(benchmark_tape("busy", 20_000))
    columns = benchmark_tape("quiet", events)
    return seconds(_sweep, columns) if once else best_seconds(lambda: columns, _sweep)


@cache
def _single_s(events: int, *, once: bool) -> float:
    columns = benchmark_tape("quiet", events)
    if once:
        return seconds(BacktestReplayEngine.run, make_engine(columns))
    return best_seconds(lambda: make_engine(columns), BacktestReplayEngine.run)


def _sweep(columns: BookColumns) -> SweepArtifacts:
    plan = plan_over(columns)
    artifacts = plan.artifacts([plan.search().run(plan.groups)], TrialHistory())
    assert len(artifacts.order) == AXES.count
    return artifacts
