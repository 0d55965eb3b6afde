"""P&L by cycle, by hour and by size: which part of a result comes from where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.analysis.trades import execution_latency_us
from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables

_HOUR_US = 3_600_000_000
# A few far-off trades must not press all others into one bar: they share one beyond these.
_TAILS = (0.005, 0.995)
_STEPS = (1.0, 2.0, 5.0, 10.0)
# Bars to either side where all values are the same.
_ROOM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleResult:
    """What one directed cycle brought; `pnl` and `fees` in quote_asset."""

    cycle: tuple[str, str, str]
    trades: int
    executed: int
    pnl: float
    fees: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HourResult:
    """What the trades completed within an hour brought; `start_us` is that hour's start."""

    start_us: int
    trades: int
    pnl: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histogram:
    """Counts (n,) between edges (n + 1,), which are round but for the first and the last.

    `has_low_tail`: the first bar holds all that lies below the round edges; `has_high_tail`
    likewise.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    has_low_tail: bool = False
    has_high_tail: bool = False


def pnl_by_cycle(tables: ReplayTables) -> tuple[CycleResult, ...]:
    """Return the cycles that were traded, the best first."""
    trades = tables.trades
    size = len(tables.cycles)
    count = np.bincount(trades["cycle"], minlength=size)
    executed = np.bincount(
        trades["cycle"], weights=trades["status"] == layout.EXECUTED, minlength=size
    )
    pnl = np.bincount(trades["cycle"], weights=trades["pnl"], minlength=size)
    fees = np.bincount(trades["cycle"], weights=trades["fees"], minlength=size)
    order = np.argsort(-pnl, kind="stable")
    return tuple(
        CycleResult(
            cycle=tables.cycles[at],
            trades=int(count[at]),
            executed=int(executed[at]),
            pnl=float(pnl[at]),
            fees=float(fees[at]),
        )
        for at in order
        if count[at]
    )


def pnl_by_hour(tables: ReplayTables) -> tuple[HourResult, ...]:
    """Return every UTC hour from the first completed trade to the last, empty ones too."""
    if not len(tables.trades):
        return ()
    hours = tables.trades["completed"] // _HOUR_US
    first = int(hours.min())
    count = np.bincount(hours - first)
    pnl = np.bincount(hours - first, weights=tables.trades["pnl"])
    return tuple(
        HourResult(start_us=(first + at) * _HOUR_US, trades=int(count[at]), pnl=float(pnl[at]))
        for at in range(len(count))
    )


def pnl_histogram(tables: ReplayTables, bins: int = 40) -> Histogram:
    """Return how P&L a trade is distributed, over trades that were executed or failed.

    Zero is an edge wherever it lies within, so that no bar holds gains and losses alike.
    """
    ended = tables.trades[tables.trades["status"] != layout.MISSED]
    return _histogram(ended["pnl"], bins)


def latency_histogram(tables: ReplayTables, bins: int = 40) -> Histogram:
    """Return how tau_3 - t of executed trades is distributed, in milliseconds."""
    executed = tables.trades["status"] == layout.EXECUTED
    return _histogram(execution_latency_us(tables)[executed] / 1000, bins)


def _histogram(values: NDArray[np.float64], bins: int) -> Histogram:
    if not len(values):
        return Histogram(edges=np.array([0.0, 1.0]), counts=np.zeros(1, np.int64))
    low, high = np.quantile(values, _TAILS)
    least, most = float(values.min()), float(values.max())
    step = _round_step((high - low) / bins or abs(high) / 50 or 1.0)
    room = 0 if high > low else _ROOM
    first, last = math.floor(low / step) - room, math.floor(high / step) + 1 + room
    # Whole numbers times the step: zero stays zero, whatever the step's last bits are.
    edges = np.arange(first, last + 1) * step
    has_low_tail, has_high_tail = bool(least < edges[0]), bool(most > edges[-1])
    edges = np.concatenate(([least] * has_low_tail, edges, [most] * has_high_tail))
    counts, _ = np.histogram(values, edges)
    return Histogram(
        edges=edges,
        counts=counts.astype(np.int64),
        has_low_tail=has_low_tail,
        has_high_tail=has_high_tail,
    )


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2 or 5 times a power of ten that is at least this."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((times * power for times in _STEPS if times * power >= least), 10.0 * power)
