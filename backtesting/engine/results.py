"""From the kernel's tables to the report (the standard, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.engine.fees import source_of
from backtesting.engine.kernel import layout
from backtesting.engine.report import BacktestReport
from backtesting.engine.rows import EpisodeRows, TradeRows
from backtesting.engine.tables import ReplayTables
from marketdata.moments import from_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.engine.plan import Plan

MODELED_LIMITS = (
    "slippage_bps changes how much is filled, not at what price",
    "latency moves only the clock: every leg meets the books at detection",
    "fills deplete nothing: trades in a row, or cycles with a common book, sell a level again",
    "nearly no trade can lose, so win rate and fill rate say little",
)
REPLAYED_LIMITS = (
    "other traders do not react to these orders: the recorded books are not changed by them",
    "time between the feed and this account is not modeled beyond the latency of each order",
)


def build_report(plan: Plan, run: layout.Run, **source: Any) -> BacktestReport:
    """Return the report of a settled run; `source` is what is known of the events."""
    totals = run.totals[0]
    cycles = [cycle.assets for cycle in plan.cycles]
    tables = ReplayTables.of_run(run, plan.columns.symbols, cycles)
    trades, orders = tables.trades, tables.orders
    times = plan.columns.time_us
    traded = {leg.symbol for cycle in plan.cycles for leg in cycle.legs}
    p50, p95, p99 = _latencies(trades, orders)
    return BacktestReport(
        started_at=from_us(int(times[0])) if len(times) else None,
        finished_at=from_us(int(times[-1])) if len(times) else None,
        processed_events=len(times),
        looks=int(totals["looks"]),
        gross_positive=int(totals["gross_positive"]),
        net_positive=int(totals["net_positive"]),
        opportunities_seen=int(totals["opportunities"]),
        episodes=len(tables.episodes),
        trades_attempted=len(trades),
        trades_executed=_count(trades, layout.EXECUTED),
        trades_failed=_count(trades, layout.FAILED),
        trades_missed=_count(trades, layout.MISSED),
        trades_unsold=int(trades["is_unsold"].sum()),
        win_rate=_win_rate(trades),
        fill_rate=_fill_rate(orders),
        realized_pnl_usd=float(trades["pnl"].sum()),
        max_drawdown_usd=_max_drawdown(trades),
        fees_paid_usd=float(trades["fees"].sum()),
        residual_value_usd=float(trades["residual"].sum()),
        unsold_value_usd=float(trades["unsold"].sum()),
        miss_reasons={
            reason: int(count)
            for reason, count in zip(layout.MISS_REASONS, totals["misses"], strict=True)
            if count
        },
        execution_latency_p50_ms=p50,
        execution_latency_p95_ms=p95,
        execution_latency_p99_ms=p99,
        ending_balances=_ending_balances(plan, run),
        fill_model=plan.config.fill_model,
        fee_source=source_of(plan.fees[symbol] for symbol in traded),
        fee_rates=plan.fees,
        config=plan.config,
        symbols=plan.columns.symbols,
        cycles=len(plan.cycles),
        model_limits=MODELED_LIMITS if plan.config.fill_model == "modeled" else REPLAYED_LIMITS,
        inferred_pairings=tuple(
            symbol for symbol in plan.columns.symbols if plan.rules[symbol].inferred
        ),
        trades=TradeRows(tables),
        episode_rows=EpisodeRows(tables),
        tables=tables,
        silent_symbols=tuple(
            symbol
            for symbol, row in zip(plan.columns.symbols, run.scan.last_row, strict=False)
            if row < 0
        ),
        **source,
    )


def _count(trades: NDArray[np.void], status: int) -> int:
    return int(np.count_nonzero(trades["status"] == status))


def _win_rate(trades: NDArray[np.void]) -> float | None:
    ended = trades[trades["status"] != layout.MISSED]
    if not len(ended):
        return None
    return float(np.mean((ended["pnl"] > 0) & (ended["is_unsold"] == 0)))


def _fill_rate(orders: NDArray[np.void]) -> float | None:
    ratios = orders["ratio"][orders["leg"] < layout.CLOSE_OUT]
    return float(ratios.mean()) if len(ratios) else None


def _max_drawdown(trades: NDArray[np.void]) -> float:
    """Return the deepest fall of equity below its peak so far, the peak starting at 0."""
    if not len(trades):
        return 0.0
    # A stable sort keeps trades that complete together in order of their number.
    equity = np.cumsum(trades["pnl"][np.argsort(trades["completed"], kind="stable")])
    peak = np.maximum(np.maximum.accumulate(equity), 0.0)
    return float(np.max(peak - equity))


def _latencies(
    trades: NDArray[np.void], orders: NDArray[np.void]
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return p50, p95 and p99 of tau_3 - t over executed trades, in milliseconds."""
    last = orders[orders["leg"] == 3]  # noqa: PLR2004 - three legs
    last = last[trades["status"][last["trade"]] == layout.EXECUTED]
    if not len(last):
        return None, None, None
    taken_ms = (last["t"] - trades["t"][last["trade"]]) / 1000
    p50, p95, p99 = np.percentile(taken_ms, [50, 95, 99])
    return float(p50), float(p95), float(p99)


def _ending_balances(plan: Plan, run: layout.Run) -> dict[str, float]:
    held = dict(plan.balances)
    held.update(zip(plan.assets, run.balances.tolist(), strict=True))
    return {asset: amount for asset, amount in sorted(held.items()) if amount}
