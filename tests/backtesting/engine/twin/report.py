"""The report of a finished replay (section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.backtesting.engine.twin.loop import Replay
    from tests.backtesting.engine.twin.market import Event
    from tests.backtesting.engine.twin.pairs import Pair
    from tests.backtesting.engine.twin.trade import Trade

COUNTS = ("looks", "gross_positive", "net_positive", "opportunities_seen")


def make_report(run: Replay, events: Sequence[Event]) -> dict[str, Any]:
    last_t = events[-1]["t"] if events else None
    episodes = run.watch.close(last_t or 0)
    return {
        "started_at": events[0]["t"] if events else None,
        "finished_at": last_t,
        "processed_events": len(events),
        **{name: run.watch.counts[name] for name in COUNTS},
        "episodes": len(episodes),
        "miss_reasons": dict(run.miss_reasons),
        **_outcome(run.account.completed),
        **_latencies(run.account.completed),
        "fill_rate": _mean(run.desk.ratios),
        "fees_paid_usd": run.account.fees_paid,
        "residual_value_usd": run.account.residual_value,
        "unsold_value_usd": run.account.unsold_value,
        "ending_balances": run.account.free,
        "fee_source": _fee_source(run.pairs),
        "fee_rates": {
            pair.symbol: {"rate": pair.fee, "source": pair.fee_source} for pair in run.pairs
        },
        "fill_model": run.settings.fill_model,
        "rejected_events": 0,
        "episode_rows": episodes,
        "trades": [trade.row() for trade in sorted(run.account.completed, key=lambda t: t.n)],
    }


def _outcome(trades: list[Trade]) -> dict[str, Any]:
    statuses = [trade.status for trade in trades]
    closed = [trade for trade in trades if trade.status in {"executed", "failed"}]
    equity = peak = drawdown = 0.0
    for trade in sorted(trades, key=lambda trade: (trade.completed, trade.n)):
        equity += trade.pnl
        peak = max(peak, equity)
        drawdown = max(drawdown, peak - equity)
    return {
        "trades_attempted": len(trades),
        "trades_executed": statuses.count("executed"),
        "trades_failed": statuses.count("failed"),
        "trades_missed": statuses.count("missed"),
        "trades_unsold": sum(trade.is_unsold for trade in trades),
        "win_rate": _mean([float(trade.pnl > 0 and not trade.is_unsold) for trade in closed]),
        "realized_pnl_usd": equity,
        "max_drawdown_usd": drawdown,
    }


def _latencies(trades: list[Trade]) -> dict[str, float | None]:
    latencies = sorted(
        (trade.tau_last - trade.t) / 1000.0 for trade in trades if trade.status == "executed"
    )
    return {
        f"execution_latency_p{percent}_ms": _percentile(latencies, percent)
        for percent in (50, 95, 99)
    }


def _percentile(ordered: list[float], percent: int) -> float | None:
    """Return the percentile by linear interpolation, None where there is nothing to rank."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * percent / 100.0
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _fee_source(pairs: Sequence[Pair]) -> str:
    sources = {pair.fee_source for pair in pairs}
    return sources.pop() if len(sources) == 1 else "mixed"
