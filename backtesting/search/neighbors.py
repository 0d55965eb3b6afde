"""Whether a set's neighbors in the grid agree with it: a lone peak is most likely luck."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def agreement(
    axes: Sequence[Sequence[Any]], passes: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many neighbors each set has, and how many of them pass as well.

    `axes`: the values of each, in the order of the product. A neighbor has the next lower or
    higher number on one axis; None counts as no limit, above all numbers. Words and universes
    have no order, and so no neighbors.
    """
    shape = tuple(len(values) for values in axes)
    grid = passes.reshape(shape).astype(np.int64)
    neighbors, agreeing = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for axis, values in enumerate(axes):
        order = rising(values)
        if order is None:
            continue
        for here, there in ((order[1:], order[:-1]), (order[:-1], order[1:])):
            at = tuple(here if other == axis else slice(None) for other in range(len(shape)))
            neighbors[at] += 1
            agreeing[at] += grid.take(there, axis)
    return neighbors.reshape(-1), agreeing.reshape(-1)


def beside(values: Sequence[Any], place: int) -> list[int]:
    """Return the places of the next lower and the next higher value of an axis, where there are."""
    order = rising(values)
    if order is None:
        return []
    rank = int(np.flatnonzero(order == place)[0])
    return [int(order[at]) for at in (rank - 1, rank + 1) if 0 <= at < len(order)]


def rising(values: Sequence[Any]) -> NDArray[np.int64] | None:
    """Return the places of an axis' values from the lowest to the highest; None: no order."""
    if not all(value is None or isinstance(value, int | float) for value in values):
        return None
    numbers = [math.inf if value is None else float(value) for value in values]
    return np.argsort(numbers, kind="stable")
