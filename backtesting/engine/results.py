"""From the kernel's tables to the report (the standard, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backtesting.engine.fees import source_of
from backtesting.engine.figures import figures_of, model_limits
from backtesting.engine.kernel import layout
from backtesting.engine.kernel.summary import summarize
from backtesting.engine.report import BacktestReport
from backtesting.engine.rows import EpisodeRows, TradeRows
from backtesting.engine.tables import ReplayTables
from marketdata.moments import from_us

if TYPE_CHECKING:
    from backtesting.engine.plan import Plan


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


def _ending_balances(plan: Plan, run: layout.Run) -> dict[str, float]:
    held = dict(plan.balances)
    held.update(zip(plan.assets, run.balances.tolist(), strict=True))
    return {asset: amount for asset, amount in sorted(held.items()) if amount}
