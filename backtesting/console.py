"""Reports on a terminal: side by side, the model's limits beside its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from backtesting.analysis.idle import idle_names
from backtesting.analysis.waterfall import MISS_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from backtesting.replay import BacktestReport

_SHOWN = 12


def print_reports(console: Console, reports: Sequence[BacktestReport], title: str) -> None:
    """Print reports side by side: headline, where the opportunities went, limits."""
    asset = reports[0].config.quote_asset
    console.print(_origin(reports[0]), title, sep="\n", style="bold", highlight=False)
    console.print(_table("Result", reports, list(_result_rows(asset))))
    console.print(_table("Where the opportunities went", reports, list(_funnel_rows(reports))))
    if len(reports) > 1:
        console.print(_gap(reports, asset), highlight=False)
    for report in reports:
        console.print(f"What the {report.fill_model} fills cannot show:", style="bold")
        for limit in report.model_limits:
            console.print(f"  - {limit}", highlight=False)


def _origin(report: BacktestReport) -> Text:
    words = ", ".join(report.recordings) or "events"
    line = Text(f"{words}: {report.processed_events:,} events of {len(report.symbols)} symbols")
    if report.started_at and report.finished_at:
        line.append(f", {report.started_at:%Y-%m-%d %H:%M:%S} to {report.finished_at:%H:%M:%S} UTC")
    if report.is_synthetic:
        line.append("\nSYNTHETIC: these books were made, not recorded", style="bold yellow")
    if report.rejected_events:
        line.append(f"\n{report.rejected_events:,} invalid entries of the source were refused")
    if report.silent_symbols:
        line.append(
            f"\n{len(report.silent_symbols)} of the symbols have no event here: "
            f"{_some(report.silent_symbols)}"
        )
    if report.inferred_pairings:
        line.append(
            f"\ninferred, so without minimums or fees of their own: "
            f"{_some(report.inferred_pairings)}"
        )
    idle = idle_names(report.symbols, report.ending_balances, report.config.min_order_size_by_pair)
    if idle:
        line.append(
            f"\nwithout any effect, for no symbol here is of them: {_some(idle)}", style="yellow"
        )
    return line


def _some(names: Sequence[str]) -> str:
    """Return names as words, the first dozen of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


Row = tuple[str, "Callable[[BacktestReport], str]"]


def _table(title: str, reports: Sequence[BacktestReport], rows: Sequence[Row]) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("")
    for report in reports:
        table.add_column(f"{report.fill_model} fills", justify="right")
    for name, show in rows:
        table.add_row(name, *(show(report) for report in reports))
    return table


def _result_rows(asset: str) -> Iterator[Row]:
    yield f"P&L, {asset}", lambda report: f"{report.realized_pnl_usd:+,.4f}"
    yield f"max drawdown, {asset}", lambda report: f"{report.max_drawdown_usd:,.4f}"
    yield f"fees paid, {asset}", lambda report: f"{report.fees_paid_usd:,.4f}"
    yield "fee source", lambda report: f"{report.fee_source}, {_fee_range(report)}"
    yield "trades started", lambda report: f"{report.trades_attempted:,}"
    yield "  executed", lambda report: f"{report.trades_executed:,}"
    yield "  failed at leg 2 or 3", lambda report: f"{report.trades_failed:,}"
    yield "  missed at leg 1", lambda report: f"{report.trades_missed:,}"
    yield "  left something unsold", lambda report: f"{report.trades_unsold:,}"
    yield "win rate", lambda report: _share(report.win_rate, "no trade was finished")
    yield "fill rate", lambda report: _share(report.fill_rate, "no leg was sent")
    yield "latency p50 / p95 / p99, ms", _latency
    yield f"unsold, {asset}", lambda report: f"{report.unsold_value_usd:,.4f}"
    yield f"dust, {asset}", lambda report: f"{report.residual_value_usd:,.4f}"


def _funnel_rows(reports: Sequence[BacktestReport]) -> Iterator[Row]:
    yield "looks at a cycle", lambda report: f"{report.looks:,}"
    yield "  gross edge (before fees)", lambda report: f"{report.gross_positive:,}"
    yield "  net edge (after fees)", lambda report: f"{report.net_positive:,}"
    yield "  opportunities (over the threshold)", lambda report: f"{report.opportunities_seen:,}"
    yield "    in episodes", lambda report: f"{report.episodes:,}"
    for reason, words in MISS_WORDS.items():
        if any(reason in report.miss_reasons for report in reports):
            yield f"    {reason}: {words}", _misses(reason)
    yield "    traded", lambda report: f"{report.trades_attempted:,}"


def _misses(reason: str) -> Callable[[BacktestReport], str]:
    return lambda report: f"{report.miss_reasons.get(reason, 0):,}"


def _share(rate: float | None, reason: str) -> str:
    return f"- ({reason})" if rate is None else f"{rate:.2%}"


def _latency(report: BacktestReport) -> str:
    if report.execution_latency_p50_ms is None:
        return "- (no trade was executed)"
    percentiles = (
        report.execution_latency_p50_ms,
        report.execution_latency_p95_ms,
        report.execution_latency_p99_ms,
    )
    return " / ".join(f"{value:,.1f}" for value in percentiles)


def _fee_range(report: BacktestReport) -> str:
    rates = sorted({fee.rate for fee in report.fee_rates.values()})
    shown = f"{rates[0]:.2%}" if rates else "-"
    return shown if len(rates) < 2 else f"{shown} to {rates[-1]:.2%}"  # noqa: PLR2004 - a range


def _gap(reports: Sequence[BacktestReport], asset: str) -> Text:
    first, second = reports[0], reports[1]
    gap = first.realized_pnl_usd - second.realized_pnl_usd
    return Text(
        f"Optimism gap {gap:+,.4f} {asset}: {first.fill_model} fills promise "
        f"{abs(gap):,.4f} {asset} {'more' if gap >= 0 else 'less'} than {second.fill_model} fills, "
        "which meet the books as they were when each order arrived.\n",
        style="bold",
    )
