"""Hand-made markets in a line each: books, ticks and pairings as plain dicts.

A tape is a list of events, each one whole book; times are integer microseconds. `MS` makes them
readable: `book("BTC/USD", t=5 * MS, bids=[(59999.9, 2)], asks=[(60000.0, 2)])`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from marketdata.columns import BookColumns, build_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.backtesting.engine.twin.market import Event
    from tests.backtesting.engine.twin.pairs import PairingRow

MS = 1_000


def book(
    symbol: str,
    *,
    t: int = 0,
    bids: Iterable[tuple[float, float]] = (),
    asks: Iterable[tuple[float, float]] = (),
) -> Event:
    """Return one event; levels are (price, quantity), best first."""
    return {
        "t": t,
        "symbol": symbol,
        "bids": [(float(price), float(quantity)) for price, quantity in bids],
        "asks": [(float(price), float(quantity)) for price, quantity in asks],
    }


def top(symbol: str, bid: float, ask: float, *, t: int = 0, quantity: float = 1000.0) -> Event:
    """Return a book with one level a side, both of `quantity`."""
    return book(symbol, t=t, bids=[(bid, quantity)], asks=[(ask, quantity)])


def tick(t: int, *events: Event) -> list[Event]:
    """Return the events, all moved to one time."""
    return [{**event, "t": t} for event in events]


def triangle(
    t: int = 0,
    *,
    btc_usd: tuple[float, float] = (59999.9, 60000.0),
    eth_btc: tuple[float, float] = (0.04999, 0.05),
    eth_usd: tuple[float, float] = (2999.0, 3000.5),
    quantity: float = 1000.0,
) -> list[Event]:
    """Return one tick of a whole triangle without an edge, given as (bid, ask) each."""
    prices = {"BTC/USD": btc_usd, "ETH/BTC": eth_btc, "ETH/USD": eth_usd}
    return [top(symbol, *pair, t=t, quantity=quantity) for symbol, pair in prices.items()]


def pairing(
    symbol: str,
    *,
    fee: float | None = 0.0026,
    lot_decimals: int = 8,
    order_min: float = 0.0,
    cost_min: float = 0.0,
) -> PairingRow:
    base, quote = symbol.split("/")
    return {
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "lot_decimals": lot_decimals,
        "order_min": order_min,
        "cost_min": cost_min,
        "taker_fee": fee,
    }


def triangle_pairings(fee: float | None = 0.0026, *, lot_decimals: int = 8) -> list[PairingRow]:
    return [
        pairing(symbol, fee=fee, lot_decimals=lot_decimals)
        for symbol in ("BTC/USD", "ETH/BTC", "ETH/USD")
    ]


def columns(events: Sequence[Event], symbols: Sequence[str] | None = None) -> BookColumns:
    """Return the tape as the engine's columns; `symbols` None: those of the tape, sorted."""
    names = sorted({event["symbol"] for event in events}) if symbols is None else list(symbols)
    levels = list(chain.from_iterable(event["bids"] + event["asks"] for event in events))
    return build_columns(
        symbols=names,
        time_us=np.array([event["t"] for event in events], np.int64),
        symbol=np.array([names.index(event["symbol"]) for event in events], np.uint16),
        bid_count=np.array([len(event["bids"]) for event in events], np.int64),
        ask_count=np.array([len(event["asks"]) for event in events], np.int64),
        levels=np.array(levels, np.float64).reshape(-1, 2),
    )
