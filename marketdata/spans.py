"""What is read of `market_snapshots` in one go, and the arrays in which it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which rows: of these recordings and symbols, ids and times from first to last, both in.

    `is_every_symbol` and `is_every_time` say that symbols and times leave out none of these rows;
    `is_sparse` that they leave out most; `row_bytes` is the mean size of a row's levels.
    """

    recording_ids: tuple[int, ...]
    symbols: tuple[str, ...]
    first_id: int
    last_id: int
    first_us: int
    last_us: int
    is_every_symbol: bool
    is_every_time: bool
    is_sparse: bool
    row_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """Some rows of a span.

    `ids`, `time_us` int64, `symbol` uint16 (its place in the span's), `bid_count`, `level_count`
    int64, all (n,); `levels` float64 (L, 2). `ids` need only rise as the rows' ids do.
    """

    ids: NDArray[np.int64]
    time_us: NDArray[np.int64]
    symbol: NDArray[np.uint16]
    bid_count: NDArray[np.int64]
    level_count: NDArray[np.int64]
    levels: NDArray[np.float64]
