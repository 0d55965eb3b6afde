"""The sets one step away from a set along one axis, to look whether they agree with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backtesting.search.neighbors import beside

if TYPE_CHECKING:
    from backtesting.analysis.sweeps.digest import SweepDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbor:
    """A set that differs by one step on one axis: `words` the axis, `text` its value there."""

    index: int
    words: str
    text: str
    train_pnl: float
    test_pnl: float
    test_trades: int
    is_ready: bool
    is_robust: bool


def neighbors_of(digest: SweepDigest, index: int) -> tuple[Neighbor, ...]:
    """Return the sets with the next lower and the next higher number on one axis.

    None counts as no limit, above all numbers; words and universes have no order.
    """
    lengths = tuple(len(axis.texts) for axis in digest.axes)
    place = [int(axis.places[index]) for axis in digest.axes]
    values = digest.artifacts.axes.by_name()
    found = []
    for at, axis in enumerate(digest.axes):
        for there in beside(values[axis.name], place[at]):
            other = (*place[:at], there, *place[at + 1 :])
            where = int(np.ravel_multi_index(other, lengths))
            found.append(_neighbor(digest, where, axis.words, axis.texts[there]))
    return tuple(found)


def _neighbor(digest: SweepDigest, index: int, words: str, text: str) -> Neighbor:
    columns = digest.columns
    return Neighbor(
        index=index,
        words=words,
        text=text,
        train_pnl=float(columns["train_pnl"][index]),
        test_pnl=float(columns["test_pnl"][index]),
        test_trades=int(columns["test_trades"][index]),
        is_ready=bool(digest.ready[index]),
        is_robust=bool(digest.robust[index]),
    )
