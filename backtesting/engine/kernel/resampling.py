"""Adding up blocks of values that are drawn anew: the inner loop of a block bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@compiled
def add_blocks(
    sums: NDArray[np.float64],
    draws: NDArray[np.float64],
    first: int,
    block: int,
    totals: NDArray[np.float64],
) -> None:
    """Add to each of `totals` (R,) a resample of N values, given as running `sums` (N + 1,).

    `draws` (B, R), from 0 to below 1, say where each of B of its blocks begins, from block
    `first` on; the last block is cut, so that a resample has as many values as there are.
    """
    count = len(sums) - 1
    starts = count - block + 1
    for at in range(len(draws)):
        size = min(block, count - (first + at) * block)
        for resample in range(len(totals)):
            start = min(int(draws[at, resample] * starts), starts - 1)
            totals[resample] += sums[start + size] - sums[start]
