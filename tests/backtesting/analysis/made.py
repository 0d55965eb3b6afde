"""Tables made by hand, of executed trades on one cycle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel import layout
from tests.backtesting.analysis.busy import busy_report

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.tables import ReplayTables


def tables_with_pnl(pnl: NDArray[np.float64]) -> ReplayTables:
    """Return tables of trades that were executed with this P&L, one a second, without orders."""
    tables = busy_report().tables
    trades = np.zeros(len(pnl), layout.TRADE)
    trades["pnl"] = pnl
    trades["status"] = layout.EXECUTED
    trades["completed"] = np.arange(len(pnl)) * 1_000_000
    trades["mark"] = trades["capital"] = 1.0
    return replace(tables, trades=trades, orders=tables.orders[:0], takes=tables.takes[:0])
