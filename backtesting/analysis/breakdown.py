"""P&L by cycle, by hour and by size: which part of a result comes from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables

_HOUR_US = 3_600_000_000


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
    """Counts (n,) between edges (n + 1,)."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


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
    """Return how P&L a trade is distributed, over trades that were executed or failed."""
    ended = tables.trades[tables.trades["status"] != layout.MISSED]
    counts, edges = np.histogram(ended["pnl"], bins=bins if len(ended) else 1)
    return Histogram(edges=edges, counts=counts)


def latency_histogram(tables: ReplayTables, bins: int = 40) -> Histogram:
    """Return how tau_3 - t of executed trades is distributed, in milliseconds."""
    last = tables.orders[tables.orders["leg"] == 3]  # noqa: PLR2004 - three legs
    last = last[tables.trades["status"][last["trade"]] == layout.EXECUTED]
    taken_ms = (last["t"] - tables.trades["t"][last["trade"]]) / 1000
    counts, edges = np.histogram(taken_ms, bins=bins if len(taken_ms) else 1)
    return Histogram(edges=edges, counts=counts)
