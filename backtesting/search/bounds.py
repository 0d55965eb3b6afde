"""How far a mean and a share can be trusted: bounds from resampled blocks, and Wilson's."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.resampling import add_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2000
BLOCK = 10
_CHUNK = 256  # blocks drawn at a time


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
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means = np.zeros(RESAMPLES)
    blocks = -(-count // BLOCK)
    for chunk in range(-(-blocks // _CHUNK)):
        first = chunk * _CHUNK
        draws = _draws(seed, chunk)[: blocks - first]
        add_blocks(sums, draws, first, min(BLOCK, count), means)
    means /= count
    means.sort()
    low, high = np.interp([share, 1 - share], np.linspace(0, 1, RESAMPLES), means)
    return float(low), float(high)


@lru_cache(maxsize=8)  # of 4 MB each; the sets of a sweep share them
def _draws(seed: int, chunk: int) -> NDArray[np.float64]:
    """Return uniform draws (_CHUNK, RESAMPLES): where so many blocks of each resample begin."""
    return np.random.default_rng([seed, chunk]).random((_CHUNK, RESAMPLES))


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
