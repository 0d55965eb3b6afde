"""The figures of sets as tables: what a search finds, and what is stored of it. Knows no Numba."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetFigures:
    """What sets came to, a row each: SUMMARY, balances at the end by asset, P&L by time bucket.

    `active`: in how many time buckets a trade was finished.
    """

    summaries: NDArray[np.void]
    ending: NDArray[np.float64]
    buckets: NDArray[np.float64]
    active: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartResult:
    """What the sets of some groups came to, a row a set, in the order of `indexes` in the grid.

    `figures` and `facts` by window; `facts` then by group, `groups` saying each row's. `trades`
    (TRADES): what the trades of a set's test window say of its P&L.
    """

    indexes: NDArray[np.int64]
    groups: NDArray[np.int64]
    figures: list[SetFigures]
    facts: list[list[dict[str, Any]]]
    trades: NDArray[np.void]
