"""A replay's figures under the report's names, and what its fill model cannot show.

Knows no Numba: a web process reads stored figures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backtesting.engine.kernel import layout

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
