"""How much room the kernel's tables need for one more tick, and making it.

The kernel never allocates: it stops before a table could overflow, and goes on with a longer one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from marketdata.books import MAX_LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.kernel import layout
    from backtesting.engine.plan import Plan

# With more trades in flight the true depth of the books is worth counting.
_MOST_BOUNDED = 4


def grow(run: layout.Run, levels_a_trade: int) -> layout.Run:
    """Return a run with twice the room in every table that one more tick could overflow."""
    totals = run.totals[0]
    started = max(1, min(len(run.cycles), int(run.config[0]["concurrency"])))
    busy = int(totals["in_flight"]) + started
    trades = _longer(run.trades, int(totals["trades"]) + started)
    return run._replace(
        trades=trades,
        calendar=_longer(run.calendar, len(trades)),
        sorting=_longer(run.sorting, len(trades)),
        latencies=_longer(run.latencies, len(trades)),
        offers=_longer(run.offers, len(trades)),
        orders=_longer(run.orders, int(totals["orders"]) + 7 * busy),
        episodes=_longer(run.episodes, int(totals["episodes"]) + len(run.cycles)),
        takes=_longer(run.takes, int(totals["takes"]) + levels_a_trade * busy),
        taken=_longer(run.taken, int(totals["taken_used"]) + levels_a_trade * busy),
    )


def levels_a_trade(plan: Plan) -> int:
    """Return how many levels the orders of one trade can take from within a tick, at the most."""
    deepest = MAX_LEVELS
    columns = plan.columns
    if plan.config.max_concurrent_trades > _MOST_BOUNDED and len(columns):
        asks = np.diff(columns.depth_start) - columns.bid_count
        deepest = int(max(columns.bid_count.max(), asks.max()))
    return 3 * min(plan.config.max_depth_levels, deepest) + 4 * deepest


def _longer(table: NDArray[Any], least: int) -> NDArray[Any]:
    if least <= len(table):
        return table
    longer = np.zeros(max(least, 2 * len(table)), table.dtype)
    longer[: len(table)] = table
    return longer
