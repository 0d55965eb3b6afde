"""What the charts draw, as plain values: times in milliseconds, amounts in quote_asset."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from backtesting.analysis.breakdown import (
    Histogram,
    latency_histogram,
    pnl_by_cycle,
    pnl_by_hour,
    pnl_histogram,
)
from backtesting.analysis.equity import equity_curve, thin_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backtesting.engine.tables import ReplayTables

# thin_out keeps up to five points for every four that are asked for.
MOST_POINTS: Final = 4000
MOST_CYCLES: Final = 20
_DIGITS: Final = 10


def equity_series(report: Mapping[str, Any], tables: ReplayTables) -> dict[str, Any]:
    """Return equity and drawdown from the first event, where both are 0, to the last."""
    curve = thin_out(equity_curve(tables), MOST_POINTS)
    time_ms = (curve.time_us / 1000).tolist()
    equity, drawdown = _rounded(curve.equity.tolist()), _rounded(curve.drawdown.tolist())
    if (start := _ms(report["started_at"])) is not None:
        time_ms, equity, drawdown = [start, *time_ms], [0.0, *equity], [0.0, *drawdown]
    if (end := _ms(report["finished_at"])) is not None and end > time_ms[-1]:
        time_ms.append(end)
        equity.append(equity[-1])
        drawdown.append(drawdown[-1])
    return {
        "asset": report["config"]["quote_asset"],
        "time_ms": time_ms,
        "equity": equity,
        "drawdown": drawdown,
    }


def hour_series(report: Mapping[str, Any], tables: ReplayTables) -> dict[str, Any]:
    rows = pnl_by_hour(tables)
    return {
        "asset": report["config"]["quote_asset"],
        "time_ms": [row.start_us / 1000 for row in rows],
        "pnl": _rounded([row.pnl for row in rows]),
        "trades": [row.trades for row in rows],
    }


def cycle_series(report: Mapping[str, Any], tables: ReplayTables) -> dict[str, Any]:
    """Return the cycles that matter most, best first; the table beside has them all."""
    rows = pnl_by_cycle(tables)
    matter = sorted(rows, key=lambda row: -abs(row.pnl))[:MOST_CYCLES]
    shown = [row for row in rows if row in matter]
    return {
        "asset": report["config"]["quote_asset"],
        "cycles": [" → ".join((*row.cycle, row.cycle[0])) for row in shown],
        "pnl": _rounded([row.pnl for row in shown]),
        "trades": [row.trades for row in shown],
    }


def pnl_series(report: Mapping[str, Any], tables: ReplayTables) -> dict[str, Any]:
    return {"unit": report["config"]["quote_asset"], **_bars(pnl_histogram(tables)), "marks": []}


def latency_series(report: Mapping[str, Any], tables: ReplayTables) -> dict[str, Any]:
    """Return the latencies of executed trades with the report's percentiles as marks."""
    marks: dict[float, list[str]] = {}
    for name in ("p50", "p95", "p99"):
        value = report[f"execution_latency_{name}_ms"]
        if value is not None:
            marks.setdefault(round(value, 3), []).append(name)
    return {
        "unit": "ms",
        **_bars(latency_histogram(tables)),
        "marks": [{"at": at, "words": " = ".join(names)} for at, names in marks.items()],
    }


SERIES: Final[Mapping[str, Callable[[Mapping[str, Any], ReplayTables], dict[str, Any]]]] = {
    "equity": equity_series,
    "hours": hour_series,
    "cycles": cycle_series,
    "pnl": pnl_series,
    "latency": latency_series,
}


def _bars(histogram: Histogram) -> dict[str, Any]:
    return {
        "edges": _rounded(histogram.edges.tolist()),
        "counts": histogram.counts.tolist(),
        "low_tail": histogram.has_low_tail,
        "high_tail": histogram.has_high_tail,
    }


def _rounded(values: list[float]) -> list[float]:
    """Return values short enough to send; a chart shows no more of them."""
    return [round(value, _DIGITS) for value in values]


def _ms(time: str | None) -> float | None:
    return None if time is None else datetime.fromisoformat(time).timestamp() * 1000
