"""One symbol's books within a block, before the market's limit is put on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from marketdata.synthetic.block import has_residual
from marketdata.synthetic.depth import plant_depth
from marketdata.synthetic.ladders import Ladder, build_ladder, event_kinds
from marketdata.synthetic.measured import FAST_RESIDUAL_HALF_LIFE_S
from marketdata.synthetic.paths import revert
from marketdata.synthetic.touches import REQUOTE_SHARE, Touches, displace, quote

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.block import TapeState
    from marketdata.synthetic.market import Market
    from marketdata.synthetic.timeline import Timeline

US: float = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SymbolBooks:
    """A symbol's `events` (k,) of a block: natural and displaced touches, levels, residuals."""

    events: NDArray[np.int64]
    touches: Touches
    ladder: Ladder
    held_ladder: Ladder
    residuals: tuple[float, float]


def make_books(
    rng: Generator,
    market: Market,
    timeline: Timeline,
    fair: NDArray[np.float64],
    state: TapeState,
    symbol: int,
) -> SymbolBooks | None:
    """Return one symbol's books around `fair` (n, assets); None where it has no event."""
    events = np.flatnonzero(timeline.symbol == symbol)
    if not len(events):
        return None
    pairing = market.pairings[symbol]
    residual, reached = _residuals(rng, market, timeline.time_us[events], state, symbol)
    base, quote_asset = market.asset_places(symbol)
    log_mid = fair[events, base] - fair[events, quote_asset] + residual
    lots_per_usd = 10.0**pairing.lot_decimals * np.exp(-fair[events, base])
    touched, deepened = event_kinds(rng, len(events))
    natural = _natural_touches(
        rng, market, state, symbol, log_mid, touched=touched, forced=timeline.forced[events]
    )
    held = build_ladder(
        rng,
        market.shape(symbol),
        touch_changes=touched | natural.quoted,
        depth_changes=deepened,
        tick_bps=1e4 / (float(np.exp(log_mid[0])) * 10.0**pairing.price_decimals),
        lots_per_usd=lots_per_usd,
        before=state.ladders[symbol],
    )
    touches = displace(market, timeline, fair, symbol, events, natural)
    return SymbolBooks(
        events=events,
        touches=touches,
        ladder=plant_depth(market, timeline, events, held, touches, lots_per_usd),
        held_ladder=held.last(),
        residuals=reached,
    )


def _natural_touches(
    rng: Generator,
    market: Market,
    state: TapeState,
    symbol: int,
    log_mid: NDArray[np.float64],
    *,
    touched: NDArray[np.bool_],
    forced: NDArray[np.bool_],
) -> Touches:
    """Return touches around log mids (k,); most events that are `touched` set a new price."""
    quoted = (touched & (rng.random(len(touched)) < REQUOTE_SHARE)) | forced
    quoted[0] |= state.ladders[symbol] is None
    return quote(
        rng,
        log_mid,
        quoted,
        decimals=market.pairings[symbol].price_decimals,
        spread_bps=market.shape(symbol).spread_bps,
        before=(int(state.touch_bid[symbol]), int(state.touch_ask[symbol])),
    )


def _residuals(
    rng: Generator, market: Market, time_us: NDArray[np.int64], state: TapeState, symbol: int
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Return a book's distance from fair value (k,), and its fast and slow part at the end."""
    if not has_residual(market, symbol):
        return np.zeros(len(time_us)), (0.0, 0.0)
    gap_s = np.diff(time_us, prepend=state.seen_us[symbol]) * US
    profile = market.profile
    fast = revert(
        rng.standard_normal(len(gap_s)),
        gap_s,
        half_life_s=FAST_RESIDUAL_HALF_LIFE_S,
        std=profile.fast_std_bps * 1e-4,
        start=float(state.residual_fast[symbol]),
    )
    slow = revert(
        rng.standard_normal(len(gap_s)),
        gap_s,
        half_life_s=profile.slow_half_life_s,
        std=profile.slow_std_bps * 1e-4,
        start=float(state.residual_slow[symbol]),
    )
    return fast + slow, (float(fast[-1]), float(slow[-1]))
