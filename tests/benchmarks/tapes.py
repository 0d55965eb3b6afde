"""Tapes to measure speed on, made straight in memory: a million events in about a second.

Ten symbols, the complete graph over USD, EUR, BTC, ETH and SOL: 20 directed triangles from
`START_ASSETS`. Ten levels a side; 12 % of events share the time of the one before. At a taker fee
of `FEE_RATE` a leg and the default threshold of 0.0005, `opportunities_seen` over events is about
0.3 % ("quiet"), 3 % ("busy") or 0.2 % ("standing"; there a quarter of all looks has a gross edge).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from marketdata.columns import SYMBOL_MASK, BookColumns, build_columns
from marketdata.synthetic.block import Block
from marketdata.synthetic.text import event_lines
from marketdata.synthetic.universe import PAIRINGS, START_VALUE_USD

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

    from pairings.rules import PairingRules

Kind = Literal["quiet", "busy", "standing"]

FEE_RATE: Final = 0.0004
THETA: Final = 0.0005
START_ASSETS: Final = ("USD", "EUR", "BTC")
LEVELS: Final = 10

_START_US: Final = 1_741_003_200_000_000
_MEAN_GAP_US: Final = 8_000.0
_SAME_TIME_SHARE: Final = 0.12
# Finer ticks than Kraken's: coarse ones would set the spread, not the parameters below.
_TAPE_PAIRINGS: Final = tuple(
    replace(pairing, price_decimals=pairing.price_decimals + 2) for pairing in islice(PAIRINGS, 10)
)
_ASSETS: Final = ("USD", "EUR", "BTC", "ETH", "SOL")
_FACTOR_STD: Final = 1.0e-4
# Ladders are taken from this many a symbol.
_SHAPES: Final = 64
_SEGMENT_EVENTS: Final = 4096
_WRITTEN_AT_ONCE: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class _Market:
    """Half a spread, the books' standing distance from fair value, and how often one jumps.

    All in basis points but `jump_share`, a share of events. A jump lasts until the symbol's next
    event and is seen by nine looks on average.
    """

    half_spread_bps: float
    standing_bps: float
    jump_share: float


_MARKETS: Final[dict[Kind, _Market]] = {
    "quiet": _Market(half_spread_bps=1.2, standing_bps=0.8, jump_share=0.003 / 9),
    "busy": _Market(half_spread_bps=1.2, standing_bps=0.8, jump_share=0.03 / 9),
    "standing": _Market(half_spread_bps=0.78, standing_bps=2.0, jump_share=0.002 / 9),
}
# Three fees, the threshold and three half spreads are 20.6 bps: a jump is above that.
_JUMP_BPS: Final = (26.0, 40.0)


def benchmark_pairings() -> list[PairingRules]:
    """Return the rules of the ten pairings, each with a taker fee of `FEE_RATE`."""
    return [
        replace(pairing.rules(), taker_fee=FEE_RATE, fee_tiers=()) for pairing in _TAPE_PAIRINGS
    ]


def benchmark_tape(kind: Kind, events: int, seed: int = 0) -> BookColumns:
    """Return `events` events of a kind; the same arguments give the same columns."""
    rng = np.random.default_rng([seed, sorted(_MARKETS).index(kind)])
    symbol = rng.integers(0, len(_TAPE_PAIRINGS), events, dtype=np.uint16)
    bid, ask = _touches(rng, _MARKETS[kind], symbol)
    return build_columns(
        symbols=[pairing.symbol for pairing in _TAPE_PAIRINGS],
        time_us=_times(rng, events),
        symbol=symbol,
        bid_count=np.full(events, LEVELS, np.uint16),
        ask_count=np.full(events, LEVELS, np.uint16),
        levels=_levels(rng, symbol, bid, ask),
    )


def write_jsonl(columns: BookColumns, path: Path) -> None:
    """Write a benchmark tape's events as JSONL; they read back to the same columns."""
    with path.open("w", encoding="ascii") as file:
        for begin in range(0, len(columns), _WRITTEN_AT_ONCE):
            end = min(begin + _WRITTEN_AT_ONCE, len(columns))
            level = columns.levels[columns.depth_start[begin] : columns.depth_start[end]]
            level = level.reshape(end - begin, 2 * LEVELS, 2)
            count = np.full(end - begin, LEVELS)
            block = Block(
                time_us=columns.time_us[begin:end],
                symbol=(columns.symbol[begin:end] & SYMBOL_MASK).astype(np.int64),
                bid_count=count,
                ask_count=count,
                prices=level[:, :, 0],
                quantities=level[:, :, 1],
                ledger=(),
            )
            file.writelines(event_lines(block, _TAPE_PAIRINGS))


def _times(rng: Generator, events: int) -> NDArray[np.int64]:
    gaps = rng.exponential(_MEAN_GAP_US, events).astype(np.int64) + 1
    gaps[rng.random(events) < _SAME_TIME_SHARE] = 0
    return _START_US + np.cumsum(gaps)


def _touches(
    rng: Generator, market: _Market, symbol: NDArray[np.uint16]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return best bids and asks (n,) in ticks."""
    value = np.log([START_VALUE_USD[asset] for asset in _ASSETS])
    steps = rng.standard_normal((len(symbol), len(_ASSETS)), dtype=np.float32)
    factors = np.cumsum(steps, axis=0, dtype=np.float64)
    # The dollar does not move; the others as one second's volatility over the mean gap.
    factors *= _FACTOR_STD * np.sqrt(_MEAN_GAP_US * 1e-6) * (np.arange(len(_ASSETS)) > 0)
    event = np.arange(len(symbol))
    base, quote = _sides()
    fair = (value + factors)[event, base[symbol]] - (value + factors)[event, quote[symbol]]
    segments = len(symbol) // _SEGMENT_EVENTS + 1
    standing = market.standing_bps * 1e-4 * rng.standard_normal((segments, len(base)))
    jumps = rng.random(len(symbol)) < market.jump_share
    size = rng.uniform(*_JUMP_BPS, len(symbol)) * rng.choice((-1e-4, 1e-4), len(symbol))
    log_mid = fair + standing[event // _SEGMENT_EVENTS, symbol] + np.where(jumps, size, 0.0)
    mid = np.exp(log_mid) * _scales()[symbol]
    half = market.half_spread_bps * 1e-4
    bid = np.rint(mid * (1 - half)).astype(np.int64)
    return bid, np.maximum(np.rint(mid * (1 + half)).astype(np.int64), bid + 1)


def _levels(
    rng: Generator,
    symbol: NDArray[np.uint16],
    bid: NDArray[np.int64],
    ask: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return (20 n, 2) prices and quantities: ladders from a pool of shapes a symbol."""
    base, _ = _sides()
    value = np.array([START_VALUE_USD[asset] for asset in _ASSETS])[base]
    mid = np.array([np.median(bid[symbol == index]) for index in range(len(base))])
    span = np.maximum(mid * 1e-4, 1.0)[:, None, None, None]
    steps = rng.integers(1, 1 + 2 * np.ceil(span).astype(np.int64), (len(base), _SHAPES, 2, LEVELS))
    steps[..., 0] = 0
    behind = np.cumsum(steps, axis=3) * np.array([[-1], [1]])
    usd = 2_000 * np.exp(rng.standard_normal((len(base), _SHAPES, 2 * LEVELS)))
    lots = np.maximum(np.rint(usd / value[:, None, None] * 1e8), 1) / 1e8
    shape = symbol.astype(np.int64) * _SHAPES + rng.integers(0, _SHAPES, len(symbol))
    levels = np.empty((len(symbol), 2 * LEVELS, 2))
    ticks = behind.reshape(-1, 2 * LEVELS)[shape]
    ticks[:, :LEVELS] += bid[:, None]
    ticks[:, LEVELS:] += ask[:, None]
    np.divide(ticks, _scales()[symbol, None], out=levels[:, :, 0])
    levels[:, :, 1] = lots.reshape(-1, 2 * LEVELS)[shape]
    return levels.reshape(-1, 2)


def _sides() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each symbol's base and quote stand among the assets."""
    base = np.array([_ASSETS.index(pairing.base) for pairing in _TAPE_PAIRINGS])
    return base, np.array([_ASSETS.index(pairing.quote) for pairing in _TAPE_PAIRINGS])


def _scales() -> NDArray[np.float64]:
    """Return each symbol's ticks in one unit of its quote asset."""
    return np.array([10.0**pairing.price_decimals for pairing in _TAPE_PAIRINGS])
