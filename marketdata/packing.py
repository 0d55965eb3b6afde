"""Levels to stored bytes and back: the one codec of `market_snapshots.levels`.

A book is its levels in a row, bids then asks, best first, each as price and quantity in
little-endian doubles; `bid_levels` beside it says how many are bids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.books import BookLevel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

CODEC: Final = "price-quantity-f8le-1"
LEVEL_BYTES: Final = 16
_STORED = np.dtype("<f8")


def pack_levels(levels: NDArray[np.float64], counts: NDArray[np.integer]) -> list[bytes]:
    """Return each event's levels as bytes.

    `levels` (L, 2) holds all events' levels one after another, `counts` (N,) how many are each
    event's (bids and asks together).
    """
    data = np.ascontiguousarray(levels, _STORED).tobytes()
    ends = np.cumsum(counts, dtype=np.int64) * LEVEL_BYTES
    starts = (ends - np.asarray(counts, np.int64) * LEVEL_BYTES).tolist()
    return [data[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]


def unpack_levels(parts: Iterable[bytes]) -> NDArray[np.float64]:
    """Return the levels (L, 2) of many rows' bytes, one after another; read-only."""
    flat = np.frombuffer(b"".join(parts), _STORED)
    return flat.astype(np.float64, copy=False).reshape(-1, 2)


def unpack_book(
    levels: bytes, bid_levels: int
) -> tuple[tuple[BookLevel, ...], tuple[BookLevel, ...]]:
    """Return one row's bids and asks, best first."""
    book = tuple(BookLevel(*level) for level in unpack_levels([levels]).tolist())
    return book[:bid_levels], book[bid_levels:]
