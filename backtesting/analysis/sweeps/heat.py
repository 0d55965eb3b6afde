"""A figure over two axes of a grid: a cell stands for the sets that share its two values.

It shows the one of them that was best in train, so that test does not choose; or their mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from backtesting.analysis.sweeps.digest import FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from backtesting.analysis.sweeps.axes import AxisView
    from backtesting.analysis.sweeps.digest import SweepDigest

WAYS: Final = {"best": "the set best in train", "mean": "the mean of its sets"}


def heat_map(
    digest: SweepDigest, x: AxisView, y: AxisView, *, figure: str, way: str, promoted: set[int]
) -> dict[str, Any]:
    """Return the cells as plain values: a row a cell, `index` the set best in train there.

    `value` None: nothing was measured. Marks: `ready`, `robust`, `promoted` sets in the cell.
    """
    width = len(x.texts)
    cell_of = y.places * width + x.places
    values = digest.columns[figure]
    best = _best_of(digest, cell_of, width * len(y.texts))
    shown = values[best] if way == "best" else _means(values, cell_of, len(best))
    marks = {
        "sets": np.bincount(cell_of, minlength=len(best)),
        "ready": np.bincount(cell_of[digest.ready], minlength=len(best)),
        "robust": np.bincount(cell_of[digest.robust], minlength=len(best)),
        "promoted": np.bincount(cell_of[sorted(promoted)], minlength=len(best))
        if promoted
        else np.zeros(len(best), np.int64),
    }
    return {
        "figure": FIGURES[figure].words,
        "kind": FIGURES[figure].kind,
        "is_more_better": FIGURES[figure].is_more_better,
        "way": WAYS[way],
        "x": {"words": x.words, "values": list(x.texts)},
        "y": {"words": y.words, "values": list(y.texts)},
        "cells": [_cell(at, width, best, shown, marks) for at in range(len(best))],
    }


def _cell(
    at: int,
    width: int,
    best: NDArray[np.int64],
    shown: NDArray[np.float64],
    marks: Mapping[str, NDArray[np.int64]],
) -> dict[str, Any]:
    value = float(shown[at])
    return {
        "x": at % width,
        "y": at // width,
        "value": None if np.isnan(value) else value,
        "index": int(best[at]),
        **{name: int(counts[at]) for name, counts in marks.items()},
    }


def _best_of(digest: SweepDigest, cell_of: NDArray[np.int64], cells: int) -> NDArray[np.int64]:
    """Return for each cell its set that was best in train; every cell of a grid has one."""
    best = np.empty(cells, np.int64)
    best[cell_of[digest.order[::-1]]] = digest.order[::-1]  # the last one written is the best
    return best


def _means(
    values: NDArray[np.float64], cell_of: NDArray[np.int64], cells: int
) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    sums = np.bincount(cell_of[known], weights=values[known], minlength=cells)
    counts = np.bincount(cell_of[known], minlength=cells)
    means = np.full(cells, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means
