"""One block of a synthetic tape: a stretch of time made at once, and what the next one needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from marketdata.synthetic.universe import RELATIVE_VOLATILITY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from marketdata.synthetic.ladders import Ladder
    from marketdata.synthetic.ledger import Dislocation
    from marketdata.synthetic.market import Market

# The first books of a tape come this far apart.
_FIRST_STEP_US = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TapeState:
    """What one block hands to the next. Arrays are by symbol, `log_values` by asset.

    `touch_*` is what a symbol would quote, `top_*` what it showed, in ticks; 0 before its first.
    `residual_*` are its fast and slow distance from fair value, in logarithms, at `seen_us`.
    """

    next_us: tuple[int, ...]
    last_us: int
    seen_us: NDArray[np.int64]
    log_values: NDArray[np.float64]
    log_volatility: float
    residual_fast: NDArray[np.float64]
    residual_slow: NDArray[np.float64]
    touch_bid: NDArray[np.int64]
    touch_ask: NDArray[np.int64]
    top_bid: NDArray[np.int64]
    top_ask: NDArray[np.int64]
    ladders: tuple[Ladder | None, ...]
    episodes: int

    @classmethod
    def at_start(cls, market: Market, start_us: int) -> TapeState:
        count = len(market.pairings)
        none, still = np.zeros(count, np.int64), np.zeros(count)
        return cls(
            next_us=tuple(start_us + index * _FIRST_STEP_US for index in range(count)),
            last_us=start_us,
            seen_us=np.full(count, start_us),
            log_values=market.start_log_values(),
            log_volatility=0.0,
            residual_fast=still,
            residual_slow=still,
            touch_bid=none,
            touch_ask=none,
            top_bid=none,
            top_ask=none,
            ladders=(None,) * count,
            episodes=0,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Events in replay order: `prices` and `quantities` (n, 20) hold bids 1-10, then asks 1-10.

    `bid_count` and `ask_count` (n,) are 10, or 0 where a side is empty.
    """

    time_us: NDArray[np.int64]
    symbol: NDArray[np.int64]
    bid_count: NDArray[np.int64]
    ask_count: NDArray[np.int64]
    prices: NDArray[np.float64]
    quantities: NDArray[np.float64]
    ledger: tuple[Dislocation, ...]

    def __len__(self) -> int:
        return len(self.time_us)


def has_residual(market: Market, symbol: int) -> bool:
    """Say whether a book wanders about fair value: those against the dollar make it."""
    return RELATIVE_VOLATILITY[market.pairings[symbol].quote] > 0
