"""How far a mean and a share can be trusted: bounds from resampled blocks, and Wilson's."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2000
BLOCK = 10


def bootstrap_bounds(
    values: NDArray[np.float64], seed: int, share: float = 0.05
) -> tuple[float, float] | None:
    """Return the lower and upper bound of the mean, each passed with probability `share`.

    Blocks of 10 values that follow one another are drawn with replacement until there are as many
    values as before (moving blocks; Kuensch, 1989), 2,000 times. None for no value.
    """
    count = len(values)
    if not count:
        return None
    block = min(BLOCK, count)
    starts = np.random.default_rng(seed).integers(
        0, count - block + 1, (RESAMPLES, -(-count // block))
    )
    sums = np.concatenate([[0.0], np.cumsum(values)])
    drawn = (sums[starts + block] - sums[starts]).sum(axis=1)
    surplus = starts.shape[1] * block - count  # cut off the last block
    last = starts[:, -1] + block
    means = (drawn - (sums[last] - sums[last - surplus])) / count
    low, high = np.quantile(means, [share, 1 - share])
    return float(low), float(high)


def wilson_bounds(hits: int, count: int, share: float = 0.05) -> tuple[float, float] | None:
    """Return the bounds of a share of `hits` in `count` (Wilson, 1927); None for a count of 0."""
    if not count:
        return None
    z = NormalDist().inv_cdf(1 - share)
    mean = hits / count
    center = mean + z * z / (2 * count)
    reach = z * math.sqrt(mean * (1 - mean) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max(0.0, (center - reach) / whole), min(1.0, (center + reach) / whole)
