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
_AT_ONCE = 1 << 24  # performances held at a time


def probability_of_overfitting(buckets: NDArray[np.float64]) -> float | None:
    """Return the share of splits whose in-sample best ranks at or below the median out of sample.

    `buckets` (sets, T): P&L by time bucket, T a multiple of 16. Ties in sample go to the first
    set, ties in rank to their middle. None for fewer than two sets, or where none ever traded.
    """
    if len(buckets) < 2 or not buckets.any():  # noqa: PLR2004 - a choice takes two
        return None
    blocks = buckets.reshape(len(buckets), BLOCKS, -1).sum(axis=2)
    halves = _halves()
    step = max(1, _AT_ONCE // len(buckets))
    below = sum(_count_below(blocks, halves[at : at + step]) for at in range(0, len(halves), step))
    return below / len(halves)


def _halves() -> NDArray[np.float64]:
    """Return every choice of half of the blocks, a row each, 1.0 where a block is chosen."""
    chosen = np.array(list(combinations(range(BLOCKS), BLOCKS // 2)))
    halves = np.zeros((len(chosen), BLOCKS))
    np.put_along_axis(halves, chosen, 1.0, axis=1)
    return halves


def _count_below(blocks: NDArray[np.float64], halves: NDArray[np.float64]) -> int:
    """Return in how many of the splits the logit of the best set's rank is at most 0."""
    inside = blocks @ halves.T
    outside = blocks @ (1.0 - halves).T
    best = inside.argmax(axis=0)
    reached = outside[best, np.arange(len(halves))]
    # The sums of equal sets differ in the last bits, which is no difference in performance.
    slack = 1e-9 * np.maximum(np.abs(outside).max(axis=0), 1e-300)
    lower = (outside < reached - slack).sum(axis=0)
    equal = (np.abs(outside - reached) <= slack).sum(axis=0)
    rank = lower + (equal + 1) / 2
    return int(np.count_nonzero(rank / (len(blocks) + 1) <= 0.5))  # noqa: PLR2004 - logit 0
