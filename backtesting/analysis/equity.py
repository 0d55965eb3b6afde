"""The equity curve of a replay, and how deep it fell (the standard, section 8)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EquityCurve:
    """After each completed trade: `time_us` int64, `equity` and `drawdown` float64, all (n,)."""

    time_us: NDArray[np.int64]
    equity: NDArray[np.float64]
    drawdown: NDArray[np.float64]


def equity_curve(tables: ReplayTables) -> EquityCurve:
    """Return equity after each trade, by (completion, n); drawdown from its peak so far."""
    order = np.argsort(tables.trades["completed"], kind="stable")
    equity = np.cumsum(tables.trades["pnl"][order])
    peak = np.maximum.accumulate(np.maximum(equity, 0.0)) if len(equity) else equity
    return EquityCurve(
        time_us=tables.trades["completed"][order], equity=equity, drawdown=peak - equity
    )


def thin_out(curve: EquityCurve, most: int) -> EquityCurve:
    """Return at most about `most` points that keep every stretch's lowest and highest equity."""
    count = len(curve.equity)
    if count <= most:
        return curve
    edges = np.linspace(0, count, max(1, most // 4) + 1).astype(np.int64)
    kept = {0, count - 1}
    for start, stop in itertools.pairwise(edges):
        part = curve.equity[start:stop]
        fall = curve.drawdown[start:stop]
        if len(part):
            ends = (start, stop - 1, start + part.argmin(), start + part.argmax())
            kept.update(map(int, (*ends, start + fall.argmax())))
    rows = np.array(sorted(kept))
    return EquityCurve(
        time_us=curve.time_us[rows], equity=curve.equity[rows], drawdown=curve.drawdown[rows]
    )
