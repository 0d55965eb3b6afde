"""The probability of backtest overfitting, by combinatorially symmetric cross-validation.

Bailey, Borwein, Lopez de Prado, Zhu, "The Probability of Backtest Overfitting", 2015: cut the time
into S blocks, choose the best set on every half of them and see how it ranks on the other half.
Where the choice is luck, the chosen set ranks anywhere, and as often as not below the median.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS = 16
# Performances looked at together: few enough for a cache, and for one thread of the matrix product,
# which is faster than several that wait for one another on a busy machine.
_AT_ONCE = 1 << 15


def probability_of_overfitting(buckets: NDArray[np.float64]) -> float | None:
    """Return the share of splits whose in-sample best ranks at or below the median out of sample.

    `buckets` (sets, T): P&L by time bucket, T a multiple of 16. Ties in sample go to the first
    set, ties in rank to their middle. None where no two sets differ: there is no choice to judge.
    """
    blocks = buckets.reshape(len(buckets), BLOCKS, -1).sum(axis=2)
    # Sets that did the same in every block are one row with a weight; the first stands for them.
    distinct, first, weights = np.unique(blocks, axis=0, return_index=True, return_counts=True)
    if len(distinct) < 2:  # noqa: PLR2004 - a choice takes two
        return None
    order = np.argsort(first)
    distinct, counts = distinct[order], weights[order].astype(np.float64)
    halves = _halves()
    step = max(16, _AT_ONCE // len(distinct))
    below = 0
    for at in range(0, len(halves), step):
        one = distinct @ halves[at : at + step].T
        other = distinct @ (1.0 - halves[at : at + step]).T
        below += _count_below(one, other, counts) + _count_below(other, one, counts)
    return below / (2 * len(halves))


def _halves() -> NDArray[np.float64]:
    """Return the choices of half of the blocks with the first one, a row each, 1.0 where chosen.

    The others are their complements.
    """
    chosen = [(0, *rest) for rest in combinations(range(1, BLOCKS), BLOCKS // 2 - 1)]
    halves = np.zeros((len(chosen), BLOCKS))
    np.put_along_axis(halves, np.array(chosen), 1.0, axis=1)
    return halves


def _count_below(
    inside: NDArray[np.float64], outside: NDArray[np.float64], weights: NDArray[np.float64]
) -> int:
    """Return in how many splits (columns) the logit of the best set's rank is at most 0."""
    best = (inside >= inside.max(axis=0) - _slack(inside)).argmax(axis=0)
    reached = outside[best, np.arange(inside.shape[1])]
    slack = _slack(outside)
    lower = weights @ (outside < reached - slack)
    not_higher = weights @ (outside <= reached + slack)
    rank = (lower + not_higher + 1) / 2  # the middle of lower + 1 to not_higher
    return int(np.count_nonzero(rank / (weights.sum() + 1) <= 0.5))  # noqa: PLR2004 - logit 0


def _slack(performance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by split what is no difference: sums of equal amounts differ in the last bits."""
    found: NDArray[np.float64] = 1e-9 * np.abs(performance).max(axis=0)
    return found
