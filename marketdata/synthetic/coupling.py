"""What holds the books of a market together: no cycle's gross edge may exceed a limit.

A cycle's gross edge is the product of its legs' rates less 1; in logarithms, the sum of the bids
it sells at less the sum of the asks it buys at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from marketdata.synthetic.market import Market
    from marketdata.synthetic.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tops:
    """The best bids and asks of a block's events, in ticks (n,); `before` are the symbols' last.

    A symbol not seen yet has bid 0 and ask 0 in `before`; so has a side that is empty.
    """

    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    before_bid: NDArray[np.int64]
    before_ask: NDArray[np.int64]


class HeldTops:
    """Every symbol's rates in force when a tick is looked at, as logarithms."""

    def __init__(self, market: Market, timeline: Timeline, tops: Tops) -> None:
        count = len(market.pairings)
        scale = np.array([10.0**pairing.price_decimals for pairing in market.pairings])
        symbol = np.concatenate((np.arange(count), timeline.symbol))
        bid = np.concatenate((tops.before_bid, tops.bid)) / scale[symbol]
        ask = np.concatenate((tops.before_ask, tops.ask)) / scale[symbol]
        with np.errstate(divide="ignore"):
            self._sell = np.log(bid)
            # An empty side earns nothing: no rate, so minus infinity in both directions.
            self._buy = np.where(ask > 0, -np.log(ask), -np.inf)
        self._last = _last_events(timeline, count)

    def log_rate(self, symbol: int, sign: int) -> NDArray[np.float64]:
        """Return the log rate (n,) of a sell (1) or buy (-1) at the end of each event's tick."""
        rates = self._sell if sign > 0 else self._buy
        found: NDArray[np.float64] = rates[self._last[symbol]]
        return found

    def log_edge(self, market: Market, cycle: int) -> NDArray[np.float64]:
        """Return log(1 + gross edge) (n,) of a cycle at the end of each event's tick."""
        first, second, third = (
            self.log_rate(symbol, sign)
            for symbol, sign in zip(
                market.cycle_symbols[cycle], market.cycle_signs[cycle], strict=True
            )
        )
        return first + second + third


def _last_events(timeline: Timeline, count: int) -> NDArray[np.int64]:
    """Return (symbols, n): where each symbol's last event up to each tick's end stands.

    Places 0 to `count` - 1 are what the symbols showed before the block.
    """
    places = np.arange(len(timeline)) + count
    last = np.empty((count, len(timeline)), np.int64)
    for symbol in range(count):
        seen = np.where(timeline.symbol == symbol, places, symbol)
        last[symbol] = np.maximum.accumulate(seen)[timeline.tick_end]
    return last


def couple(market: Market, timeline: Timeline, tops: Tops, exempt: NDArray[np.int64]) -> Tops:
    """Return the tops with bids lowered and asks raised until no cycle exceeds the limit.

    `exempt` (n,) is the cycle whose planted edge is on at an event, or -1. One pass is enough:
    each look follows an event that was held against all others, and those only loosen.
    """
    held = HeldTops(market, timeline, tops)
    limit = np.log1p(market.profile.limit_bps * 1e-4)
    cap, floor = np.full(len(timeline), np.inf), np.full(len(timeline), np.inf)
    for cycle, (symbols, signs) in enumerate(
        zip(market.cycle_symbols, market.cycle_signs, strict=True)
    ):
        rates = [held.log_rate(symbol, sign) for symbol, sign in zip(symbols, signs, strict=True)]
        for leg, (symbol, sign) in enumerate(zip(symbols, signs, strict=True)):
            mine = np.flatnonzero((timeline.symbol == symbol) & (exempt != cycle))
            room = limit - rates[leg - 2][mine] - rates[leg - 1][mine]
            side = cap if sign > 0 else floor
            side[mine] = np.minimum(side[mine], room)
    scale = np.array([10.0**pairing.price_decimals for pairing in market.pairings])
    scale = scale[timeline.symbol]
    highest_bid = np.floor(np.exp(np.minimum(cap, 60.0)) * scale)
    lowest_ask = np.ceil(np.exp(-floor) * scale)
    return Tops(
        bid=np.minimum(tops.bid, highest_bid).astype(np.int64),
        ask=np.maximum(tops.ask, lowest_ask).astype(np.int64),
        before_bid=tops.before_bid,
        before_ask=tops.before_ask,
    )
