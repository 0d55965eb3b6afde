"""The figures of a settled replay (the standard, section 9), for a report and for a sweep alike.

One function adds them up for both, so that a row of a sweep and a single replay cannot differ.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.layout import CLOSE_OUT, EXECUTED, FAILED, MISS_REASONS, MISSED
from backtesting.engine.kernel.reference import by_reference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backtesting.engine.kernel.layout import Run

_REASONS = len(MISS_REASONS)


@compiled
def summarize(run: Run, summaries: NDArray[np.void], at: int) -> None:
    """Write the figures of a settled run into row `at` of `summaries` (SUMMARY)."""
    here = by_reference(run)
    write_summary(here, summaries, at)


@compiled
def write_summary(run: Run, summaries: NDArray[np.void], at: int) -> None:
    """Write the figures of a settled run into row `at`; see `summarize`."""
    row: Any = summaries[at]
    totals = run.totals[0]
    row.looks = totals.looks
    row.gross_positive = totals.gross_positive
    row.net_positive = totals.net_positive
    row.opportunities = totals.opportunities
    row.episodes = totals.episodes
    for reason in range(_REASONS):
        row.misses[reason] = totals.misses[reason]
    row.trades = totals.trades
    add_trades(run, row)
    row.fill_rate = fill_rate(run)
    row.drawdown = max_drawdown(run)
    count = executed_latencies(run)
    row.p50_ms = percentile(run.latencies, count, 0.50)
    row.p95_ms = percentile(run.latencies, count, 0.95)
    row.p99_ms = percentile(run.latencies, count, 0.99)


@compiled
def add_trades(run: Run, row: Any) -> None:
    """Count trades by how they ended, and add up their money in order of n."""
    executed, failed, missed, unsold, wins = 0, 0, 0, 0, 0
    pnl, fees, residual, unsold_value = 0.0, 0.0, 0.0, 0.0
    for at in range(run.totals[0].trades):
        trade = run.trades[at]
        executed += trade.status == EXECUTED
        failed += trade.status == FAILED
        missed += trade.status == MISSED
        unsold += trade.is_unsold
        wins += trade.status != MISSED and trade.pnl > 0.0 and trade.is_unsold == 0
        pnl += trade.pnl
        fees += trade.fees
        residual += trade.residual
        unsold_value += trade.unsold
    row.executed = executed
    row.failed = failed
    row.missed = missed
    row.unsold = unsold
    row.win_rate = wins / (executed + failed) if executed + failed > 0 else math.nan
    row.pnl = pnl
    row.fees = fees
    row.residual = residual
    row.unsold_value = unsold_value


@compiled
def fill_rate(run: Run) -> float:
    """Return the mean fill ratio of all legs sent; NaN without any."""
    legs, ratios = 0, 0.0
    for at in range(run.totals[0].orders):
        if run.orders[at].leg < CLOSE_OUT:
            legs += 1
            ratios += run.orders[at].ratio
    return ratios / legs if legs > 0 else math.nan


@compiled
def max_drawdown(run: Run) -> float:
    """Return the deepest fall of equity below its peak so far, the peak starting at 0."""
    put_in_order_of_completion(run)
    equity, peak, deepest = 0.0, 0.0, 0.0
    for at in range(run.totals[0].trades):
        equity += run.trades[run.sorting[at]].pnl
        peak = max(peak, equity)
        deepest = max(deepest, peak - equity)
    return deepest


@compiled
def executed_latencies(run: Run) -> int:
    """Put tau_3 - t of executed trades into `run.latencies`, rising, in ms; return how many."""
    count = 0
    for at in range(run.totals[0].orders):
        order = run.orders[at]
        if order.leg == 3 and run.trades[order.trade].status == EXECUTED:
            run.latencies[count] = (order.t - run.trades[order.trade].t) / 1000
            count += 1
    sort_floats(run.latencies, count)
    return count


@compiled
def percentile(values: NDArray[np.float64], count: int, share: float) -> float:
    """Return a percentile of the first `count` values, which rise; linear interpolation."""
    if count == 0:
        return math.nan
    place = share * (count - 1)
    low = int(math.floor(place))
    below, above, part = values[low], values[min(low + 1, count - 1)], place - low
    # From the nearer end, as NumPy does, so that equal values give just that value.
    if part < 0.5:
        return below + (above - below) * part
    return above - (above - below) * (1.0 - part)


@compiled
def put_in_order_of_completion(run: Run) -> None:
    """Write the trades into `run.sorting` in order of (completion, n): a heap sort."""
    count = run.totals[0].trades
    sorting = run.sorting
    in_order = True
    for at in range(count):
        sorting[at] = at
        in_order = in_order and (at == 0 or not completes_before(run, at, at - 1))
    if in_order:  # as always where trades follow one another
        return
    for root in range(count // 2 - 1, -1, -1):
        sift(run, root, count)
    for size in range(count - 1, 0, -1):
        sorting[0], sorting[size] = sorting[size], sorting[0]
        sift(run, 0, size)


@compiled
def sift(run: Run, root: int, size: int) -> None:
    """Let the trade at `root` of the heap sink to its place among the first `size`."""
    sorting = run.sorting
    moved = sorting[root]
    while 2 * root + 1 < size:
        child = 2 * root + 1
        if child + 1 < size and completes_before(run, sorting[child], sorting[child + 1]):
            child += 1
        if not completes_before(run, moved, sorting[child]):
            break
        sorting[root] = sorting[child]
        root = child
    sorting[root] = moved


@compiled
def completes_before(run: Run, one: int, other: int) -> bool:
    """Return whether trade `one` completes before trade `other`."""
    if run.trades[one].completed != run.trades[other].completed:
        return run.trades[one].completed < run.trades[other].completed
    return one < other


@compiled
def sort_floats(values: NDArray[np.float64], count: int) -> None:
    """Sort the first `count` values in place."""
    in_order = True
    for at in range(1, count):
        in_order = in_order and values[at - 1] <= values[at]
    if in_order:  # as always without jitter
        return
    for gap_at in range(30, -1, -1):
        gap = (1 << gap_at) - 1 if gap_at > 0 else 0
        if gap == 0 or gap >= count:
            continue
        for at in range(gap, count):
            value = values[at]
            to = at
            while to >= gap and values[to - gap] > value:
                values[to] = values[to - gap]
                to -= gap
            values[to] = value
