"""A sweep on a terminal: the best sets, train and test side by side, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from backtesting.search.grid import MAIN_AXES
from marketdata.moments import from_us

if TYPE_CHECKING:
    from rich.console import Console

    from backtesting.search.artifacts import SweepArtifacts, SweepResult

_SHOWN = 10
_SHORT = {
    "min_profit_threshold": "theta",
    "trade_capital": "capital",
    "staleness_threshold_ms": "stale ms",
    "execution_latency_ms": "latency ms",
    "slippage_bps": "slip bps",
    "fill_model": "fills",
}


def print_sweep(console: Console, artifacts: SweepArtifacts) -> None:
    """Print the best sets of a sweep, what they failed, and how far luck explains the winner."""
    console.print(_origin(artifacts), highlight=False)
    console.print(_table(artifacts))
    for result in artifacts.results[:1]:
        _print_verdict(console, result)
    _print_luck(console, artifacts)
    _print_folds(console, artifacts)


def _origin(artifacts: SweepArtifacts) -> Text:
    source, split = artifacts.source, artifacts.splits[0]
    words = ", ".join(source.recordings) or "events"
    line = Text(f"{words}: {len(artifacts):,} parameter sets, ", style="bold")
    line.append(
        f"train {from_us(split.begin_us):%Y-%m-%d %H:%M:%S} to {from_us(split.split_us):%H:%M:%S}, "
        f"test to {from_us(split.last_us):%H:%M:%S} UTC"
    )
    if source.is_synthetic:
        line.append("\nSYNTHETIC: these books were made, not recorded", style="bold yellow")
    return line


def _varied(artifacts: SweepArtifacts) -> list[str]:
    axes = artifacts.axes.by_name()
    return [name for name, values in axes.items() if len(values) > 1 or name in MAIN_AXES[:2]]


def _table(artifacts: SweepArtifacts) -> Table:
    asset = artifacts.base.quote_asset
    table = Table(title="Best in train", title_justify="left", show_edge=False, pad_edge=False)
    names = _varied(artifacts)
    for name in ("set", *names):
        table.add_column(_SHORT.get(name, name), overflow="fold", justify="right")
    for name in ("train P&L", f"test P&L, {asset}", "test trades", "gap"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for result in artifacts.results[:_SHOWN]:
        table.add_row(*_row(result, names))
    return table


def _row(result: SweepResult, names: list[str]) -> list[str]:
    values = result.parameters.as_json()
    gap = result.generalization_gap
    return [
        str(result.index),
        *(_value(values[name]) for name in names),
        f"{result.train['realized_pnl_usd']:+,.2f}",
        f"{result.test['realized_pnl_usd']:+,.2f}",
        f"{result.test['trades_attempted']:,}",
        "-" if gap is None else f"{gap:.2f}",
        _says(result),
    ]


def _says(result: SweepResult) -> str:
    if result.robust:
        return "robust"
    if result.promotion_ready:
        return "ready"
    return f"fails {len(result.failed_gates)}"


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"{len(value)} symbols"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _print_verdict(console: Console, best: SweepResult) -> None:
    failed = [*best.failed_gates, *best.failed_robust_gates]
    if not failed:
        console.print(f"Set {best.index} passes every gate of robust.", style="bold")
        return
    console.print(f"What set {best.index} fails:", style="bold")
    for gate in failed:
        value = "-" if gate.value is None else gate.value
        shown = f"{value:.4g}" if isinstance(value, float) else value
        why = f" ({gate.reason})" if gate.reason else ""
        console.print(f"  - {gate.gate}: {shown}, limit {gate.limit}{why}", highlight=False)


def _print_luck(console: Console, artifacts: SweepArtifacts) -> None:
    luck = artifacts.luck
    ready = sum(result.promotion_ready for result in artifacts.results)
    robust = sum(result.robust for result in artifacts.results)
    console.print(
        f"{ready:,} of {len(artifacts):,} sets are promotion_ready, {robust:,} robust; "
        f"{luck.trials:,} sets were tried on this data in all."
    )
    if luck.overfitting is None:
        console.print("Probability of overfitting: - (too little to measure)")
    else:
        console.print(
            f"Probability of overfitting: {luck.overfitting:.0%} - how often the set that is best "
            "in one half of the time falls to the lower half of the sets in the other."
        )


def _print_folds(console: Console, artifacts: SweepArtifacts) -> None:
    folds = artifacts.folds
    if not folds:
        return
    asset = artifacts.base.quote_asset
    table = Table(title="Walk forward", title_justify="left", show_edge=False, pad_edge=False)
    for name in ("test from", "best in train", f"test P&L, {asset}", "score train / test"):
        table.add_column(name, justify="right")
    for fold in folds:
        table.add_row(
            f"{from_us(fold.split.split_us):%Y-%m-%d %H:%M:%S}",
            str(fold.best),
            f"{fold.test_pnl:+,.4f}",
            f"{fold.train_score:,.2f} / {fold.test_score:,.2f}",
        )
    console.print(table)
