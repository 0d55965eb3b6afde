"""Every gate of a set, passed or not, with its value and limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backtesting.search.artifacts import evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from backtesting.search.artifacts import SweepArtifacts, SweepResult
    from backtesting.search.promotion import FailedGate

# In a trader's words, and in a word or two where there is little room.
GATE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "test_pnl": ("P&L in test", "P&L"),
    "win_rate": ("Win rate in test", "wins"),
    "fill_rate": ("Fill rate in test", "fills"),
    "max_drawdown": ("Drawdown in test", "drawdown"),
    "generalization_gap": ("Gap between train and test score", "gap"),
    "promotion_ready": ("Passes promotion_ready", "ready"),
    "fill_model": ("Fill model", "model"),
    "test_trades": ("Finished trades in test", "trades"),
    "test_buckets": ("Test time buckets with a trade, of 240 in all", "buckets"),
    "pnl_bound": ("Mean P&L a trade, lower bound", "bound"),
    "deflated_sharpe": ("Deflated Sharpe ratio", "Sharpe"),
    "overfitting": ("Probability of overfitting", "luck"),
}
READY_GATES: Final = tuple(GATE_WORDS)[:5]


def gate_words(gate: str) -> tuple[str, str]:
    """Return a gate's words, long and short; one that has none goes by its name."""
    name = gate.replace("_", " ")
    return GATE_WORDS.get(gate, (name[0].upper() + name[1:], name))


@dataclass(frozen=True, slots=True, kw_only=True)
class GateMark:
    """A gate as a set stands before it; `value` None: not measured, `reason` says why.

    `passes` None: it was not judged, for there was too little to judge by.
    """

    gate: str
    words: str
    short: str
    kind: str
    sense: str
    value: Any
    limit: Any
    passes: bool | None
    reason: str = ""


def ready_gates(artifacts: SweepArtifacts, result: SweepResult) -> tuple[GateMark, ...]:
    """Return the five gates of `promotion_ready`."""
    limits, test = artifacts.options.criteria, result.test
    rows = (
        ("test_pnl", "pnl", "above", test["realized_pnl_usd"], limits.min_test_pnl),
        ("win_rate", "share", "at least", test["win_rate"], limits.min_win_rate),
        ("fill_rate", "share", "at least", test["fill_rate"], limits.min_fill_rate),
        ("max_drawdown", "amount", "at most", test["max_drawdown_usd"], limits.max_drawdown),
        (
            "generalization_gap",
            "number",
            "at most",
            result.generalization_gap,
            limits.max_generalization_gap,
        ),
    )
    return _marks(rows, result.failed_gates)


def robust_gates(artifacts: SweepArtifacts, result: SweepResult) -> tuple[GateMark, ...]:
    """Return the gates of `robust` beside those five."""
    limits = artifacts.options.criteria
    seen = evidence_of(artifacts, result.index, is_ready=result.promotion_ready)
    is_ready = "yes" if result.promotion_ready else "no"
    rows = (
        ("promotion_ready", "text", "", is_ready, "yes"),
        ("fill_model", "text", "", seen.fill_model, "replayed"),
        ("test_trades", "count", "at least", seen.test_trades, limits.min_test_trades),
        ("test_buckets", "count", "at least", seen.active_buckets, limits.min_test_buckets),
        ("pnl_bound", "pnl", "above", seen.pnl_bound, limits.min_pnl_bound),
        ("deflated_sharpe", "share", "at least", seen.deflated, limits.min_deflated_sharpe),
        ("overfitting", "share", "at most", seen.overfitting, limits.max_overfitting),
    )
    return _marks(rows, result.failed_robust_gates)


def _marks(
    rows: Iterable[tuple[str, str, str, Any, Any]], failed: Iterable[FailedGate]
) -> tuple[GateMark, ...]:
    lacks = {gate.gate: gate for gate in failed}
    # With too little to measure the search says so once, and judges none of the rest.
    is_insufficient = any(gate.reason == "insufficient" for gate in lacks.values())
    known = [_mark(row, lacks, is_insufficient=is_insufficient) for row in rows]
    named = {mark.gate for mark in known}
    # A gate that is not told here is shown at least where it is failed.
    others = [
        (gate.gate, "text", "", gate.value, gate.limit)
        for gate in lacks.values()
        if gate.gate not in named
    ]
    return (*known, *(_mark(row, lacks, is_insufficient=is_insufficient) for row in others))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _mark(
    row: tuple[str, str, str, Any, Any], lacks: Mapping[str, FailedGate], *, is_insufficient: bool
) -> GateMark:
    gate, kind, sense, value, limit = row
    failed = lacks.get(gate)
    words, short = gate_words(gate)
    is_moot = is_insufficient and gate in ("pnl_bound", "deflated_sharpe", "overfitting")
    reason = failed.reason if failed else ""
    return GateMark(
        gate=gate,
        words=words,
        short=short,
        kind=kind,
        sense=sense,
        # What too few trades give as a Sharpe ratio or bound is no figure to look at.
        value=None if (is_moot and gate != "overfitting") or _is_nan(value) else value,
        limit=limit,
        passes=None if is_moot else failed is None,
        reason="not judged" if is_moot else reason,
    )
