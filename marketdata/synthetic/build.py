"""Make the blocks of a tape, one after another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.synthetic import faults
from marketdata.synthetic.block import Block, TapeState
from marketdata.synthetic.books import US, SymbolBooks, make_books
from marketdata.synthetic.coupling import HeldTops, Tops, couple
from marketdata.synthetic.ladders import LEVELS, level_prices
from marketdata.synthetic.ledger import TouchSizes, measure
from marketdata.synthetic.measured import RETURN_CORRELATION
from marketdata.synthetic.paths import walk_factors, walk_volatility
from marketdata.synthetic.timeline import build_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from marketdata.synthetic.market import Market
    from marketdata.synthetic.timeline import EpisodeSpan, Timeline

# About this many events are made at once: memory stays the same at any length of tape.
BLOCK_EVENTS: Final = 50_000
_MARGIN: Final = 1.05
# No symbol is silent for this long by itself: a block is never empty.
_MIN_BLOCK_US: Final = 5_000_000
_BY_SYMBOL: Final = (
    "seen_us",
    "residual_fast",
    "residual_slow",
    "touch_bid",
    "touch_ask",
    "top_bid",
    "top_ask",
)


def build_blocks(
    market: Market, *, start_us: int, events: int, seed: int, has_faults: bool
) -> Iterator[Block]:
    """Yield blocks that together hold `events` events from `start_us` on."""
    state, until_us, number = TapeState.at_start(market, start_us), start_us, 0
    remaining, rate = events, market.events_per_s()
    while remaining:
        rng = np.random.default_rng([seed, number])
        length_us = int(_MARGIN * min(remaining, BLOCK_EVENTS) / rate / US)
        until_us += max(length_us, _MIN_BLOCK_US)
        block, state = _build_block(
            rng, market, state, until_us, remaining=remaining, seed=seed, has_faults=has_faults
        )
        remaining -= len(block)
        number += 1
        yield block


def _build_block(
    rng: Generator,
    market: Market,
    state: TapeState,
    until_us: int,
    *,
    remaining: int,
    seed: int,
    has_faults: bool,
) -> tuple[Block, TapeState]:
    count = len(market.pairings)
    outages = faults.draw_outages(rng, count, state.last_us, until_us) if has_faults else ()
    timeline, next_us = build_timeline(rng, market, state.next_us, until_us, remaining, outages)
    fair, log_volatility = _fair_values(rng, market, timeline, state)
    books = [make_books(rng, market, timeline, fair, state, symbol) for symbol in range(count)]
    spans = timeline.episode_spans()
    exempt = _exempt_cycles(timeline, spans)
    empty = faults.draw_empty_sides(rng, (exempt < 0) & has_faults)
    tops = couple(market, timeline, _tops(timeline, state, books, empty), exempt)
    ticks, lots = _levels(timeline, books, tops)
    if has_faults:
        faults.shrink_touches(rng, exempt < 0, ticks, lots)
    prices, quantities = _decimals(market, timeline, ticks, lots)
    held = HeldTops(market, timeline, tops)
    touches = TouchSizes(
        prices=(prices[:, 0], prices[:, LEVELS]),
        quantities=(quantities[:, 0], quantities[:, LEVELS]),
    )
    first = state.episodes + 1
    ledger = measure(market, timeline, held, touches, spans, first_episode=first, seed=seed)
    block = Block(
        time_us=timeline.time_us,
        symbol=timeline.symbol,
        bid_count=np.where(empty[0], 0, LEVELS),
        ask_count=np.where(empty[1], 0, LEVELS),
        prices=prices,
        quantities=quantities,
        ledger=tuple(ledger),
    )
    return block, _next_state(state, timeline, books, tops, next_us, (fair[-1], log_volatility))


def _fair_values(
    rng: Generator, market: Market, timeline: Timeline, state: TapeState
) -> tuple[NDArray[np.float64], float]:
    """Return the assets' log values (n, assets), and the log volatility at the end."""
    gap_s = np.diff(timeline.time_us, prepend=state.last_us) * US
    volatility, log_volatility = walk_volatility(rng, gap_s, state.log_volatility)
    fair = walk_factors(
        rng,
        gap_s,
        volatility,
        std=market.return_std(),
        correlation=RETURN_CORRELATION,
        start=state.log_values,
    )
    return fair, log_volatility


def _exempt_cycles(timeline: Timeline, spans: Sequence[EpisodeSpan]) -> NDArray[np.int64]:
    """Return the cycle (n,) that may exceed the limit at each event, -1 for none."""
    exempt = np.full(len(timeline), -1)
    for episode, span in zip(timeline.episodes, spans, strict=True):
        exempt[span.begin : span.last_tick] = episode.cycle
    return exempt


def _tops(
    timeline: Timeline,
    state: TapeState,
    books: Sequence[SymbolBooks | None],
    empty: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Tops:
    bid, ask = np.zeros(len(timeline), np.int64), np.zeros(len(timeline), np.int64)
    for made in filter(None, books):
        bid[made.events], ask[made.events] = made.touches.bid, made.touches.ask
    bid[empty[0]] = 0
    ask[empty[1]] = 0
    return Tops(bid=bid, ask=ask, before_bid=state.top_bid, before_ask=state.top_ask)


def _levels(
    timeline: Timeline, books: Sequence[SymbolBooks | None], tops: Tops
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all levels (n, 20): prices in ticks, quantities in lots."""
    ticks = np.empty((len(timeline), 2 * LEVELS), np.int64)
    lots = np.empty_like(ticks)
    for made in filter(None, books):
        mine = made.events
        ticks[mine] = level_prices(tops.bid[mine], tops.ask[mine], made.ladder.steps)
        lots[mine] = made.ladder.lots
    return ticks, lots


def _decimals(
    market: Market, timeline: Timeline, ticks: NDArray[np.int64], lots: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return prices and quantities: the doubles nearest to their decimals, as a file gives them."""
    tick = np.array([10.0**pairing.price_decimals for pairing in market.pairings])
    lot = np.array([10.0**pairing.lot_decimals for pairing in market.pairings])
    return ticks / tick[timeline.symbol, None], lots / lot[timeline.symbol, None]


def _next_state(
    state: TapeState,
    timeline: Timeline,
    books: Sequence[SymbolBooks | None],
    tops: Tops,
    next_us: Sequence[int],
    factors: tuple[NDArray[np.float64], float],
) -> TapeState:
    """Return the state after this block."""
    after = replace(
        state,
        next_us=tuple(next_us),
        last_us=int(timeline.time_us[-1]),
        log_values=factors[0],
        log_volatility=factors[1],
        episodes=state.episodes + len(timeline.episodes),
        **{name: getattr(state, name).copy() for name in _BY_SYMBOL},
    )
    ladders = list(state.ladders)
    for symbol, made in enumerate(books):
        if made is None:
            continue
        last = made.events[-1]
        after.seen_us[symbol] = timeline.time_us[last]
        after.residual_fast[symbol], after.residual_slow[symbol] = made.residuals
        after.touch_bid[symbol], after.touch_ask[symbol] = (
            made.touches.bid[-1],
            made.touches.ask[-1],
        )
        after.top_bid[symbol], after.top_ask[symbol] = tops.bid[last], tops.ask[last]
        ladders[symbol] = made.held_ladder
    return replace(after, ladders=tuple(ladders))
