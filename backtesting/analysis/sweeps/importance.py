"""Which parameters matter: the share of the test score's variance that each axis explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from backtesting.analysis.sweeps.axes import AxisView
    from backtesting.analysis.sweeps.digest import SweepDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """An axis with its share, and the values with the highest and lowest mean test score."""

    name: str
    words: str
    share: float
    best: str
    best_mean: float
    worst: str
    worst_mean: float

    @property
    def bar(self) -> str:
        """Return the share as the length of a bar."""
        return f"{self.share:.2%}"


def importances(digest: SweepDigest) -> tuple[Importance, ...]:
    """Return the axes that vary, the most important first; none where all scores are the same.

    `share` is eta squared of a one-way analysis of variance over the whole grid, sum of squares
    between the values of the axis over that of all sets (Fisher, "Statistical Methods for Research
    Workers", 1925). Shares need not add up to 1: the rest is how axes act together.
    """
    scores = digest.columns["test_score"]
    total = float(((scores - scores.mean()) ** 2).sum())
    if total <= 0:
        return ()
    found = [_importance(digest, axis, total) for axis in digest.varied]
    return tuple(sorted(found, key=lambda one: -one.share))


def _importance(digest: SweepDigest, axis: AxisView, total: float) -> Importance:
    scores = digest.columns["test_score"]
    counts = np.bincount(axis.places, minlength=len(axis.texts))
    means = np.bincount(axis.places, weights=scores, minlength=len(axis.texts)) / counts
    between = float((counts * (means - scores.mean()) ** 2).sum())
    high, low = int(means.argmax()), int(means.argmin())
    return Importance(
        name=axis.name,
        words=axis.words,
        share=min(1.0, between / total),
        best=axis.texts[high],
        best_mean=float(means[high]),
        worst=axis.texts[low],
        worst_mean=float(means[low]),
    )
