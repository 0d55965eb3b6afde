"""Best bids and asks: from fair values to ticks, displaced where an episode is planted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.synthetic.arrivals import sample_quantiles

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.market import Market
    from marketdata.synthetic.measured import Quantiles
    from marketdata.synthetic.timeline import Timeline

SHAPE_PROBABILITIES: Final = (0.05, 0.5, 0.95)
# Of events that change the touch, these change its price; the others its size alone.
REQUOTE_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Touches:
    """A symbol's best bid and ask in ticks (k,), `quoted` where an event set them anew."""

    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    quoted: NDArray[np.bool_]


def hold(
    fresh: NDArray[np.bool_], values: NDArray[np.int64], before: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return each event's value: that of the last `fresh` one up to it, else `before`."""
    place = np.maximum.accumulate(np.where(fresh, np.arange(len(fresh)), -1))
    held: NDArray[np.int64] = np.where(place < 0, before, values[place])
    return held


def quote(
    rng: Generator,
    log_mid: NDArray[np.float64],
    quoted: NDArray[np.bool_],
    *,
    decimals: int,
    spread_bps: Quantiles,
    before: tuple[int, int],
) -> Touches:
    """Return natural touches around log mids (k,): new where `quoted`, else held from before."""
    spread = sample_quantiles(rng.random(len(log_mid)), SHAPE_PROBABILITIES, spread_bps) * 1e-4
    mid = np.exp(log_mid) * 10.0**decimals
    bid = np.floor(mid * (1 - spread / 2)).astype(np.int64)
    ask = np.maximum(np.ceil(mid * (1 + spread / 2)).astype(np.int64), bid + 1)
    return Touches(
        bid=hold(quoted, bid, before[0]), ask=hold(quoted, ask, before[1]), quoted=quoted
    )


def displace(
    market: Market,
    timeline: Timeline,
    fair: NDArray[np.float64],
    symbol: int,
    events: NDArray[np.int64],
    touches: Touches,
) -> Touches:
    """Return touches in which planted events carry their leg's part of the edge.

    `fair` (n, assets) are log values at all events; `events` (k,) are this symbol's. A displaced
    book stands where fair value stood when the episode began: it is the one left behind.
    """
    bid, ask, quoted = touches.bid.copy(), touches.ask.copy(), touches.quoted.copy()
    base, quote_asset = market.asset_places(symbol)
    scale = 10.0 ** market.pairings[symbol].price_decimals
    width = np.log1p(market.shape(symbol).spread_bps[1] * 1e-4)
    opening = timeline.opening_events()
    for number in np.unique(timeline.episode[events]):
        if number < 0:
            continue
        episode = timeline.episodes[number]
        mine = np.flatnonzero(timeline.episode[events] == number)
        leg = int(timeline.leg[events[mine[0]]])
        sign = market.cycle_signs[episode.cycle][leg]
        start = fair[opening[number]]
        push = sign * episode.shares[leg] * episode.log_edge(timeline.time_us[events[mine]])
        near = np.rint(np.exp(start[base] - start[quote_asset] + push) * scale).astype(np.int64)
        far = np.maximum(np.rint(near * width), 1).astype(np.int64)
        bid[mine] = near if sign > 0 else near - far
        ask[mine] = near if sign < 0 else near + far
        quoted[mine[0]] = True
    return Touches(bid=bid, ask=ask, quoted=quoted)
