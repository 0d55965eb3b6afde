"""Events in replay order as NumPy columns: the form in which books travel from storage to engine.

`N` events, `L` levels over all of them, `S` symbols. Times are integer microseconds since
1970-01-01 UTC, prices in the quote asset, quantities in the base asset.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# The highest bit of a symbol column entry says: the next event bears the same time.
SAME_TIME_FOLLOWS = np.uint16(0x8000)
SYMBOL_MASK = np.uint16(0x7FFF)
MAX_SYMBOLS = 0x7FFF


def _hold_on() -> None:
    """Let go of nothing: columns in memory have no other copy."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BookColumns:
    """Events in replay order.

    `time_us` int64 (N,); `symbol` uint16 (N,): an index into `symbols`, its highest bit set where
    the next event bears the same time; `best_bid` and `inverse_ask` (1 / best ask) float64 (N,),
    0.0 where that side is empty; `depth_start` int64 (N + 1,) and `bid_count` uint16 (N,): event
    i's bids are `levels[depth_start[i] : depth_start[i] + bid_count[i]]`, its asks the rest up to
    `depth_start[i + 1]`; `levels` float64 (L, 2): price and quantity, best first.

    `let_go` tells the system that what has been read of mapped columns need not stay in memory;
    it is read again where it is asked for. Without a file behind them it does nothing.
    """

    symbols: tuple[str, ...]
    time_us: NDArray[np.int64]
    symbol: NDArray[np.uint16]
    best_bid: NDArray[np.float64]
    inverse_ask: NDArray[np.float64]
    depth_start: NDArray[np.int64]
    bid_count: NDArray[np.uint16]
    levels: NDArray[np.float64]
    let_go: Callable[[], None] = field(default=_hold_on, repr=False)

    def __len__(self) -> int:
        return len(self.time_us)

    def __getitem__(self, rows: slice) -> BookColumns:
        """Return a run of events; the levels are shared, not copied."""
        start, stop, step = rows.indices(len(self))
        if step != 1:
            raise ValueError(f"a step of {step} would break the replay order; use a step of 1")
        stop = max(start, stop)
        return replace(
            self,
            time_us=self.time_us[start:stop],
            symbol=flag_ties(self.symbol[start:stop], self.time_us[start:stop]),
            best_bid=self.best_bid[start:stop],
            inverse_ask=self.inverse_ask[start:stop],
            depth_start=self.depth_start[start : stop + 1],
            bid_count=self.bid_count[start:stop],
        )


def build_columns(
    *,
    symbols: Sequence[str],
    time_us: NDArray[np.int64],
    symbol: NDArray[np.integer],
    bid_count: NDArray[np.integer],
    ask_count: NDArray[np.integer],
    levels: NDArray[np.float64],
) -> BookColumns:
    """Return columns for valid events that are already in replay order.

    `symbol` indexes `symbols`; `levels` (L, 2) holds each event's bids, then its asks.
    """
    if len(symbols) > MAX_SYMBOLS:
        raise ValueError(f"{len(symbols)} symbols; at most {MAX_SYMBOLS} can be replayed at once")
    count = len(time_us)
    depth_start = np.zeros(count + 1, np.int64)
    np.cumsum(bid_count.astype(np.int64) + ask_count, out=depth_start[1:])
    best_bid, inverse_ask = np.zeros(count), np.zeros(count)
    has_bid, has_ask = np.flatnonzero(bid_count), np.flatnonzero(ask_count)
    best_bid[has_bid] = levels[depth_start[has_bid], 0]
    inverse_ask[has_ask] = 1.0 / levels[depth_start[has_ask] + bid_count[has_ask], 0]
    return BookColumns(
        symbols=tuple(symbols),
        time_us=np.ascontiguousarray(time_us, np.int64),
        symbol=flag_ties(np.asarray(symbol, np.uint16), time_us),
        best_bid=best_bid,
        inverse_ask=inverse_ask,
        depth_start=depth_start,
        bid_count=np.asarray(bid_count, np.uint16),
        levels=levels,
    )


def flag_ties(symbol: NDArray[np.uint16], time_us: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Return `symbol` with the highest bit set exactly where the next event bears the same time."""
    flagged = symbol & SYMBOL_MASK
    flagged[:-1][time_us[1:] == time_us[:-1]] |= SAME_TIME_FOLLOWS
    return flagged
