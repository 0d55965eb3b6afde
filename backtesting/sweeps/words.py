"""A set's verdict in a trader's words, wherever it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backtesting.search.artifacts import SweepResult
    from backtesting.search.promotion import FailedGate
    from backtesting.search.windows import Split

_EVEN = 1.05  # windows whose lengths differ by less are of equal length
# What a gate is about; whether more or less than its limit is asked for.
_GATES = {
    "test_pnl": ("P&L", "more than"),
    "win_rate": ("win rate", "at least"),
    "fill_rate": ("fill rate", "at least"),
    "max_drawdown": ("drawdown", "at most"),
    "generalization_gap": ("gap between train and test", "at most"),
    "promotion_ready": ("promotion_ready", "it must be"),
    "fill_model": ("fill model", "it must be"),
    "test_trades": ("finished trades in test", "at least"),
    "test_buckets": ("of 240 parts of the time with a trade in test", "at least"),
    "pnl_bound": ("lower bound of mean P&L a trade", "more than"),
    "deflated_sharpe": ("probability that the Sharpe ratio is more than luck", "at least"),
    "overfitting": ("probability of overfitting", "at most"),
}
_SHORT = {
    "test_pnl": "P&L",
    "win_rate": "wins",
    "fill_rate": "fills",
    "max_drawdown": "drawdown",
    "generalization_gap": "gap",
}


def verdict(result: SweepResult) -> str:
    """Return a set's verdict in a word or two: robust, ready, or what it fails."""
    if result.robust:
        return "robust"
    if result.promotion_ready:
        is_insufficient = any(gate.is_insufficient for gate in result.failed_robust_gates)
        return "ready, insufficient" if is_insufficient else "ready"
    return "fails " + ", ".join(_SHORT[gate.gate] for gate in result.failed_gates)


def failures(result: SweepResult) -> list[FailedGate]:
    """Return the gates that a set fails and that say something by themselves."""
    beyond = [gate for gate in result.failed_robust_gates if gate.gate != "promotion_ready"]
    if not result.promotion_ready:  # what is measured for promoted sets only
        beyond = [gate for gate in beyond if gate.value is not None]
    return [*result.failed_gates, *beyond]


def failure(gate: FailedGate) -> str:
    """Return a failed gate as a line: what it is about, its value, its limit and why."""
    name, asks = _GATES[gate.gate]
    why = f" ({gate.reason})" if gate.reason else ""
    return f"{name}: {_shown(gate.value)}, {asks} {_shown(gate.limit)}{why}"


def trust_lines(result: SweepResult, asset: str) -> Iterator[str]:
    """Yield what a set made in test, and how far that can be relied on."""
    test, trust = result.test, result.trust
    if not trust.trades:
        yield "no trade was finished"
        return
    pnl = test["realized_pnl_usd"]
    mean = f"{trust.trades:,} trades made {pnl:+,.2f} {asset}, {pnl / trust.trades:+,.3f} each"
    yield mean + _between(trust.pnl_bounds, "+,.3f")
    yield f"{test['win_rate']:.0%} of them won{_between(trust.win_rate_bounds, '.0%')}"
    if trust.best_five_share is not None and trust.best_cycle_share is not None:
        yield (
            f"the best five make {trust.best_five_share:.0%} of the P&L, the best cycle "
            f"{trust.best_cycle_share:.0%}"
        )
    if trust.neighbors:
        yield f"{trust.agreeing} of {trust.neighbors} neighbors in the grid are promotion_ready"


def gap_hint(result: SweepResult, split: Split) -> str:
    """Return why a steady edge may fail the gap where train is longer than test; else nothing."""
    train, test = split.split_us - split.begin_us, split.last_us - split.split_us
    is_gap = any(gate.gate == "generalization_gap" for gate in result.failed_gates)
    if not is_gap or result.test_score <= 0 or train <= _EVEN * test:
        return ""
    return (
        f"Train is {train / max(1, test):.1f} times as long as test: an edge that makes the same "
        f"an hour in both has a gap of up to {1 - test / train:.2f} for that alone. "
        f"A train ratio of 0.5 compares windows of equal length."
    )


def _between(bounds: tuple[float, float] | None, form: str) -> str:
    if bounds is None:
        return ""
    return f" (between {bounds[0]:{form}} and {bounds[1]:{form}}, at 90 %)"


def _shown(value: float | str | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
