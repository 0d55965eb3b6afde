"""What the charts of a sweep draw beside the heat map: plain values, bounded in number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from backtesting.search.artifacts import TEST, TRAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from backtesting.analysis.sweeps.digest import SweepDigest
    from backtesting.search.artifacts import SweepArtifacts

MOST_DOTS: Final = 4000
MOST_LINES: Final = 400
PARALLEL_FIGURES: Final = ("train_score", "test_score", "test_pnl")


def scatter(digest: SweepDigest) -> dict[str, Any]:
    """Return train against test score, a dot a set: [index, train, test, level].

    `level`: 0 fails gates, 1 promotion_ready, 2 robust.
    """
    shown = spread(digest, MOST_DOTS)
    level = digest.ready.astype(np.int64) + digest.robust
    train, test = digest.columns["train_score"], digest.columns["test_score"]
    return {
        "asset": digest.artifacts.base.quote_asset,
        "sets": len(digest.order),
        "winner": digest.winner,
        "dots": [
            [index, float(train[index]), float(test[index]), int(level[index])]
            for index in shown.tolist()
        ],
    }


def parallel(digest: SweepDigest) -> dict[str, Any]:
    """Return a line a set over the axes that vary, then its scores: [places..., figures..., index].

    The half of the lines are the best in train, the others are spread over the rest.
    """
    shown = spread(digest, MOST_LINES)
    level = digest.ready.astype(np.int64) + digest.robust
    columns = [axis.places for axis in digest.varied]
    figures = [digest.columns[name] for name in PARALLEL_FIGURES]
    return {
        "asset": digest.artifacts.base.quote_asset,
        "sets": len(digest.order),
        "axes": [{"words": axis.words, "values": list(axis.texts)} for axis in digest.varied],
        "lines": [
            {
                "index": index,
                "level": int(level[index]),
                "places": [int(column[index]) for column in columns],
                "figures": [float(figure[index]) for figure in figures],
            }
            for index in shown.tolist()
        ],
    }


def spread(digest: SweepDigest, most: int) -> NDArray[np.int64]:
    """Return at most so many sets: the best in train, the rest evenly by rank."""
    order = digest.order
    if len(order) <= most:
        return order
    first = most // 2
    rest = np.linspace(first, len(order) - 1, most - first).round().astype(np.int64)
    return np.concatenate([order[:first], order[rest]])


def pnl_over_time(artifacts: SweepArtifacts, indexes: Sequence[int]) -> dict[str, Any]:
    """Return the P&L of sets so far after each time bucket, over train and then test.

    Each window starts from 0: it is a replay of its own. Needs the buckets of the figures.
    """
    split, figures = artifacts.splits[0], artifacts.part.figures
    count = figures[TRAIN].buckets.shape[1]
    edges = np.linspace(split.begin_us, split.last_us, count + 1)[1:]
    return {
        "asset": artifacts.base.quote_asset,
        "time_ms": [float(edge) / 1000 for edge in edges],
        "split_ms": split.split_us / 1000,
        "curves": [
            {
                "index": index,
                "train": np.cumsum(figures[TRAIN].buckets[index]).tolist(),
                "test": np.cumsum(figures[TEST].buckets[index]).tolist(),
            }
            for index in indexes
        ],
    }
