"""What the single trades of a set say of its P&L: how sure its mean is, and what it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.bounds import bootstrap_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

# NaN where nothing was looked at or measured. `low` and `high`: bounds of the mean P&L a trade,
# each passed with a probability of 5 %; shares of the P&L, where that is above 0.
TRADES = np.dtype(
    [("low", "f8"), ("high", "f8"), ("best_five_share", "f8"), ("best_cycle_share", "f8")]
)
NOTHING_SEEN = np.array((np.nan, np.nan, np.nan, np.nan), TRADES)
_BEST = 5


def look_at_trades(trades: NDArray[np.void], seed: int) -> NDArray[np.void]:
    """Return what trades (TRADE, in order of completion) say, as a scalar of TRADES."""
    pnl = trades["pnl"]
    low, high = bootstrap_bounds(pnl, seed) or (np.nan, np.nan)
    total = float(pnl.sum())
    five, cycle = np.nan, np.nan
    if total > 0:
        five = float(np.sort(pnl)[-_BEST:].sum()) / total
        cycle = float(np.bincount(trades["cycle"], weights=pnl).max()) / total
    return np.array((low, high, five, cycle), TRADES)
