"""Is it luck? What the measures say of one set, each in a sentence a trader understands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backtesting.analysis.sweeps.neighbors import neighbors_of
from backtesting.search.artifacts import TEST, evidence_of
from backtesting.search.bounds import wilson_bounds

if TYPE_CHECKING:
    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.search.artifacts import SweepArtifacts
    from backtesting.search.robustness import Evidence

INSUFFICIENT: Final = "insufficient"
_READY_ONLY: Final = "only measured for sets that are promotion_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class LuckRow:
    """A measure: `low` and `high` where it is a range, else `value`; None: `reason` says why.

    `passes` None: it is no gate, only to be looked at.
    """

    words: str
    says: str
    kind: str
    value: Any = None
    low: Any = None
    high: Any = None
    sense: str = ""
    limit: Any = None
    passes: bool | None = None
    reason: str = ""


def luck_rows(digest: SweepDigest, index: int) -> tuple[LuckRow, ...]:
    """Return the luck panel of a set."""
    artifacts = digest.artifacts
    seen = evidence_of(artifacts, index, is_ready=bool(digest.ready[index]))
    return (
        _overfitting(artifacts),
        LuckRow(
            words="Sets tried on this data",
            says="Each further try makes it likelier that the best one is the luckiest one. Runs "
            "and sweeps of everybody on these same books count.",
            kind="count",
            value=artifacts.luck.trials,
        ),
        _deflated(artifacts, seen),
        _mean_pnl(artifacts, seen, index),
        _win_rate(artifacts, index),
        _neighbors(digest, index),
        _best_five(artifacts, index),
        _best_cycle(artifacts, index),
    )


def _overfitting(artifacts: SweepArtifacts) -> LuckRow:
    found, limit = artifacts.luck.overfitting, artifacts.options.criteria.max_overfitting
    return LuckRow(
        words="Probability of overfitting",
        says="How often the set that is best in one half of the time falls to the lower half of "
        "all sets in the other. Half of the time means that choosing the best is worth nothing.",
        kind="share",
        value=found,
        sense="at most",
        limit=limit,
        passes=None if found is None else found <= limit,
        reason=f"{INSUFFICIENT}: it takes several sets, and P&L in many parts of the time"
        if found is None
        else "",
    )


def _deflated(artifacts: SweepArtifacts, seen: Evidence) -> LuckRow:
    limit = artifacts.options.criteria.min_deflated_sharpe
    least = artifacts.options.criteria.min_test_buckets
    too_few = seen.active_buckets < least
    value = None if too_few else _number(seen.deflated)
    return LuckRow(
        words="Deflated Sharpe ratio",
        says="How likely its steady gains are more than the best of so many worthless sets would "
        "show by chance.",
        kind="share",
        value=value,
        sense="at least",
        limit=limit,
        passes=None if value is None else value >= limit,
        reason=f"{INSUFFICIENT}: P&L in {seen.active_buckets} time buckets, {least} needed"
        if too_few
        else _why_none(value),
    )


def _mean_pnl(artifacts: SweepArtifacts, seen: Evidence, index: int) -> LuckRow:
    row, limits = artifacts.part.trades[index], artifacts.options.criteria
    low, high = _number(row["low"]), _number(row["high"])
    too_few = seen.test_trades < limits.min_test_trades
    reason = "" if seen.is_ready else _READY_ONLY
    if too_few:
        reason = f"{INSUFFICIENT}: {seen.test_trades} test trades, {limits.min_test_trades} needed"
    return LuckRow(
        words="Mean P&L of a test trade, 90 % bounds",
        says="Between which values the true mean most likely lies, from drawing the test trades "
        "again 2,000 times in blocks. A lower bound of 0 or less: it may as well earn nothing.",
        kind="pnl",
        low=low,
        high=high,
        sense="lower bound above",
        limit=limits.min_pnl_bound,
        passes=None if low is None or too_few else low > limits.min_pnl_bound,
        reason=reason,
    )


def _win_rate(artifacts: SweepArtifacts, index: int) -> LuckRow:
    test = artifacts.part.figures[TEST].summaries[index]
    finished = int(test["executed"] + test["failed"])
    wins = round(float(test["win_rate"]) * finished) if finished else 0
    low, high = wilson_bounds(wins, finished) or (None, None)
    return LuckRow(
        words="Win rate in test, 90 % bounds",
        says=f"{wins:,} of {finished:,} finished trades won; with few trades the true rate may "
        "lie far from that.",
        kind="share",
        low=low,
        high=high,
        reason="" if finished else f"{INSUFFICIENT}: no trade was finished in test",
    )


def _neighbors(digest: SweepDigest, index: int) -> LuckRow:
    found = neighbors_of(digest, index)
    count, agree = len(found), sum(one.is_ready for one in found)
    return LuckRow(
        words="Neighbors that are promotion_ready too",
        says=f"{agree} of the {count} sets one step away in one number. A lone peak is most likely "
        "luck; an edge that is real survives a small change.",
        kind="share",
        value=agree / count if count else None,
        reason="" if count else f"{INSUFFICIENT}: no number varies in this grid, so it has none",
    )


def _best_five(artifacts: SweepArtifacts, index: int) -> LuckRow:
    return _share(
        artifacts,
        index,
        "best_five_share",
        "Share of test P&L from the best five trades",
        "Near or above 100 %: without five lucky trades nothing would be left.",
    )


def _best_cycle(artifacts: SweepArtifacts, index: int) -> LuckRow:
    return _share(
        artifacts,
        index,
        "best_cycle_share",
        "Share of test P&L from the best cycle",
        "Near or above 100 %: it all hangs on one triangle in one direction.",
    )


def _share(artifacts: SweepArtifacts, index: int, name: str, words: str, says: str) -> LuckRow:
    value = _number(artifacts.part.trades[index][name])
    return LuckRow(words=words, says=says, kind="share", value=value, reason=_why_none(value))


def _why_none(value: float | None) -> str:
    return _READY_ONLY if value is None else ""


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
