"""Is the winner luck? The gates of `robust` (the standard, section 10) over a whole grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.overfitting import probability_of_overfitting
from backtesting.search.promotion import INSUFFICIENT, FailedGate
from backtesting.search.sharpe import deflated_sharpe, expected_best, sharpe_ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backtesting.search.promotion import PromotionCriteria


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialHistory:
    """What was tried before on this data: distinct sets, and their Sharpe ratios (NaN: none)."""

    trials: int = 0
    sharpe: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Luck:
    """What choosing the best of a grid is worth, and by set (NaN: not measured).

    `overfitting` None: too little to measure. `hurdle`: the Sharpe ratio that the best of so many
    worthless `trials` would reach, by how far the ratios of all trials lie apart; `chance`: what
    it would be if chance alone drew them apart. `active` counts a set's test buckets with a trade.
    """

    overfitting: float | None
    trials: int
    hurdle: float
    chance: float
    sharpe: NDArray[np.float64]
    deflated: NDArray[np.float64]
    active: NDArray[np.int64]


def measure_luck(
    train: NDArray[np.float64],
    test: NDArray[np.float64],
    active: NDArray[np.int64],
    first_test: int,
    history: TrialHistory,
) -> Luck:
    """Return the luck in a grid from the P&L by time bucket of train and test, (sets, T) each.

    Test has the buckets from `first_test` on, of which `active` (sets,) have a trade. `history`
    is of other sets than these.
    """
    own = test[:, first_test:]
    sharpe = sharpe_ratios(own)
    known = sharpe if history.sharpe is None else np.concatenate([sharpe, history.sharpe])
    measured = known[~np.isnan(known)]
    trials = len(test) + history.trials
    variance = float(measured.var(ddof=1)) if len(measured) > 1 else 0.0
    hurdle = expected_best(trials, variance)
    return Luck(
        overfitting=probability_of_overfitting(train + test),
        trials=trials,
        hurdle=hurdle,
        chance=expected_best(trials, 1 / max(1, own.shape[1] - 1)),
        sharpe=sharpe,
        deflated=deflated_sharpe(own, hurdle),
        active=active,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the gates of `robust` ask of one set; NaN or None where nothing was measured."""

    is_ready: bool
    fill_model: str
    test_trades: int
    active_buckets: int
    pnl_bound: float
    deflated: float
    overfitting: float | None
    sharpe: float = math.nan
    hurdle: float = 0.0
    chance: float = 0.0


def failed_robust_gates(evidence: Evidence, criteria: PromotionCriteria) -> tuple[FailedGate, ...]:
    """Return the gates of `robust` that a set fails, in order; `insufficient` names what lacks."""
    failed = []
    if not evidence.is_ready:
        failed.append(FailedGate(gate="promotion_ready", value="no", limit="yes"))
    if evidence.fill_model != "replayed":
        failed.append(FailedGate(gate="fill_model", value=evidence.fill_model, limit="replayed"))
    insufficient = _insufficient(evidence, criteria)
    if insufficient:
        return (*failed, *insufficient)
    checks = (
        ("pnl_bound", evidence.pnl_bound, criteria.min_pnl_bound, _above),
        ("deflated_sharpe", evidence.deflated, criteria.min_deflated_sharpe, _at_least),
        ("overfitting", evidence.overfitting, criteria.max_overfitting, _at_most),
    )
    for gate, value, limit, passes in checks:
        if value is None or math.isnan(value):
            lacks = "too little to measure" if evidence.is_ready else "promotion_ready sets only"
            failed.append(FailedGate(gate=gate, value=None, limit=limit, reason=lacks))
        elif not passes(value, limit):
            why = _why_deflated(evidence) if gate == "deflated_sharpe" else ""
            failed.append(FailedGate(gate=gate, value=value, limit=limit, reason=why))
    return tuple(failed)


def _why_deflated(evidence: Evidence) -> str:
    """Return why a Sharpe ratio that chance does not explain is not enough; empty where it does.

    The formula takes all trials for worthless, and what draws their ratios apart for chance. Sets
    of very different worth, good and bad ones in one grid, raise the hurdle all the same.
    """
    if not evidence.sharpe > evidence.chance:
        return ""
    return (
        f"a Sharpe ratio of {evidence.sharpe:.2f}; chance explains {evidence.chance:.2f}, but the "
        f"sets tried lie so far apart that {evidence.hurdle:.2f} must be passed clearly: confirm "
        f"it with fewer and closer sets on another recording"
    )


def _insufficient(evidence: Evidence, criteria: PromotionCriteria) -> list[FailedGate]:
    """Return what there is too little of; the other gates then measure nothing."""
    found = (
        ("test_trades", evidence.test_trades, criteria.min_test_trades),
        ("test_buckets", evidence.active_buckets, criteria.min_test_buckets),
    )
    return [
        FailedGate(gate=gate, value=value, limit=limit, reason=INSUFFICIENT)
        for gate, value, limit in found
        if value < limit
    ]


def _above(value: float, limit: float) -> bool:
    return value > limit


def _at_least(value: float, limit: float) -> bool:
    return value >= limit


def _at_most(value: float, limit: float) -> bool:
    return value <= limit
