"""A walk forward, fold by fold: what choosing the best so far would have come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backtesting.search.scoring import best_first, scores
from marketdata.moments import from_us

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from backtesting.search.scoring import ScoreWeights
    from backtesting.search.windows import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One fold of a walk forward: the set that was best in train, and what it came to in test."""

    split: Split
    best: int
    train_score: float
    test_score: float
    test_pnl: float

    def as_json(self) -> dict[str, Any]:
        """Return the fold as plain values."""
        return {
            "train_from": from_us(self.split.begin_us).isoformat(),
            "test_from": from_us(self.split.split_us).isoformat(),
            "test_to": from_us(self.split.last_us).isoformat(),
            "best_index": self.best,
            "train_score": self.train_score,
            "test_score": self.test_score,
            "test_pnl": self.test_pnl,
        }


def fold_of(
    split: Split, train: NDArray[np.void], test: NDArray[np.void], weights: ScoreWeights
) -> Fold:
    """Return a fold from all sets' figures (SUMMARY) in its two windows."""
    train_scores = scores(train, weights)
    best = int(best_first(train_scores)[0])
    return Fold(
        split=split,
        best=best,
        train_score=float(train_scores[best]),
        test_score=float(scores(test, weights)[best]),
        test_pnl=float(test["pnl"][best]),
    )
