"""From the kernel's tables to the report (the standard, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.engine.fees import source_of
from backtesting.engine.kernel import layout
from backtesting.engine.kernel.summary import summarize
from backtesting.engine.report import BacktestReport
from backtesting.engine.rows import EpisodeRows, TradeRows
from backtesting.engine.tables import ReplayTables
from marketdata.moments import from_us

if TYPE_CHECKING:
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
    summaries = np.zeros(1, layout.SUMMARY)
    summarize(run, summaries, 0)
    cycles = [cycle.assets for cycle in plan.cycles]
    tables = ReplayTables.of_run(run, plan.columns.symbols, cycles)
    times = plan.columns.time_us
    traded = {leg.symbol for cycle in plan.cycles for leg in cycle.legs}
    return BacktestReport(
        started_at=from_us(int(times[0])) if len(times) else None,
        finished_at=from_us(int(times[-1])) if len(times) else None,
        processed_events=len(times),
        **figures_of(summaries[0]),
        ending_balances=_ending_balances(plan, run),
        fill_model=plan.config.fill_model,
        fee_source=source_of(plan.fees[symbol] for symbol in traded),
        fee_rates=plan.fees,
        config=plan.config,
        symbols=plan.columns.symbols,
        cycles=len(plan.cycles),
        model_limits=model_limits(plan.config.fill_model),
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


def model_limits(fill_model: str) -> tuple[str, ...]:
    """Return what a fill model cannot show, a sentence each."""
    return MODELED_LIMITS if fill_model == "modeled" else REPLAYED_LIMITS


def figures_of(summary: np.void) -> dict[str, Any]:
    """Return a row of SUMMARY under the report's names; None where nothing was measured."""
    return {
        "looks": int(summary["looks"]),
        "gross_positive": int(summary["gross_positive"]),
        "net_positive": int(summary["net_positive"]),
        "opportunities_seen": int(summary["opportunities"]),
        "episodes": int(summary["episodes"]),
        "trades_attempted": int(summary["trades"]),
        "trades_executed": int(summary["executed"]),
        "trades_failed": int(summary["failed"]),
        "trades_missed": int(summary["missed"]),
        "trades_unsold": int(summary["unsold"]),
        "win_rate": _measured(summary["win_rate"]),
        "fill_rate": _measured(summary["fill_rate"]),
        "realized_pnl_usd": float(summary["pnl"]),
        "max_drawdown_usd": float(summary["drawdown"]),
        "fees_paid_usd": float(summary["fees"]),
        "residual_value_usd": float(summary["residual"]),
        "unsold_value_usd": float(summary["unsold_value"]),
        "miss_reasons": {
            reason: int(count)
            for reason, count in zip(layout.MISS_REASONS, summary["misses"], strict=True)
            if count
        },
        "execution_latency_p50_ms": _measured(summary["p50_ms"]),
        "execution_latency_p95_ms": _measured(summary["p95_ms"]),
        "execution_latency_p99_ms": _measured(summary["p99_ms"]),
    }


def _measured(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _ending_balances(plan: Plan, run: layout.Run) -> dict[str, float]:
    held = dict(plan.balances)
    held.update(zip(plan.assets, run.balances.tolist(), strict=True))
    return {asset: amount for asset, amount in sorted(held.items()) if amount}
