"""A sweep on a terminal: the best sets, train and test side by side, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from backtesting.search.grid import MAIN_AXES
from backtesting.sweeps.words import failure, failures, gap_hint, trust_lines, verdict
from marketdata.moments import from_us

if TYPE_CHECKING:
    from rich.console import Console

    from backtesting.search.artifacts import SweepArtifacts, SweepResult

_SHOWN = 10
_MANY = 1000
_FIGURES = {"train": 7, "test": 7, "trades": 6, "gap": 4}
_SHORT = {
    "min_profit_threshold": "theta",
    "trade_capital": "capital",
    "staleness_threshold_ms": "stale",
    "execution_latency_ms": "latency",
    "latency_jitter_ms": "jitter",
    "slippage_bps": "slip",
    "fill_model": "fills",
    "max_depth_levels": "depth",
    "max_concurrent_trades": "at once",
}


def print_sweep(console: Console, artifacts: SweepArtifacts) -> None:
    """Print the best sets of a sweep, what the best one fails, and how far luck explains it."""
    console.print(_origin(artifacts), highlight=False)
    console.print(_table(artifacts))
    _print_best(console, artifacts)
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
    table = Table(
        title=f"Best in train; P&L in {asset}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=0,
    )
    names = _varied(artifacts)
    for name in ("set", *names):
        table.add_column(_SHORT.get(name, name), overflow="fold", justify="right")
    # Figures and verdicts are whole at any width; many axes fold their values first.
    for name, width in _FIGURES.items():
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    table.add_column("verdict", no_wrap=True, min_width=8)
    for result in artifacts.results[:_SHOWN]:
        table.add_row(*_row(result, names))
    return table


def _row(result: SweepResult, names: list[str]) -> list[str]:
    values = result.parameters.as_json()
    gap, failed = result.generalization_gap, len(result.failed_gates)
    return [
        str(result.index),
        *(_value(values[name]) for name in names),
        _money(result.train["realized_pnl_usd"]),
        _money(result.test["realized_pnl_usd"]),
        f"{result.test['trades_attempted']:,}",
        "-" if gap is None else f"{gap:.2f}",
        f"fails {failed}" if failed else verdict(result),
    ]


def _money(amount: float) -> str:
    return f"{amount:+,.0f}" if abs(amount) >= _MANY else f"{amount:+,.2f}"


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return f"{len(value)} symbols"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _print_best(console: Console, artifacts: SweepArtifacts) -> None:
    best = artifacts.results[0]
    console.print(f"Set {best.index}, the best in train, on test:", style="bold")
    for line in trust_lines(best, artifacts.base.quote_asset):
        console.print(f"  {line}", highlight=False)
    if best.robust:
        console.print("It passes every gate of robust.", style="bold")
        return
    console.print("It fails:", style="bold")
    for gate in failures(best):
        console.print(f"  - {failure(gate)}", highlight=False)
    if hint := gap_hint(best, artifacts.splits[0]):
        console.print(hint, highlight=False)


def _print_luck(console: Console, artifacts: SweepArtifacts) -> None:
    luck = artifacts.luck
    robust = sum(result.robust for result in artifacts.results)
    console.print(
        f"{int(artifacts.ready.sum()):,} of {len(artifacts):,} sets are promotion_ready, "
        f"{robust:,} robust; {luck.trials:,} sets were tried on this data in all.",
        highlight=False,
    )
    if luck.overfitting is None:
        console.print("Probability of overfitting: - (no two sets did anything different)")
    else:
        console.print(
            f"Probability of overfitting: {luck.overfitting:.0%} - how often the set that is best "
            "in one half of the time falls to the lower half of the sets in the other.",
            highlight=False,
        )


def _print_folds(console: Console, artifacts: SweepArtifacts) -> None:
    folds = artifacts.folds
    if not folds:
        return
    asset = artifacts.base.quote_asset
    table = Table(
        title=f"Walk forward: whoever was best so far; P&L in {asset}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_footer=True,
    )
    total = sum(fold.test_pnl for fold in folds)
    table.add_column("test from", footer="in all")
    table.add_column("best in train", justify="right")
    table.add_column("test P&L", justify="right", footer=_money(total))
    table.add_column("score train / test", justify="right")
    for fold in folds:
        table.add_row(
            f"{from_us(fold.split.split_us):%Y-%m-%d %H:%M:%S}",
            f"set {fold.best}",
            _money(fold.test_pnl),
            f"{fold.train_score:,.2f} / {fold.test_score:,.2f}",
        )
    console.print(table)
