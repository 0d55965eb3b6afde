"""Whether a set's neighbors in the grid agree with it: a lone peak is most likely luck."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def agreement(
    lengths: Sequence[int], passes: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many neighbors each set has, and how many of them pass as well.

    `lengths`: values of each axis, in the order of the product; a neighbor differs by one step
    along one axis.
    """
    shape = tuple(lengths)
    grid = passes.reshape(shape).astype(np.int64)
    neighbors = np.zeros(shape, np.int64)
    agreeing = np.zeros(shape, np.int64)
    for axis in range(len(shape)):
        ahead = tuple(slice(1, None) if at == axis else slice(None) for at in range(len(shape)))
        behind = tuple(slice(None, -1) if at == axis else slice(None) for at in range(len(shape)))
        neighbors[ahead] += 1
        neighbors[behind] += 1
        agreeing[ahead] += grid[behind]
        agreeing[behind] += grid[ahead]
    return neighbors.reshape(-1), agreeing.reshape(-1)
