"""Scores, and how far test falls behind train (the standard, section 10). NaN: not measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.grid import SweepError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreWeights:
    """What a win rate and a fill rate of 1 are worth in a score, in the quote asset."""

    win: float = 10.0
    fill: float = 5.0

    def __post_init__(self) -> None:
        for name in ("win", "fill"):
            weight = getattr(self, name)
            if not isinstance(weight, int | float) or not np.isfinite(weight):
                raise SweepError(f"the {name} weight is {weight}; it must be a finite number")


def scores(summaries: NDArray[np.void], weights: ScoreWeights) -> NDArray[np.float64]:
    """Return the score of each row of SUMMARY; a rate that was not measured counts as 0."""
    win, fill = np.nan_to_num(summaries["win_rate"]), np.nan_to_num(summaries["fill_rate"])
    found: NDArray[np.float64] = (
        summaries["pnl"] + weights.win * win + weights.fill * fill - summaries["drawdown"]
    )
    return found


def generalization_gaps(
    train: NDArray[np.float64], test: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return |train - test| / max(train, test); NaN where that maximum is not above 0."""
    best = np.maximum(train, test)
    gaps = np.full(len(best), np.nan)
    np.divide(np.abs(train - test), best, out=gaps, where=best > 0)
    return gaps


def best_first(train: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the indexes of the sets by falling train score, ties by index."""
    return np.argsort(-train, kind="stable")
